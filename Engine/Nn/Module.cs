using WrnEngine.Tensors;

namespace WrnEngine.Nn;

/// <summary>
/// A part of a model: it owns parameters, buffers and other modules, each registered under a name. Names joined by dots are the names in
/// checkpoints. Releases its tensors on <see cref="Dispose()"/>.
/// </summary>
public abstract class Module : IDisposable
{
    private readonly List<(string Name, Module Child)> _children = [];
    private readonly List<NamedTensor> _parameters = [];
    private readonly List<NamedTensor> _buffers = [];

    /// <summary>True in training mode, the default; batch norm and dropout behave differently in evaluation mode.</summary>
    public bool IsTraining { get; private set; } = true;

    /// <summary>
    /// Told of each forward pass of this module, after it, with input and output: PyTorch's forward hook. The tensors may be read, and
    /// belong to whoever computes with them.
    /// </summary>
    public event Action<Tensor, Tensor>? Forwarded;

    /// <summary>Computes the module's output.</summary>
    public Tensor Forward(Tensor x)
    {
        var y = ForwardCore(x);
        Forwarded?.Invoke(x, y);
        return y;
    }

    /// <summary>True when somebody is told of this module's forward passes, who is to see its own output and nothing fused with it.</summary>
    protected bool IsObserved => Forwarded is not null;

    /// <summary>What a module computes.</summary>
    protected abstract Tensor ForwardCore(Tensor x);

    /// <summary>Switches this module and everything below it between training and evaluation mode.</summary>
    public void Train(bool mode = true)
    {
        IsTraining = mode;
        foreach (var (_, child) in _children) child.Train(mode);
    }

    /// <summary>Switches to evaluation mode.</summary>
    public void Eval() => Train(false);

    /// <summary>The parameters of this module itself, without those of the modules in it.</summary>
    public IReadOnlyList<NamedTensor> OwnParameters => _parameters;

    /// <summary>Every parameter below this module, in the order of registration, with its full name.</summary>
    public IEnumerable<NamedTensor> NamedParameters(string prefix = "") => Collect(prefix, m => m._parameters);

    /// <summary>Every buffer below this module, in the order of registration, with its full name.</summary>
    public IEnumerable<NamedTensor> NamedBuffers(string prefix = "") => Collect(prefix, m => m._buffers);

    /// <summary>Every module below this one, itself first, with its full name.</summary>
    public IEnumerable<(string Name, Module Module)> NamedModules(string prefix = "")
    {
        yield return (prefix, this);
        foreach (var (name, child) in _children)
            foreach (var m in child.NamedModules(Join(prefix, name))) yield return m;
    }

    /// <summary>The number of trainable values.</summary>
    public long ParameterCount => NamedParameters().Sum(p => p.Value.Numel);

    /// <summary>Registers a module under a name.</summary>
    protected T Register<T>(string name, T child) where T : Module
    {
        _children.Add((name, child));
        return child;
    }

    /// <summary>Registers a trained tensor. The empty name makes the tensor carry the module's own name, as bare convolutions do.</summary>
    protected Tensor RegisterParameter(string name, Tensor value)
    {
        ArgumentNullException.ThrowIfNull(value);
        value.RequiresGrad = true;
        _parameters.Add(new NamedTensor(name, value.OutOfScope()));
        return value;
    }

    /// <summary>Registers a tensor that is saved with the model but not trained.</summary>
    protected Tensor RegisterBuffer(string name, Tensor value)
    {
        _buffers.Add(new NamedTensor(name, value.OutOfScope()));
        return value;
    }

    private IEnumerable<NamedTensor> Collect(string prefix, Func<Module, List<NamedTensor>> select)
    {
        foreach (var t in select(this)) yield return t with { Name = Join(prefix, t.Name) };
        foreach (var (name, child) in _children)
            foreach (var t in child.Collect(Join(prefix, name), select)) yield return t;
    }

    private static string Join(string prefix, string name) => prefix.Length == 0 ? name : name.Length == 0 ? prefix : prefix + "." + name;

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Releases parameters and buffers, and disposes children.</summary>
    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
        {
            foreach (var t in _parameters) t.Value.Release();
            foreach (var t in _buffers) t.Value.Release();
            foreach (var (_, child) in _children) child.Dispose();
        }
    }
}
