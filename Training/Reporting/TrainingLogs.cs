using System.Diagnostics;
using WrnEngine.Devices;
using WrnEngine.Training.CommandLine;
using WrnEngine.Training.Data;
using WrnEngine.Training.Reporting.TensorBoard;
using WrnEngine.Training.Runs;

namespace WrnEngine.Training.Reporting;

/// <summary>
/// Everybody who follows a run: the console, and the logs in the run folder, which take every so many steps and the last of an epoch whatever the console
/// shows. None of them changes the run.
/// </summary>
/// <param name="console">What the user sees.</param>
/// <param name="interval">Steps from one logged step to the next.</param>
/// <param name="device">Whose memory is logged.</param>
internal sealed class TrainingLogs(ConsoleLog console, int interval, Device device) : ITrainingLog, IDisposable
{
    private readonly List<IRunLog> _logs = [];
    private readonly long _start = Stopwatch.GetTimestamp();
    private bool _isFirst = true, _logsStep;
    private long _totalSteps;

    /// <summary>Opens the logs of the run folder.</summary>
    /// <param name="kinds">Which, of <see cref="RunOptions.LogKinds"/>.</param>
    /// <param name="folder">The run folder.</param>
    /// <param name="from">Where a resumed run goes on, or null.</param>
    /// <param name="trainer">The run.</param>
    /// <param name="data">What is trained on.</param>
    /// <param name="seed">The run's seed.</param>
    /// <exception cref="IOException">A file can't be written.</exception>
    public void Open(IReadOnlyList<string> kinds, string folder, ResumePoint? from, Trainer trainer, DatasetSplit data, ulong seed)
    {
        _totalSteps = trainer.TotalSteps;
        if (kinds.Contains(RunOptions.Jsonl)) _logs.Add(new JsonlLog(folder, from));
        if (kinds.Contains(RunOptions.TensorBoard)) _logs.Add(new TensorBoardLog(folder, from, trainer.Model, data, seed));
    }

    /// <inheritdoc/>
    public bool ShowsStep(int step, bool isLast)
    {
        _logsStep = _logs.Count > 0 && IsLogged(step, isLast);
        bool shows = console.ShowsStep(step, isLast);
        return shows || _logsStep;
    }

    /// <inheritdoc/>
    public void Step(in StepReport report)
    {
        console.Step(report);
        var step = new LoggedStep(report, device.Memory.PeakBytes, Stopwatch.GetElapsedTime(_start).TotalSeconds);
        _totalSteps = step.TotalSteps;
        if (_logsStep || report.IsLast)
            foreach (var log in _logs) log.Step(step);
        (_logsStep, _isFirst) = (false, false);
    }

    /// <inheritdoc/>
    public void Evaluating(string what, int batch, int batches) => console.Evaluating(what, batch, batches);

    /// <inheritdoc/>
    public void Epoch(EpochRecord record, int epochs, double imagesPerSecond)
    {
        console.Epoch(record, epochs, imagesPerSecond);
        var epoch = new LoggedEpoch(record, epochs, imagesPerSecond, device.Memory.PeakBytes, _totalSteps);
        foreach (var log in _logs) log.Epoch(epoch);
    }

    /// <summary>Closes the logs.</summary>
    public void Dispose()
    {
        foreach (var log in _logs) log.Dispose();
    }

    private bool IsLogged(int step, bool isLast) => _isFirst || isLast || step % interval == 0;
}
