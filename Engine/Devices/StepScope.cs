using WrnEngine.Tensors;

namespace WrnEngine.Devices;

/// <summary>
/// Owns every tensor that is created on this thread while it is open, and returns their memory when it closes: one scope per training
/// step. Tensors made outside any scope (parameters, statistics, data) live until <see cref="Tensor.Release"/> or their device ends.
/// Scopes nest; the innermost one owns.
/// </summary>
/// <example><code>
/// using var step = new StepScope();
/// using var tape = new GradTape();
/// var loss = model.Forward(images).SoftmaxCrossEntropy(labels);
/// loss.Backward();
/// optimizer.Step();
/// </code></example>
public sealed class StepScope : IDisposable
{
    [ThreadStatic] private static StepScope? _current;

    private readonly StepScope? _outer;
    private readonly List<Tensor> _tensors = [];
    private bool _disposed;

    /// <summary>Opens a scope on this thread.</summary>
    public StepScope()
    {
        _outer = _current;
        _current = this;
    }

    /// <summary>The innermost open scope of this thread.</summary>
    public static StepScope? Current => _current;

    internal void Own(Tensor tensor)
    {
        tensor.ScopeIndex = _tensors.Count;
        tensor.Scope = this;
        _tensors.Add(tensor);
    }

    /// <summary>Takes a tensor out of the scope: from here on the caller releases it.</summary>
    public Tensor Keep(Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        if (tensor.Scope == this) Disown(tensor);
        return tensor;
    }

    internal void Disown(Tensor tensor)
    {
        var last = _tensors[^1];
        _tensors[tensor.ScopeIndex] = last;
        last.ScopeIndex = tensor.ScopeIndex;
        _tensors.RemoveAt(_tensors.Count - 1);
        tensor.Scope = null;
    }

    /// <summary>Releases what the scope still owns.</summary>
    /// <exception cref="InvalidOperationException">An inner scope of this thread is still open.</exception>
    public void Dispose()
    {
        if (_disposed) return;
        if (_current != this) throw new InvalidOperationException("step scopes must close in the reverse order of their opening, on the thread that opened them");
        _disposed = true;
        _current = _outer;
        for (int i = _tensors.Count - 1; i >= 0; i--)
        {
            _tensors[i].Scope = null;
            _tensors[i].Release();
        }
        _tensors.Clear();
    }
}
