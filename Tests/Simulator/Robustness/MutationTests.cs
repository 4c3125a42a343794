using System.Diagnostics;
using System.Globalization;

namespace WrnEngine.Tests.Simulator.Robustness;

/// <summary>
/// Damaged PTX is refused with file and line, or it loads and runs to an end that CUDA knows: no other exception, no hang, no memory without
/// bound. Each mutation has its own seed, which a failure names; three in turn go to the machine, through the driver's table and through
/// `ptxsim`. WRN_MUTATIONS is the number of each kind (100000 for the long run), WRN_PTX_FOLDER a folder of more PTX to damage.
/// </summary>
[Category("Simulator")]
[NonParallelizable]
public class MutationTests
{
    /// <summary>A launch reserves its memories anew, and a module may ask for large ones.</summary>
    private const long MostBytesEach = 256L << 20;
    private const long MostResidentBytes = 1L << 30;

    /// <summary>Far beyond the step limit's share, also on a busy machine.</summary>
    private static readonly TimeSpan MostTime = TimeSpan.FromSeconds(60);

    private readonly int[] _counts = new int[Enum.GetValues<MutationOutcome>().Length];
    private IMutationRoute[] _routes = [];

    private static int Mutations => Environment.GetEnvironmentVariable("WRN_MUTATIONS") is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : 5_000;

    private int Ran => Number(MutationOutcome.Ran) + Number(MutationOutcome.Faulted) + Number(MutationOutcome.Found);

    [SetUp]
    public void Open()
    {
        _routes = [new DeviceRoute(), new DriverRoute(), new ToolRoute()];
        Array.Clear(_counts);
    }

    [TearDown]
    public void Close()
    {
        Array.ForEach(_routes, static route => route.Dispose());
        TestContext.Out.WriteLine(Summary());
    }

    private string Summary() =>
        $"{_counts.Sum()} mutations of {Mutator.Sources.Length} files: {Number(MutationOutcome.Refused)} refused at load, {Number(MutationOutcome.NotLaunched)} not "
        + $"launched, {Ran} ran: {Number(MutationOutcome.Faulted)} ended with an error code, {Number(MutationOutcome.Found)} with findings; peak "
        + $"{Process.GetCurrentProcess().PeakWorkingSet64 >> 20} MiB";

    /// <summary>Characters, tokens, lines: most of it no longer parses.</summary>
    [Test]
    public void DamagedTextIsRefusedOrRuns()
    {
        Run(1_000_000, static mutator => mutator.Next());
        Assert.That(Number(MutationOutcome.Refused), Is.GreaterThan(Mutations / 4));
        Assert.That(Ran, Is.GreaterThan(Mutations / 20));
    }

    /// <summary>A number or a word of the same kind: most of it still loads and does something else.</summary>
    [Test]
    public void DamagedKernelsRunToAnEnd()
    {
        Run(2_000_000, static mutator => mutator.NextGentle());
        Assert.That(Ran, Is.GreaterThan(Mutations / 4));
        Assert.That(Number(MutationOutcome.Faulted), Is.GreaterThan(Mutations / 40));
        Assert.That(Number(MutationOutcome.Found), Is.GreaterThan(Mutations / 40));
    }

    private int Number(MutationOutcome outcome) => _counts[(int)outcome];

    private void Run(int firstSeed, Func<Mutator, string> mutate)
    {
        using var process = Process.GetCurrentProcess();
        long before = process.PeakWorkingSet64;
        for (int seed = firstSeed; seed < firstSeed + Mutations; seed++)
        {
            _counts[(int)Try(mutate(new Mutator(seed)), seed)]++;
            if (_counts.Sum() % 10_000 == 0)
            {
                TestContext.Progress.WriteLine(Summary());
            }
        }

        process.Refresh();
        Assert.That(process.PeakWorkingSet64 - before, Is.LessThan(MostResidentBytes), "resident memory");
    }

    private MutationOutcome Try(string text, int seed)
    {
        IMutationRoute route = _routes[seed % _routes.Length];
        long bytes = GC.GetTotalAllocatedBytes();
        using var watchdog = new Timer(
            _ => Environment.FailFast($"MutationTests: seed {seed} does not end ({route.GetType().Name}):\n{text}"), null, MostTime, Timeout.InfiniteTimeSpan);
        MutationOutcome outcome;
        try
        {
            outcome = route.Run(text, seed);
        }
        catch (Exception e)
        {
            throw new AssertionException($"seed {seed}, {route.GetType().Name}: {e}\n{text}", e);
        }

        Assert.That(GC.GetTotalAllocatedBytes() - bytes, Is.LessThan(MostBytesEach), $"seed {seed}, {route.GetType().Name}\n{text}");
        return outcome;
    }
}
