using WrnEngine.Devices;
using WrnEngine.Ops;
using WrnEngine.Tensors;

namespace WrnEngine.Nn;

/// <summary>What the dropout layers of a model have to know of the present step; shared by all of them.</summary>
public sealed class DropoutState
{
    /// <summary>The run's seed.</summary>
    public ulong Seed { get; set; }

    /// <summary>Optimizer steps done so far.</summary>
    public DeviceScalar<uint> Step { get; set; }

    /// <summary>Data-set indices of the batch's samples, [N] int32; null counts as zeros.</summary>
    public Tensor? SampleIndices { get; set; }
}

/// <summary>Inverted dropout in training mode, the identity in evaluation mode.</summary>
public sealed class Dropout : Module
{
    private readonly float _p;
    private readonly ushort _layer;
    private readonly DropoutState _state;

    /// <summary>A layer that drops with probability <paramref name="p"/>.</summary>
    /// <param name="p">Probability, 0 &lt;= p &lt; 1.</param>
    /// <param name="layer">Ordinal of this layer in the model: layers draw different numbers.</param>
    /// <param name="state">Seed, step and samples.</param>
    public Dropout(float p, ushort layer, DropoutState state)
    {
        if (!(p is >= 0 and < 1)) throw new ArgumentOutOfRangeException(nameof(p), $"the dropout probability {p} is not in 0 <= p < 1");
        (_p, _layer, _state) = (p, layer, state);
    }

    /// <inheritdoc/>
    protected override Tensor ForwardCore(Tensor x) =>
        IsTraining ? x.Dropout(_p, new DropoutKey(_state.Seed, _state.Step, _layer), _state.SampleIndices) : x;
}
