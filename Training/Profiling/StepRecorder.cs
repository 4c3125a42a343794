using System.Diagnostics;
using WrnEngine.Devices.Profiling;

namespace WrnEngine.Training.Profiling;

/// <summary>One call of an op.</summary>
/// <param name="Op">Name of the op.</param>
/// <param name="Detail">Shapes, and what was fused with it.</param>
/// <param name="Phase">The part of the step it ran in.</param>
/// <param name="Step">Which of the recorded steps, from 0.</param>
/// <param name="Start">Seconds after recording began.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="Flops">Floating-point operations, see <see cref="OpFlops"/>.</param>
/// <param name="Bytes">Bytes of the tensors that it reads and writes.</param>
/// <param name="LiveBytes">Bytes of all tensors that were there when it ended.</param>
internal sealed record OpCall(
    string Op, string Detail, StepPhase Phase, int Step, double Start, double Seconds, double Flops, double Bytes, long LiveBytes);

/// <summary>A stretch of time around calls: a step, or a part of one.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Step">Which of the recorded steps, from 0.</param>
/// <param name="Start">Seconds after recording began.</param>
/// <param name="End">The same, for its end.</param>
internal sealed record StepSpan(string Name, int Step, double Start, double End);

/// <summary>Writes down every op of some steps, by listening to a profiled device.</summary>
internal sealed class StepRecorder : IDisposable
{
    private readonly ProfiledDevice _device;
    private readonly List<OpCall> _calls = [];
    private readonly List<StepSpan> _steps = [], _phases = [];
    private long _origin = Stopwatch.GetTimestamp();
    private StepPhase _phase;

    /// <summary>Starts listening.</summary>
    public StepRecorder(ProfiledDevice device)
    {
        _device = device;
        device.Measured += OnMeasured;
    }

    /// <summary>The calls, in order.</summary>
    public IReadOnlyList<OpCall> Calls => _calls;

    /// <summary>The steps.</summary>
    public IReadOnlyList<StepSpan> Steps => _steps;

    /// <summary>The parts of the steps.</summary>
    public IReadOnlyList<StepSpan> Phases => _phases;

    private double Now => Stopwatch.GetElapsedTime(_origin).TotalSeconds;

    /// <summary>Forgets everything and begins anew.</summary>
    public void Reset()
    {
        _calls.Clear();
        _steps.Clear();
        _phases.Clear();
        _origin = Stopwatch.GetTimestamp();
    }

    /// <summary>Runs a step.</summary>
    public void Step(Action step)
    {
        double start = Now;
        step();
        _steps.Add(new StepSpan($"step {_steps.Count + 1}", _steps.Count, start, Now));
    }

    /// <summary>Runs a part of a step.</summary>
    public void Phase(StepPhase phase, Action part)
    {
        _phase = phase;
        double start = Now;
        part();
        _phases.Add(new StepSpan(phase.ToString(), _steps.Count, start, Now));
    }

    /// <summary>Stops listening.</summary>
    public void Dispose() => _device.Measured -= OnMeasured;

    private void OnMeasured(OpTiming op) => _calls.Add(new OpCall(
        op.Op, op.Detail, _phase, _steps.Count, Now - op.LastSeconds, op.LastSeconds, OpFlops.Of(op), op.Bytes, _device.Memory.LiveBytes));
}
