using WrnEngine.Devices;
using WrnEngine.Tensors;

namespace WrnEngine.Autograd;

/// <summary>
/// Records the ops of one step, in order, and walks them once backwards. While a tape is open on this thread, every op with an input
/// that requires a gradient records itself. What a node saved is freed as soon as the walk has passed it.
/// </summary>
public sealed class GradTape : IDisposable
{
    [ThreadStatic] private static GradTape? _current;

    private readonly GradTape? _outer;
    private readonly List<GradNode> _nodes = [];
    private bool _disposed;

    /// <summary>Starts recording on this thread.</summary>
    public GradTape()
    {
        _outer = _current;
        _current = this;
    }

    /// <summary>The tape that records on this thread, or null.</summary>
    public static GradTape? Current => _current;

    /// <summary>Number of recorded ops.</summary>
    public int Count => _nodes.Count;

    /// <summary>True when an op with these inputs has to be recorded.</summary>
    public static bool Records(params ReadOnlySpan<Tensor?> inputs)
    {
        if (_current is null || NoGrad.IsActive) return false;
        foreach (var t in inputs)
            if (t is { RequiresGrad: true }) return true;
        return false;
    }

    /// <summary>
    /// Records an op. Call it only when <see cref="Records"/> says so; <paramref name="saved"/> stays alive until the backward pass.
    /// </summary>
    public static void Record(string op, Tensor output, Tensor[] inputs, ReadOnlySpan<Tensor> saved, Action<GradNode> backward)
    {
        var tape = _current ?? throw new InvalidOperationException($"{op}: no tape is recording on this thread");
        tape._nodes.Add(new GradNode(op, output, inputs, saved, backward));
    }

    /// <summary>
    /// Computes the gradient of <paramref name="loss"/> for every leaf that requires one, adding to what their <see cref="Tensor.Grad"/> holds
    /// since it was last zeroed. The tape is empty afterwards. The gradient of a leaf with respect to itself is the given one, and touches no tape.
    /// </summary>
    /// <param name="loss">A result recorded on this tape, or a leaf that requires a gradient.</param>
    /// <param name="gradient">d(objective)/d(loss), of the same shape; 1 when left out, which needs a scalar loss.</param>
    /// <exception cref="ShapeException">The loss is not a scalar and no gradient was given, or the gradient's shape differs.</exception>
    /// <exception cref="InvalidOperationException">The loss was not recorded on this tape.</exception>
    public void Backward(Tensor loss, Tensor? gradient = null)
    {
        ArgumentNullException.ThrowIfNull(loss);
        if (gradient is null && loss.Numel != 1)
            throw new ShapeException($"backward: the loss has shape {loss.Shape}; reduce it to one element first (Mean or Sum), or pass its gradient");
        if (gradient is not null && gradient.Shape != loss.Shape)
            throw new ShapeException($"backward: the gradient has shape {gradient.Shape}, the loss {loss.Shape}; they must be equal");
        if (loss is { IsLeaf: true, RequiresGrad: true })
        {
            AddToLeaf(loss, gradient);
            return;
        }
        if (loss.Producer is null || !_nodes.Contains(loss.Producer))
            throw new InvalidOperationException("backward: nothing was recorded for this tensor on this tape: no input requires a gradient, recording was off, or backward already ran");
        using (new NoGrad())
        {
            if (gradient is not null) loss.PendingGrad = gradient.Pin();
            else
            {
                loss.PendingGrad = Tensor.Full(loss.Shape, 1, loss.Device).OutOfScope();
            }
            while (_nodes.Count > 0)
            {
                var node = _nodes[^1];
                using (new StepScope()) node.RunBackward(); // the node's temporaries end with it
                _nodes.RemoveAt(_nodes.Count - 1);
                node.Free();
            }
        }
    }

    private static void AddToLeaf(Tensor leaf, Tensor? gradient)
    {
        using var noGrad = new NoGrad();
        using var temporaries = new StepScope();
        var target = GradNode.LeafGrad(leaf, out bool accumulate);
        gradient ??= Tensor.Full(leaf.Shape, 1, leaf.Device);
        if (accumulate) leaf.Device.Elementwise.AddScaled(target, gradient, 1, target);
        else leaf.Device.Copy(gradient, target);
    }

    /// <summary>Stops recording and frees what is left.</summary>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        if (_current == this) _current = _outer;
        foreach (var node in _nodes) node.Free();
        _nodes.Clear();
    }
}

/// <summary>PyTorch's spelling of the backward pass.</summary>
public static class BackwardExtensions
{
    /// <summary>Runs <see cref="GradTape.Backward"/> on the tape that records on this thread.</summary>
    /// <exception cref="InvalidOperationException">No tape is recording.</exception>
    public static void Backward(this Tensor loss, Tensor? gradient = null)
    {
        var tape = GradTape.Current ?? throw new InvalidOperationException("backward: no tape is recording on this thread; open one with `using var tape = new GradTape();` before the forward pass");
        tape.Backward(loss, gradient);
    }
}
