using System.Diagnostics;
using WrnEngine.Training.Runs;

namespace WrnEngine.Training.Reporting;

/// <summary>
/// Shows a run. On a terminal: one line that is written over, and a table with a row per epoch. Elsewhere: a plain line every so many steps, and one per epoch,
/// each of which begins with the data set's name, so that nobody takes a run on the procedural set for one on real images.
/// </summary>
internal sealed class ConsoleLog : ITrainingLog
{
    private const int StepOfSteadySpeed = Throughput.WarmupSteps + 1;

    private static readonly TimeSpan Refresh = TimeSpan.FromMilliseconds(100);

    private readonly Terminal _terminal;
    private readonly string _dataset;
    private readonly int _interval;
    private readonly EpochTable _table;
    private int _steps;
    private int _liveLength;
    private long _lastLive;
    private bool? _shows; // what was said of the step that is under way

    /// <summary>Shows a run.</summary>
    /// <param name="terminal">Where.</param>
    /// <param name="dataset">The data set's name.</param>
    /// <param name="interval">Steps from one plain line to the next.</param>
    /// <param name="hasValidation">There are images held out of training.</param>
    public ConsoleLog(Terminal terminal, string dataset, int interval, bool hasValidation = false)
    {
        (_terminal, _dataset, _interval) = (terminal, Terminal.Clean(dataset), interval);
        _table = new EpochTable(terminal, _dataset) { HasValidation = hasValidation };
    }

    /// <summary>Called once, after the first step whose speed is that of those that follow.</summary>
    public Action<StepReport>? SpeedKnown { get; set; }

    /// <inheritdoc/>
    /// <remarks>The steps that the speed is known by are among them: its clock runs until somebody has waited for them.</remarks>
    public bool ShowsStep(int step, bool isLast)
    {
        _shows = Shows(step, isLast);
        return _shows.Value || _steps < StepOfSteadySpeed || _interval == 1;
    }

    private bool Shows(int step, bool isLast) =>
        _steps == 0 || isLast || (_terminal.IsLive ? Stopwatch.GetElapsedTime(_lastLive) >= Refresh : step % _interval == 0);

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
        if (_terminal.IsLive)
        {
            Live(ProgressLine.Of(_dataset, r, Room, _terminal.Ansi.Profile.Capabilities.Unicode), always: true);
            return;
        }

        _terminal.Out.WriteLine(
            $"{_dataset}  epoch {r.Epoch}/{r.Epochs}  step {r.Step}/{r.StepsPerEpoch}  loss {r.Loss:F4}  error {r.Error:F2} %  lr {r.Lr:G4}  "
            + $"{Speed(r.ImagesPerSecond)}  ETA {Durations.Text(r.Remaining)}");
        _terminal.Out.Flush();
    }

    /// <inheritdoc/>
    public void Evaluating(string what, int batch, int batches)
    {
        if (!_terminal.IsLive) return;
        string line = $"{_dataset} {what} {batch}/{batches}";
        Live(TextWrap.Cells(line) <= Room ? line : $"{batch}/{batches}", always: batch == batches);
    }

    /// <inheritdoc/>
    public void Epoch(EpochRecord e, int epochs, double imagesPerSecond)
    {
        Clear();
        if (_terminal.IsLive)
        {
            _table.Write(e, epochs, imagesPerSecond);
            _terminal.Out.Flush();
            return;
        }

        string val = e.ValError is null ? "" : $"  val loss {e.ValLoss:F4} error {e.ValError:F2} %";
        string test = e.TestError is null ? "" : $"  test loss {e.TestLoss:F4} error {e.TestError:F2} %";
        _terminal.Out.WriteLine(
            $"{_dataset}  epoch {e.Epoch}/{epochs}  lr {e.Lr:G4}  train loss {e.TrainLoss:F4} error {e.TrainError:F2} %{val}{test}  "
            + $"{Speed(imagesPerSecond)}  {Durations.Text(TimeSpan.FromSeconds(e.Seconds))}");
        _terminal.Out.Flush();
    }

    /// <summary>"21.4 images/s", "1,234 images/s".</summary>
    public static string Speed(double imagesPerSecond) => $"{Rate(imagesPerSecond)} images/s";

    /// <summary>"21.4", "1,234".</summary>
    public static string Rate(double imagesPerSecond) => imagesPerSecond.ToString(imagesPerSecond < 100 ? "F1" : "N0", null);

    private int Room => Math.Max(1, _terminal.Width - 1); // the cursor stays on the line

    private void Live(string line, bool always)
    {
        long now = Stopwatch.GetTimestamp();
        if (!always && Stopwatch.GetElapsedTime(_lastLive, now) < Refresh) return;
        _lastLive = now;
        int length = TextWrap.Cells(line);
        if (length > Room) (line, length) = ("", 0);
        _terminal.Out.Write("\r" + line + new string(' ', Math.Max(0, Math.Min(Room, _liveLength) - length)));
        _terminal.Out.Flush();
        _liveLength = length;
    }

    /// <summary>Takes the live line away, so that another line can stand in its place.</summary>
    public void Clear()
    {
        if (_liveLength == 0) return;
        _terminal.Out.Write("\r" + new string(' ', Math.Min(Room, _liveLength)) + "\r");
        _liveLength = 0;
    }
}
