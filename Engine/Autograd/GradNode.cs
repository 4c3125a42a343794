using WrnEngine.Tensors;

namespace WrnEngine.Autograd;

/// <summary>
/// One recorded op: its output, its inputs, what it saved, and how to turn the gradient of the output into gradients of the inputs.
/// </summary>
public sealed class GradNode
{
    private readonly Tensor[] _inputs;
    private readonly Tensor[] _saved;
    private readonly Action<GradNode> _backward;
    private List<Tensor>? _kept;

    internal GradNode(string op, Tensor output, Tensor[] inputs, ReadOnlySpan<Tensor> saved, Action<GradNode> backward)
    {
        Op = op;
        Output = output;
        _inputs = inputs;
        _saved = new Tensor[saved.Length];
        for (int i = 0; i < saved.Length; i++) _saved[i] = saved[i].Pin();
        _backward = backward;
        output.RequiresGrad = true;
        output.IsLeaf = false;
        output.Producer = this;
    }

    /// <summary>The op's name, for messages.</summary>
    public string Op { get; }

    internal Tensor Output { get; }

    /// <summary>The gradient of the loss with respect to the op's output; not to be written.</summary>
    public Tensor GradOutput => Output.PendingGrad!;

    /// <summary>Tensors the op kept for the backward pass, in the order it named them.</summary>
    public Tensor Saved(int index) => _saved[index];

    /// <summary>True when input <paramref name="index"/> wants a gradient.</summary>
    public bool Needs(int index) => _inputs[index].RequiresGrad;

    /// <summary>
    /// The buffer for the gradient of input <paramref name="index"/>. When <paramref name="accumulate"/> is true it already holds part of
    /// the gradient and the op adds to it; otherwise its content is undefined and the op overwrites it.
    /// </summary>
    public Tensor GradInput(int index, out bool accumulate)
    {
        var input = _inputs[index];
        if (input.Producer is null) return LeafGrad(input, out accumulate);
        accumulate = input.PendingGrad is not null;
        if (input.PendingGrad is null) input.PendingGrad = Tensor.Empty(input.Shape, input.Device, input.DType).OutOfScope();
        else if (!input.PendingGrad.Buffer.IsUnshared)
        {
            var own = Tensor.Empty(input.Shape, input.Device, input.DType).OutOfScope();
            input.Device.Copy(input.PendingGrad, own);
            input.PendingGrad.Release();
            input.PendingGrad = own;
        }
        return input.PendingGrad;
    }

    /// <summary>
    /// As <see cref="GradInput"/>, for an op that may overwrite the gradient of its output with that of its input, of the same shape: it gets that
    /// very buffer when nobody else reads it.
    /// </summary>
    public Tensor GradInputInPlace(int index, out bool accumulate)
    {
        var input = _inputs[index];
        if (input.Producer is null || input.PendingGrad is not null || Output.RetainsGrad || !GradOutput.Buffer.IsUnshared) return GradInput(index, out accumulate);
        accumulate = false;
        return input.PendingGrad = GradOutput.Pin();
    }

    /// <summary>The input itself, as the op was given it; its handle may be released by now.</summary>
    internal Tensor Input(int index) => _inputs[index];

    /// <summary>True when the op had an input of that number.</summary>
    internal bool HasInput(int index) => index < _inputs.Length;

    /// <summary>The gradient of a leaf, with the same rule for <paramref name="accumulate"/>.</summary>
    internal static Tensor LeafGrad(Tensor leaf, out bool accumulate)
    {
        accumulate = leaf.GradIsFresh;
        leaf.GradIsFresh = true;
        return leaf.Grad ??= Tensor.Empty(leaf.Shape, leaf.Device, leaf.DType).OutOfScope();
    }

    /// <summary>
    /// Gives input <paramref name="index"/> a finished gradient of its shape: shared without a copy when it is the first one to reach an
    /// intermediate result, added otherwise.
    /// </summary>
    public void PassGradient(int index, Tensor gradient)
    {
        var input = _inputs[index];
        if (gradient.Shape != input.Shape || gradient.DType != input.DType)
            throw new InvalidOperationException(
                $"backward of {Op} made a gradient of {gradient.DType.ShortName()}{gradient.Shape} for an input of {input.DType.ShortName()}{input.Shape}");
        if (input.Producer is not null && input.PendingGrad is null)
        {
            input.PendingGrad = gradient.Pin();
            return;
        }
        var target = GradInput(index, out bool accumulate);
        if (accumulate) input.Device.Elementwise.AddScaled(target, gradient, 1, target);
        else input.Device.Copy(gradient, target);
    }

    internal void RunBackward()
    {
        if (Output.PendingGrad is not null) _backward(this);
    }

    /// <summary>A tensor made during the backward pass for this node, released with it.</summary>
    internal Tensor Keep(Tensor tensor)
    {
        (_kept ??= []).Add(tensor.OutOfScope());
        return tensor;
    }

    /// <summary>Lets go of everything the node kept.</summary>
    internal void Free()
    {
        foreach (var t in _saved) t.Release();
        foreach (var t in _kept ?? []) t.Release();
        if (Output.RetainsGrad && Output.PendingGrad is not null) Output.Grad = Output.PendingGrad;
        else Output.PendingGrad?.Release();
        Output.PendingGrad = null;
        Output.Producer = null;
    }
}
