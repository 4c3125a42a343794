using WrnEngine.Devices;
using WrnEngine.Nn;
using WrnEngine.Tensors;

namespace WrnEngine.Optim;

/// <summary>
/// Stochastic gradient descent as torch.optim.SGD defines it, with momentum, dampening, Nesterov and L2 weight decay; all parameters are
/// updated in one pass over memory.
/// </summary>
public sealed class Sgd : IDisposable
{
    private readonly NamedTensor[] _parameters;
    private readonly Tensor?[] _buffers;
    private readonly bool[] _firstStep;
    private readonly SgdSlot[] _slots;
    private readonly Device _device;
    private SgdSettings? _last;
    private bool _lastHadFirst, _changed;

    /// <summary>An optimizer over <paramref name="parameters"/>, all on one device.</summary>
    /// <exception cref="ArgumentException">A setting is out of range, or there is nothing to train.</exception>
    public Sgd(IEnumerable<NamedTensor> parameters, float learningRate, float momentum = 0, float weightDecay = 0, float dampening = 0, bool nesterov = false)
    {
        _parameters = [.. parameters];
        if (_parameters.Length == 0) throw new ArgumentException("SGD has no parameters to train");
        if (!(learningRate >= 0)) throw new ArgumentException($"the learning rate {learningRate} must not be negative");
        if (!(momentum >= 0)) throw new ArgumentException($"the momentum {momentum} must not be negative");
        if (!(weightDecay >= 0)) throw new ArgumentException($"the weight decay {weightDecay} must not be negative");
        if (nesterov && (momentum <= 0 || dampening != 0)) throw new ArgumentException("Nesterov momentum needs a momentum above 0 and no dampening");
        (LearningRate, Momentum, WeightDecay, Dampening, Nesterov) = (learningRate, momentum, weightDecay, dampening, nesterov);
        _device = _parameters[0].Value.Device;
        _buffers = new Tensor?[_parameters.Length];
        _firstStep = new bool[_parameters.Length];
        _slots = new SgdSlot[_parameters.Length];
        Array.Fill(_firstStep, true);
    }

    /// <summary>The step size, usually set by a schedule.</summary>
    public DeviceScalar<float> LearningRate { get; set; }

    /// <inheritdoc cref="SgdSettings.SkipIf"/>
    public Tensor? SkipIf { get; set; }

    /// <summary>Share of the old velocity that is kept.</summary>
    public float Momentum { get; }

    /// <summary>Coefficient of the L2 term added to every gradient.</summary>
    public float WeightDecay { get; }

    /// <summary>Share of the gradient that does not enter the momentum buffer.</summary>
    public float Dampening { get; }

    /// <summary>Look ahead along the momentum.</summary>
    public bool Nesterov { get; }

    /// <summary>
    /// True when the next <see cref="Step"/> does what the last one did, but for numbers that the device reads from its memory: then a recorded one may be
    /// replayed in its place. False where the momentum begins or has begun in the last step, and where a constant has changed.
    /// </summary>
    public bool IsSteady => !_changed && !_lastHadFirst && _last is { } last && WithoutPlacedValue(last) == WithoutPlacedValue(Settings);

    private SgdSettings Settings => new(LearningRate, Momentum, Dampening, Nesterov, SkipIf);

    /// <summary>Updates every parameter that has a gradient of this step.</summary>
    public void Step()
    {
        int count = 0;
        (_last, _lastHadFirst, _changed) = (Settings, false, false);
        for (int i = 0; i < _parameters.Length; i++)
        {
            var p = _parameters[i].Value;
            if (p.Grad is null || !p.GradIsFresh) continue;
            if (Momentum != 0 && _buffers[i] is null) _buffers[i] = Kept(Tensor.Zeros(p.Shape, p.Device));
            _slots[count++] = new SgdSlot(p, p.Grad, _buffers[i], WeightDecay, _firstStep[i]);
            _lastHadFirst |= _firstStep[i];
            _firstStep[i] = false;
            p.ForgetDerived();
        }
        _device.Optimizer.SgdStep(_slots.AsSpan(0, count), Settings);
    }

    /// <summary>Forgets the gradients; the next backward pass overwrites them in place.</summary>
    public void ZeroGrad()
    {
        foreach (var p in _parameters) p.Value.GradIsFresh = false;
    }

    /// <summary>Throws the momentum away, as the paper's code does when the learning rate drops.</summary>
    public void ResetMomentum()
    {
        Array.Fill(_firstStep, true);
        _changed = true;
    }

    /// <summary>The momentum buffers in use, named after their parameters: what a checkpoint has to keep.</summary>
    public IEnumerable<NamedTensor> MomentumBuffers()
    {
        for (int i = 0; i < _parameters.Length; i++)
            if (_buffers[i] is { } buffer && !_firstStep[i]) yield return new NamedTensor(_parameters[i].Name, buffer);
    }

    /// <summary>Restores a momentum buffer that <see cref="MomentumBuffers"/> gave; values are in logical order.</summary>
    /// <exception cref="ArgumentException">No parameter has that name.</exception>
    public void LoadMomentum(string name, ReadOnlySpan<float> values)
    {
        int i = Array.FindIndex(_parameters, p => p.Name == name);
        if (i < 0) throw new ArgumentException($"there is no parameter '{name}' to load momentum for");
        var buffer = _buffers[i] ??= Kept(Tensor.Empty(_parameters[i].Value.Shape, _device));
        buffer.CopyFrom(values);
        _firstStep[i] = false;
        _changed = true;
    }

    private static SgdSettings WithoutPlacedValue(SgdSettings settings) =>
        settings.LearningRate.Place is { } place ? settings with { LearningRate = new DeviceScalar<float>(0, place) } : settings;

    private static Tensor Kept(Tensor t) => t.Scope?.Keep(t) ?? t;

    /// <summary>Releases the momentum buffers.</summary>
    public void Dispose()
    {
        foreach (var b in _buffers) b?.Release();
    }
}
