using System.Runtime.InteropServices;
using WrnEngine.Autograd;
using WrnEngine.Devices;

namespace WrnEngine.Tensors;

/// <summary>
/// An n-dimensional array on a device: a shape and a type over a shared buffer. Ops live in <c>WrnEngine.Ops</c> as extension methods.
/// <para>Layout: a rank-4 tensor [N, C, H, W] is stored channels-last (NHWC), and a convolution weight [outC, inC, kH, kW] likewise as
/// [outC, kH, kW, inC]; other ranks are row-major. Shapes, axes, reshaping, printing and host arrays follow the logical order.</para>
/// <para>Lifetime: inside a <see cref="StepScope"/> the scope owns what is created; elsewhere the creator calls <see cref="Release"/>.
/// What the tape needs for the backward pass it keeps alive by itself, so releasing early is always safe.</para>
/// </summary>
public sealed class Tensor
{
    private bool _released;

    internal Tensor(Shape shape, DType dtype, Device device, DeviceBuffer buffer)
    {
        Shape = shape;
        DType = dtype;
        Device = device;
        Buffer = buffer;
        StepScope.Current?.Own(this);
    }

    /// <summary>The logical sizes.</summary>
    public Shape Shape { get; }

    /// <summary>The element type.</summary>
    public DType DType { get; }

    /// <summary>Where the elements are.</summary>
    public Device Device { get; }

    /// <summary>The memory that holds the elements, possibly shared with other tensors.</summary>
    internal DeviceBuffer Buffer { get; }

    internal StepScope? Scope { get; set; }

    internal int ScopeIndex { get; set; }

    /// <summary>Number of axes.</summary>
    public int Rank => Shape.Rank;

    /// <summary>Number of elements.</summary>
    public long Numel => Shape.Numel;

    /// <summary>Size in bytes.</summary>
    public long SizeInBytes => Numel * DType.SizeInBytes();

    /// <summary>True when gradients flow to this tensor: set it on leaves; ops set it on their results.</summary>
    public bool RequiresGrad { get; set; }

    /// <summary>True for what was created directly; false for the result of a recorded op, also after the backward pass.</summary>
    public bool IsLeaf { get; internal set; } = true;

    /// <summary>The accumulated gradient of a leaf, filled by the backward pass; null before the first one.</summary>
    public Tensor? Grad { get; internal set; }

    /// <summary>
    /// True when <see cref="Grad"/> holds the gradient of the current step; cleared by zeroing, so that the next backward pass
    /// overwrites instead of adding.
    /// </summary>
    internal bool GradIsFresh { get; set; }

    /// <summary>Set to keep the gradient of an intermediate result in <see cref="Grad"/> after the backward pass.</summary>
    public bool RetainsGrad { get; set; }

    /// <summary>The recorded op that made this tensor, until the backward pass has gone by; null for leaves.</summary>
    internal GradNode? Producer { get; set; }

    /// <summary>The gradient of an intermediate result while the backward pass collects it.</summary>
    internal Tensor? PendingGrad { get; set; }

    /// <summary>Mean and variance per channel, when the op that made this tensor has taken them along; released with it.</summary>
    internal ChannelMoments? Moments { get; set; }

    /// <summary>What a device has made of this weight, until <see cref="Autograd.NoGrad"/>'s region ends or somebody writes it.</summary>
    internal KeptFilters? KeptFilters { get; set; }

    /// <summary>True after <see cref="Release"/>.</summary>
    public bool IsReleased => _released;

    /// <summary>
    /// The address of the first element on its device, for the arguments of a kernel of your own (<see cref="Devices.Cuda.CudaDevice.Launch"/>). The
    /// elements lie dense from there on: rank 4 as NHWC, other ranks row-major. It holds until the tensor is released or its step ends.
    /// <para>Read through it freely; write only to a tensor that you have just made (<see cref="Empty"/>) or that <see cref="GradNode.GradInput"/> gave you:
    /// what a device has computed from a tensor's elements and kept is not told of such a write.</para>
    /// </summary>
    /// <exception cref="ObjectDisposedException">The tensor was released, or its step has ended.</exception>
    public nint DevicePointer => Address;

    /// <summary>The address of the first element on the device.</summary>
    /// <exception cref="ObjectDisposedException">The tensor was released, or its step has ended.</exception>
    internal nint Address
    {
        get
        {
            ThrowIfReleased();
            return Buffer.Address;
        }
    }

    /// <summary>A tensor whose memory is taken, and its elements written, when somebody first asks for their address.</summary>
    internal static Tensor Deferred(Shape shape, DType dtype, Device device, DeferredContent content) =>
        new(shape, dtype, device, new DeviceBuffer(device.Memory, shape.Numel * dtype.SizeInBytes(), content));

    /// <summary>A tensor with undefined content.</summary>
    public static Tensor Empty(Shape shape, Device device, DType dtype = DType.Float32)
    {
        ArgumentNullException.ThrowIfNull(device);
        return new Tensor(shape, dtype, device, device.Memory.Allocate(shape.Numel * dtype.SizeInBytes()));
    }

    /// <summary>A tensor of zeros.</summary>
    public static Tensor Zeros(Shape shape, Device device, DType dtype = DType.Float32)
    {
        var t = Empty(shape, device, dtype);
        device.FillBytes(t, 0);
        return t;
    }

    /// <summary>A float32 or bfloat16 tensor with every element equal to <paramref name="value"/>.</summary>
    public static Tensor Full(Shape shape, float value, Device device, DType dtype = DType.Float32)
    {
        var t = Empty(shape, device, dtype);
        device.Elementwise.Fill(t, value);
        return t;
    }

    /// <summary>A tensor from values in logical (row-major) order.</summary>
    /// <exception cref="ShapeException">The number of values is not the number of elements.</exception>
    public static Tensor From<T>(ReadOnlySpan<T> values, Shape shape, Device device) where T : unmanaged
    {
        var t = Empty(shape, device, DTypes.Of<T>());
        t.CopyFrom(values);
        return t;
    }

    /// <inheritdoc cref="From{T}(ReadOnlySpan{T}, Shape, Device)"/>
    public static Tensor From<T>(T[] values, Shape shape, Device device) where T : unmanaged => From<T>(values.AsSpan(), shape, device);

    /// <summary>Overwrites the elements with values in logical (row-major) order.</summary>
    /// <exception cref="ShapeException">Count or type of the values do not fit.</exception>
    public void CopyFrom<T>(ReadOnlySpan<T> values) where T : unmanaged
    {
        if (DTypes.Of<T>() != DType) throw new ShapeException($"cannot copy {DTypes.Of<T>().ShortName()} values into a {DType.ShortName()} tensor");
        if (values.Length != Numel) throw new ShapeException($"{values.Length} values do not fill a tensor of shape {Shape}: it has {Numel} elements");
        ForgetDerived();
        if (StorageOrder.IsRowMajor(Shape))
        {
            Device.CopyFromHost(MemoryMarshal.AsBytes(values), this);
            return;
        }
        var stored = new T[values.Length];
        StorageOrder.FromLogical(values, stored, Shape);
        Device.CopyFromHost(MemoryMarshal.AsBytes<T>(stored), this);
    }

    /// <summary>The elements in logical (row-major) order. Waits for the device.</summary>
    public T[] ToArray<T>() where T : unmanaged
    {
        if (DTypes.Of<T>() != DType) throw new ShapeException($"cannot read a {DType.ShortName()} tensor as {DTypes.Of<T>().ShortName()} values");
        var stored = new T[Numel];
        Device.CopyToHost(this, MemoryMarshal.AsBytes(stored.AsSpan()));
        if (StorageOrder.IsRowMajor(Shape)) return stored;
        var values = new T[stored.Length];
        StorageOrder.ToLogical<T>(stored, values, Shape);
        return values;
    }

    /// <summary>The single element of a float32 tensor. Waits for the device.</summary>
    /// <exception cref="ShapeException">The tensor has more than one element.</exception>
    public float Item()
    {
        if (Numel != 1) throw new ShapeException($"Item needs a tensor with one element; this one has shape {Shape}");
        Span<float> value = stackalloc float[1];
        Device.CopyToHost(this, MemoryMarshal.AsBytes(value));
        return value[0];
    }

    /// <summary>A tensor over the same buffer with another shape of equal size; the caller has checked that the stored orders agree.</summary>
    internal Tensor View(Shape shape)
    {
        _ = Address; // gradients that come through a view would not pass where a deferred tensor's are counted
        Buffer.AddReference();
        return new Tensor(shape, DType, Device, Buffer);
    }

    /// <summary>A second handle on the same elements, owned by nobody's scope: how the tape keeps what it needs.</summary>
    internal Tensor Pin()
    {
        ThrowIfReleased();
        Buffer.AddReference();
        return new Tensor(Shape, DType, Device, Buffer).OutOfScope();
    }

    /// <summary>Takes this handle out of the scope that owns it, if one does: from here on whoever asked for it releases it.</summary>
    internal Tensor OutOfScope()
    {
        Scope?.Disown(this);
        return this;
    }

    /// <summary>
    /// Gives this handle up before its scope ends. The memory returns to the arena when the tape and every view are done with it.
    /// </summary>
    public void Release()
    {
        if (_released) return;
        _released = true;
        Scope?.Disown(this);
        Buffer.Release();
        Grad?.Release();
        Grad = null;
        ForgetDerived();
    }

    /// <summary>Lets go of what was computed from the elements, which change now or are not needed so any more.</summary>
    internal void ForgetDerived()
    {
        Moments?.Release();
        Moments = null;
        KeptFilters?.Release();
        KeptFilters = null;
    }

    private void ThrowIfReleased()
    {
        if (_released) throw new ObjectDisposedException(nameof(Tensor), $"the tensor {DType.ShortName()}{Shape} was released: its step scope has ended or Release was called");
    }

    /// <summary>Type, shape, device and the values, abbreviated when there are many. Waits for the device.</summary>
    public override string ToString() => TensorPrinter.Format(this);
}
