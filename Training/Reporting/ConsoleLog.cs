using System.Diagnostics;
using WrnEngine.Training.Runs;

namespace WrnEngine.Training.Reporting;

/// <summary>
/// Shows a run: one line that is written over on a terminal, a plain line every so many steps elsewhere, and a line per epoch that stays.
/// Every line begins with the data set's name, so that nobody takes a run on the procedural set for one on real images.
/// </summary>
internal sealed class ConsoleLog(Terminal terminal, string dataset, int interval) : ITrainingLog
{
    private const int StepOfSteadySpeed = Throughput.WarmupSteps + 1;

    private static readonly TimeSpan Refresh = TimeSpan.FromMilliseconds(100);

    private int _steps;
    private int _liveLength;
    private long _lastLive;
    private bool? _shows; // what was said of the step that is under way

    /// <summary>Called once, after the first step whose speed is that of those that follow.</summary>
    public Action<StepReport>? SpeedKnown { get; set; }

    /// <inheritdoc/>
    /// <remarks>The steps that the speed is known by are among them: its clock runs until somebody has waited for them.</remarks>
    public bool ShowsStep(int step, bool isLast)
    {
        _shows = Shows(step, isLast);
        return _shows.Value || _steps < StepOfSteadySpeed || interval == 1;
    }

    private bool Shows(int step, bool isLast) =>
        _steps == 0 || isLast || (terminal.IsLive ? Stopwatch.GetElapsedTime(_lastLive) >= Refresh : step % interval == 0);

    /// <inheritdoc/>
    public void Step(in StepReport r)
    {
        bool shows = (_shows ?? Shows(r.Step, r.IsLast)) || r.IsLast;
        _shows = null;
        _steps++;
        if (_steps == StepOfSteadySpeed)
        {
            Clear();
            SpeedKnown?.Invoke(r);
        }
        if (!shows) return;
        if (terminal.IsLive) // a window has 80 columns
        {
            string shortLine = $"{dataset} epoch {r.Epoch}/{r.Epochs} step {r.Step}/{r.StepsPerEpoch} loss {r.Loss:F3} error {r.Error:F1} % "
                + $"{Speed(r.ImagesPerSecond)} ETA {Durations.Text(r.Remaining)}";
            Live(shortLine, always: true);
            return;
        }

        terminal.Out.WriteLine(
            $"{dataset}  epoch {r.Epoch}/{r.Epochs}  step {r.Step}/{r.StepsPerEpoch}  loss {r.Loss:F4}  error {r.Error:F2} %  lr {r.Lr:G4}  "
            + $"{Speed(r.ImagesPerSecond)}  ETA {Durations.Text(r.Remaining)}");
        terminal.Out.Flush();
    }

    /// <inheritdoc/>
    public void Evaluating(string what, int batch, int batches)
    {
        if (terminal.IsLive) Live($"{dataset}  {what} {batch}/{batches}", always: batch == batches);
    }

    /// <inheritdoc/>
    public void Epoch(EpochRecord e, int epochs, double imagesPerSecond)
    {
        Clear();
        string val = e.ValError is null ? "" : $"  val loss {e.ValLoss:F4} error {e.ValError:F2} %";
        string test = e.TestError is null ? "" : $"  test loss {e.TestLoss:F4} error {e.TestError:F2} %";
        terminal.Out.WriteLine(
            $"{dataset}  epoch {e.Epoch}/{epochs}  lr {e.Lr:G4}  train loss {e.TrainLoss:F4} error {e.TrainError:F2} %{val}{test}  "
            + $"{Speed(imagesPerSecond)}  {Durations.Text(TimeSpan.FromSeconds(e.Seconds))}");
        terminal.Out.Flush();
    }

    /// <summary>"21.4 images/s", "1,234 images/s".</summary>
    public static string Speed(double imagesPerSecond) => $"{imagesPerSecond.ToString(imagesPerSecond < 100 ? "F1" : "N0", null)} images/s";

    private void Live(string line, bool always)
    {
        long now = Stopwatch.GetTimestamp();
        if (!always && Stopwatch.GetElapsedTime(_lastLive, now) < Refresh) return;
        _lastLive = now;
        int room = Math.Max(20, terminal.Width - 1);
        if (line.Length > room) line = line[..room];
        terminal.Out.Write("\r" + line.PadRight(Math.Min(room, _liveLength)));
        terminal.Out.Flush();
        _liveLength = line.Length;
    }

    /// <summary>Takes the live line away, so that another line can stand in its place.</summary>
    public void Clear()
    {
        if (_liveLength == 0) return;
        terminal.Out.Write("\r" + new string(' ', _liveLength) + "\r");
        _liveLength = 0;
    }
}
