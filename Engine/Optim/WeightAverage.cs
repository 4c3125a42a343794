using WrnEngine.Devices;
using WrnEngine.Nn;
using WrnEngine.Tensors;

namespace WrnEngine.Optim;

/// <summary>
/// The exponential moving average (EMA) of a model's weights: average = decay * average + (1 - decay) * weight after every step, beginning with the
/// weights as they are. As in timm's ModelEma, the running statistics of batch norms are averaged like parameters.
/// </summary>
/// <example><code>
/// using var average = new WeightAverage([.. model.NamedParameters(), .. model.NamedBuffers()], decay: 0.999f);
/// optimizer.Step();
/// average.Update();
/// average.Exchange(); // the model computes with the average
/// Evaluate(model);
/// average.Exchange(); // and with its own weights again
/// </code></example>
public sealed class WeightAverage : IDisposable
{
    private readonly NamedTensor[] _weights, _averages;

    /// <summary>Begins with copies of the weights.</summary>
    /// <param name="weights">Float32 tensors, all on one device; they stay the model's.</param>
    /// <param name="decay">Share of the old average that is kept in a step, 0 to below 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The decay is out of range.</exception>
    public WeightAverage(IEnumerable<NamedTensor> weights, float decay)
    {
        if (!(decay is >= 0 and < 1)) throw new ArgumentOutOfRangeException(nameof(decay), $"the decay {decay} of an average must be from 0 to below 1");
        Decay = decay;
        _weights = [.. weights];
        _averages = [.. _weights.Select(w => new NamedTensor(w.Name, Tensor.Empty(w.Value.Shape, w.Value.Device).OutOfScope()))];
        Restart();
    }

    /// <summary>Share of the old average that is kept in a step.</summary>
    public float Decay { get; }

    /// <summary>The averages, named after their weights: what a checkpoint has to keep.</summary>
    public IReadOnlyList<NamedTensor> Averages => _averages;

    /// <summary>Begins again with the weights as they are.</summary>
    public void Restart()
    {
        for (int i = 0; i < _weights.Length; i++) _weights[i].Value.Device.Copy(_weights[i].Value, _averages[i].Value);
    }

    /// <summary>Takes the weights of a step in: average += (1 - decay) * (weight - average).</summary>
    public void Update()
    {
        for (int i = 0; i < _weights.Length; i++)
        {
            var (weight, average) = (_weights[i].Value, _averages[i].Value);
            var ops = weight.Device.Elementwise;
            var difference = Tensor.Empty(weight.Shape, weight.Device);
            ops.Binary(BinaryOp.Subtract, weight, average, difference);
            ops.AddScaled(average, difference, 1 - Decay, average);
            difference.Release();
        }
    }

    /// <summary>Weights and averages change places, bit for bit: a second call puts them back.</summary>
    public void Exchange()
    {
        for (int i = 0; i < _weights.Length; i++)
        {
            var (weight, average) = (_weights[i].Value, _averages[i].Value);
            var held = Tensor.Empty(weight.Shape, weight.Device);
            weight.Device.Copy(weight, held);
            weight.Device.Copy(average, weight);
            weight.Device.Copy(held, average);
            held.Release();
            weight.ForgetDerived();
        }
    }

    /// <summary>Restores an average that <see cref="Averages"/> gave; values are in logical order.</summary>
    /// <exception cref="ArgumentException">No weight has that name.</exception>
    public void Load(string name, ReadOnlySpan<float> values)
    {
        int i = Array.FindIndex(_averages, a => a.Name == name);
        if (i < 0) throw new ArgumentException($"there is no weight '{name}' to load an average of");
        _averages[i].Value.CopyFrom(values);
    }

    /// <summary>Releases the averages.</summary>
    public void Dispose()
    {
        foreach (var average in _averages) average.Value.Release();
    }
}
