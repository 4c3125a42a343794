using System.Diagnostics;
using WrnEngine.Kernels.Simulator.Checks;
using WrnEngine.Kernels.Simulator.Machine;
using WrnEngine.Kernels.Simulator.Ptx;

namespace WrnEngine.Tests.Simulator.Robustness;

/// <summary>
/// Damaged PTX is refused with file and line, or it loads and runs to an end that CUDA knows: no other exception, no hang, no memory without
/// bound. Each mutation has its own seed, which a failure names.
/// </summary>
[Category("Simulator")]
public class MutationTests
{
    private const long MostBytes = 256L << 20;
    private const long StepLimit = 20_000;
    private static readonly TimeSpan MostTime = TimeSpan.FromSeconds(20);

    private int _refused;
    private int _ran;
    private int _faults;
    private int _findings;

    [SetUp]
    public void Reset() => (_refused, _ran, _faults, _findings) = (0, 0, 0, 0);

    [TearDown]
    public void Print() =>
        TestContext.Out.WriteLine($"{_refused} refused, {_ran} ran, of which {_faults} ended with an error code and {_findings} with findings");

    [TestCase(0, 5_000)]
    public void DamagedTextIsRefusedOrRuns(int firstSeed, int count)
    {
        using var device = new SimulatedDevice(SimulatedDeviceProperties.Sm90, 16 << 20);
        for (int seed = firstSeed; seed < firstSeed + count; seed++)
        {
            Try(device, new Mutator(seed).Next(), seed);
        }
        Assert.That(_refused, Is.GreaterThan(count / 4));
        Assert.That(_ran, Is.GreaterThan(count / 20));
    }

    [TestCase(0, 5_000)]
    public void DamagedKernelsRunToAnEnd(int firstSeed, int count)
    {
        using var device = new SimulatedDevice(SimulatedDeviceProperties.Sm90, 16 << 20);
        for (int seed = firstSeed; _ran < count; seed++)
        {
            Try(device, new Mutator(seed).NextGentle(), seed);
        }
        Assert.That(_refused, Is.LessThan(4 * count));
        Assert.That(_faults, Is.GreaterThan(count / 20));
        Assert.That(_findings, Is.GreaterThan(count / 20));
    }

    [Test]
    [Explicit("a hundred thousand of each take a minute or more")]
    [Category("Slow")]
    public void ManyDamagedTexts()
    {
        DamagedTextIsRefusedOrRuns(1_000_000, 100_000);
        Reset();
        DamagedKernelsRunToAnEnd(2_000_000, 100_000);
    }

    private void Try(SimulatedDevice device, string text, int seed)
    {
        long bytes = GC.GetAllocatedBytesForCurrentThread();
        long start = Stopwatch.GetTimestamp();
        PtxModule? module = null;
        try
        {
            module = PtxModule.Parse(text, "damaged.ptx");
        }
        catch (PtxException e)
        {
            _refused++;
            Assert.That(e.Message, Does.StartWith("damaged.ptx:"));
            Assert.That(e.Line, Is.GreaterThan(0).And.LessThanOrEqualTo(text.Count(static c => c == '\n') + 1), $"seed {seed}: {e.Message}");
        }
        catch (Exception e)
        {
            Assert.Fail($"seed {seed}: {e}\n{text}");
        }
        if (module is { Entries.Count: > 0 } && Launch(device, module, seed) is { } result)
        {
            _ran++;
            _faults += result.IsSuccess ? 0 : 1;
            _findings += result.Findings.Count > 0 ? 1 : 0;
            Assert.That(Enum.IsDefined(result.Status), $"seed {seed}: status {result.Status}");
            Assert.That(result.IsSuccess || result.Message.Length > 0, $"seed {seed}: no message for {result.Status}");
        }
        Assert.That(Stopwatch.GetElapsedTime(start), Is.LessThan(MostTime), $"seed {seed}\n{text}");
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - bytes, Is.LessThan(MostBytes), $"seed {seed}\n{text}");
    }

    private static LaunchResult? Launch(SimulatedDevice device, PtxModule module, int seed)
    {
        var addresses = new List<ulong>();
        try
        {
            PtxEntry entry = module.Entries[seed % module.Entries.Count];
            var parameters = new byte[entry.ParameterBytes];
            for (int at = 0; at + 8 <= parameters.Length && at < 64; at += 8)
            {
                if (device.Memory.TryAllocate(256, out ulong address))
                {
                    addresses.Add(address);
                    device.Memory.Fill(address, 0x01020304, 4, 64);
                    BitConverter.TryWriteBytes(parameters.AsSpan(at), address);
                }
            }
            using LoadedModule loaded = device.Load(module);
            return device.Launch(
                loaded, entry, new Dim3(2), new Dim3(1 + (seed % 64)), 0, parameters,
                new LaunchOptions { Checks = seed % 2 == 0 ? CheckKinds.All : CheckKinds.None, StepLimit = StepLimit, Seed = seed % 3, CollectMetrics = seed % 5 == 0, Print = static _ => { } });
        }
        catch (Exception e) when (e is PtxException or OutOfMemoryException)
        {
            // Only loading may say so: a newer target, an external symbol, variables larger than the device.
            return null;
        }
        catch (Exception e)
        {
            Assert.Fail($"seed {seed}: {e}");
            return null;
        }
        finally
        {
            addresses.ForEach(address => device.Memory.Release(address));
        }
    }
}
