using WrnEngine.Tensors;

namespace WrnEngine.Devices;

/// <summary>
/// Something that holds tensors and computes with them: its memory, its copies, and one small interface per op family. Nothing above
/// this namespace knows which device it runs on. Calls are enqueued in order; <see cref="CopyToHost"/> and <see cref="Synchronize"/> wait.
/// A device is used by one thread at a time.
/// </summary>
public abstract class Device : IDisposable
{
    /// <summary>The name users type: <c>cpu</c>, <c>cuda:0</c>, <c>ptxsim</c>.</summary>
    public abstract string Name { get; }

    /// <summary>One line for people: processor or card, threads, instruction set.</summary>
    public abstract string Description { get; }

    /// <summary>False for a device whose tensors are shapes only, see <see cref="MetaDevice"/>.</summary>
    public virtual bool HoldsData => true;

    /// <summary>
    /// True for a device whose convolutions apply prologues and epilogues on the fly: ops then put batch norms and additions into them. False
    /// gives the plain graph, op by op.
    /// </summary>
    public virtual bool FusesConvolutions => false;

    /// <summary>
    /// True for a device that computes beside its host: calls return before their work is done, and reading a result waits for everything before it.
    /// </summary>
    public virtual bool RunsAhead => false;

    /// <summary>True when ops on tensors of this element type run here: float32 everywhere, bfloat16 where mixed precision is.</summary>
    public virtual bool Computes(DType dtype) => dtype == DType.Float32;

    /// <summary>The element type that networks keep their activations in: float32, or bfloat16 on a device opened for mixed precision.</summary>
    public virtual DType ActivationType => DType.Float32;

    /// <summary>
    /// Bytes that may be set aside for data that every step reads, such as the images of a data set. 0 where the host's memory is the device's: there
    /// they are at hand anyway.
    /// </summary>
    public virtual long ResidentBytes => 0;

    /// <summary>The arena that tensors on this device come from.</summary>
    public abstract DeviceMemory Memory { get; }

    /// <summary>Elementwise ops, broadcasting and reductions.</summary>
    public abstract IElementwiseOps Elementwise { get; }

    /// <summary>Matrix products.</summary>
    public abstract IMatMulOps MatMul { get; }

    /// <summary>Convolutions.</summary>
    public abstract IConvOps Conv { get; }

    /// <summary>Batch normalisation.</summary>
    public abstract INormOps Norm { get; }

    /// <summary>Pooling.</summary>
    public abstract IPoolOps Pool { get; }

    /// <summary>Classification losses and counts.</summary>
    public abstract ILossOps Loss { get; }

    /// <summary>Parameter updates.</summary>
    public abstract IOptimizerOps Optimizer { get; }

    /// <summary>Random and data ops: dropout, augmentation.</summary>
    public abstract IDataOps Data { get; }

    /// <summary>Sets every byte of a tensor.</summary>
    public abstract void FillBytes(Tensor target, byte value);

    /// <summary>Copies bytes in stored order from the host.</summary>
    public abstract void CopyFromHost(ReadOnlySpan<byte> source, Tensor target);

    /// <summary>Copies bytes in stored order to the host, after all work enqueued so far.</summary>
    public abstract void CopyToHost(Tensor source, Span<byte> target);

    /// <summary>Copies a tensor of equal type and element count, as stored.</summary>
    public abstract void Copy(Tensor source, Tensor target);

    /// <summary>Waits until everything enqueued has finished.</summary>
    public abstract void Synchronize();

    /// <summary>A way to overwrite a tensor from the host in every step, without waiting for the device.</summary>
    public virtual Upload CreateUpload(Tensor target) => new(target);

    /// <summary>
    /// Records what an action enqueues, instead of running it: the ops, with the addresses of their tensors and the numbers that they are given, but for
    /// those that they read from the device's memory (<see cref="DeviceScalar{T}"/>). Tensors that the action makes end inside it.
    /// </summary>
    /// <returns>
    /// Null when the device records nothing, or cannot before the same action has run once more, since memory is missing: then nothing was enqueued.
    /// </returns>
    /// <exception cref="InvalidOperationException">The action copies from or to the host.</exception>
    public virtual RecordedWork? Record(Action enqueue) => null;

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Ends threads and returns memory.</summary>
    protected abstract void Dispose(bool disposing);
}
