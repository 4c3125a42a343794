using System.Diagnostics;
using WrnEngine.Devices;
using WrnEngine.Training.CommandLine;
using WrnEngine.Training.Data;
using WrnEngine.Training.Experiments.Running;
using WrnEngine.Training.Verbs;

namespace WrnEngine.Training.Experiments.Planning;

/// <summary>Loads data sets and measures networks for a plan.</summary>
/// <param name="placement">Where runs compute.</param>
/// <param name="data">Keeps what was loaded.</param>
/// <param name="stop">The wish to stop.</param>
internal sealed class ThisMachine(Placement placement, LoadedData data, StopSignal stop) : IPlanningMachine
{
    private const int ProbeBatch = 8;
    private const double ProbeMargin = 2.5; // how much faster, per image, a whole batch may be than a small one where nothing runs ahead
    private const double MeasuredSeconds = 1;
    private const int LeastSteps = 2, MostSteps = 50;

    private static readonly TimeSpan CompileTime = TimeSpan.FromSeconds(1.5);

    private readonly Dictionary<DatasetOptions, DatasetFacts> _facts = [];
    private readonly Dictionary<string, double> _speeds = [];
    private long _start = Stopwatch.GetTimestamp();
    private bool _isWarm;

    /// <inheritdoc/>
    public TimeSpan Spent => Stopwatch.GetElapsedTime(_start);

    /// <summary>Another plan begins.</summary>
    public void Restart() => _start = Stopwatch.GetTimestamp();

    /// <inheritdoc/>
    public DatasetFacts Survey(Experiment experiment, ExperimentRow row, string dataset)
    {
        StopIfAsked();
        var options = WrnCommand.ParseTrain([.. RowArguments.Of(experiment, row, TwinScale.Full), DataOptions.Dataset.Name, dataset, .. placement.Arguments]);
        _ = Settings.DecideDefaults(options);
        var wanted = LoadedData.Key(Settings.Dataset(options));
        if (_facts.TryGetValue(wanted, out var known)) return known;
        try
        {
            long start = Stopwatch.GetTimestamp();
            var split = data.Load(wanted);
            _ = split.TrainTransform(1); // whitens where images are whitened
            return _facts[wanted] = new DatasetFacts(
                split.Train.Count, split.Test.Count, split.ClassCount, split.Train.Source.Height, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        catch (DatasetException e) when (e.Error != DatasetError.Request)
        {
            // What follows says how wrn train could get it, which is not what runs of an experiment do unasked.
            return _facts[wanted] = DatasetFacts.Unseen(dataset, Settings.Network(options), e.Message.Split(';')[0].TrimEnd('.'));
        }
    }

    /// <inheritdoc/>
    public double ImagesPerSecond(CellSetup cell, int batchSize, double leastUseful)
    {
        StopIfAsked();
        // The classifier's size and the probability of dropout make no difference that could be measured.
        string key = $"{cell.Network.Name} {cell.Network.DropRate > 0} {cell.Network.DropoutAt} {cell.Facts.Side} {batchSize} {string.Join(' ', cell.Options.GivenArguments())}";
        if (_speeds.TryGetValue(key, out double known)) return known;
        using var device = DeviceChoice.Create(cell.Options);
        try
        {
            if (!device.RunsAhead && batchSize > ProbeBatch)
            {
                double probed = Measure(device, cell, ProbeBatch, warmup: 1, MeasuredSeconds / 4, steps: 1);
                if (probed * ProbeMargin < leastUseful) return double.IsPositiveInfinity(leastUseful) ? probed : Math.Min(probed * ProbeMargin, leastUseful);
            }

            return _speeds[key] = Measure(device, cell, batchSize, device.RunsAhead ? 0 : 1, MeasuredSeconds, LeastSteps);
        }
        catch (Exception e) when (DeviceFault.Is(e))
        {
            throw DeviceFault.Of(e, device, new StepSize(cell.Network, batchSize, cell.Facts.Side));
        }
    }

    private double Measure(Device device, CellSetup cell, int batchSize, int warmup, double seconds, int steps)
    {
        using var timer = new StepTimer(device, cell.Network, batchSize, cell.Facts.Side);
        if (warmup == 0) warmup = timer.WarmupSteps;
        for (int i = 0; i < warmup; i++) timer.Step();
        // The first steps of a process run code that is not yet compiled as well as it will be.
        for (long start = Stopwatch.GetTimestamp(); !_isWarm && Stopwatch.GetElapsedTime(start) < CompileTime && !stop.IsRequested;) timer.Step();
        _isWarm = true;
        var times = new List<double>();
        while ((times.Count < steps || times.Sum() < seconds) && times.Count < MostSteps)
        {
            StopIfAsked();
            times.Add(timer.Step().Seconds);
        }

        return batchSize / Summary.Of(times).Median;
    }

    private void StopIfAsked()
    {
        if (stop.IsRequested) throw new UserException(stop.ExitCode, "stopped before anything was trained.");
    }
}
