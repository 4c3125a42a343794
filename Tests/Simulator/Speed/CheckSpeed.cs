using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using WrnEngine.Kernels.Simulator.Checks;
using WrnEngine.Kernels.Simulator.Machine;
using WrnEngine.Kernels.Simulator.Ptx;

namespace WrnEngine.Tests.Simulator.Speed;

/// <summary>
/// Prints warp instructions per second without checks, with each check alone and with all, and the slow-down. The configurations take turns,
/// medians of the rounds. Only on demand: <c>WrnEngine.Tests --filter FullyQualifiedName~CheckSpeed --output Detailed</c>.
/// </summary>
[TestFixture]
[Explicit("a measurement, for a quiet machine")]
[Category("Simulator")]
public sealed class CheckSpeed
{
    private const int Rounds = 7;

    private static readonly CheckKinds[] Configurations =
        [CheckKinds.None, CheckKinds.Memcheck, CheckKinds.Synccheck, CheckKinds.Initcheck, CheckKinds.Racecheck, CheckKinds.All];

    [TestCase(256)]
    public void MatrixProduct(int n)
    {
        using var bench = new Bench("matmul");
        ulong a = bench.Upload(n * n), b = bench.Upload(n * n), c = bench.Upload(n * n);
        bench.Print($"matmul {n} x {n}", new Dim3(n / 16, n / 16), new Dim3(16, 16), a, b, c, n);
    }

    [TestCase(8192, 256)]
    public void BatchNorm(int rows, int channels)
    {
        using var bench = new Bench("batch_norm");
        ulong x = bench.Upload(rows * channels), y = bench.Upload(rows * channels);
        bench.Print($"batch norm {rows} x {channels}", new Dim3(channels / 32), new Dim3(32, 8), x, y, rows, channels);
    }

    private sealed class Bench : IDisposable
    {
        private readonly SimulatedDevice _device = new(SimulatedDeviceProperties.Sm80, 64 << 20);
        private readonly LoadedModule _module;
        private readonly PtxEntry _entry;

        public Bench(string entry)
        {
            PtxModule module = PtxModule.Parse(SpeedKernels.Ptx, "speed.ptx");
            _module = _device.Load(module);
            _entry = module.Entries.Single(item => item.Name == entry);
        }

        public ulong Upload(int floats)
        {
            var values = new float[floats];
            for (int i = 0; i < floats; i++) values[i] = (i * 37 % 101) / 64f;
            Assert.That(_device.Memory.TryAllocate(4L * floats, out ulong address));
            _device.Memory.CopyIn(address, MemoryMarshal.AsBytes<float>(values));
            return address;
        }

        public void Print(string name, Dim3 grid, Dim3 block, params object[] arguments)
        {
            var parameters = new byte[_entry.ParameterBytes];
            for (int i = 0; i < arguments.Length; i++)
            {
                Span<byte> place = parameters.AsSpan(_entry.Parameters[i].Offset);
                Assert.That(arguments[i] is ulong address ? BitConverter.TryWriteBytes(place, address) : BitConverter.TryWriteBytes(place, (int)arguments[i]));
            }
            var times = Configurations.ToDictionary(static checks => checks, static _ => new List<double>());
            var processor = Configurations.ToDictionary(static checks => checks, static _ => new List<double>());
            long steps = 0;
            for (int round = -1; round < Rounds; round++)
            {
                foreach (CheckKinds checks in Configurations)
                {
                    TimeSpan busy = Process.GetCurrentProcess().TotalProcessorTime;
                    long start = Stopwatch.GetTimestamp();
                    LaunchResult result = _device.Launch(_module, _entry, grid, block, 0, parameters, new LaunchOptions { Checks = checks });
                    double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
                    busy = Process.GetCurrentProcess().TotalProcessorTime - busy;
                    Assert.That(result.Status, Is.EqualTo(LaunchStatus.Success), result.Message);
                    Assert.That(result.Findings, Is.Empty);
                    steps = result.Steps;
                    if (round < 0) continue;
                    times[checks].Add(seconds);
                    processor[checks].Add(busy.TotalSeconds);
                }
            }
            double bare = Median(times[CheckKinds.None]);
            TestContext.Out.WriteLine($"{name}: {steps / 1e6:F2} million warp instructions, {Environment.ProcessorCount} cores");
            foreach (CheckKinds checks in Configurations)
            {
                double median = Median(times[checks]);
                TestContext.Out.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"  {checks,-10} {steps / median / 1e6,7:F1} M/s  {median / bare,5:F1} x  ({times[checks].Min() * 1e3:F1} to {times[checks].Max() * 1e3:F1} ms), processor {Median(processor[checks]) / steps * 1e9:F0} ns each"));
            }
        }

        private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

        public void Dispose()
        {
            _module.Dispose();
            _device.Dispose();
        }
    }
}
