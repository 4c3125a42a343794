using WrnEngine.Devices.Cuda.Libraries;
using WrnEngine.Kernels;
using WrnEngine.Kernels.Driver;
using WrnEngine.Tensors;

namespace WrnEngine.Devices.Cuda;

/// <summary>
/// Tensors on a CUDA device, computed by the kernels of <c>Kernels/</c>. It works on whichever driver table it is given: the real driver's, or the
/// simulator's, and does not know which.
/// </summary>
public sealed unsafe class CudaDevice : Device
{
    private readonly CudaMemory _memory;
    private readonly CudaOptimizer _optimizer;
    private readonly bool _recordsGraphs;
    private readonly LibraryFamilies _libraries;

    /// <summary>Opens a device.</summary>
    /// <param name="api">The driver.</param>
    /// <param name="name">What users type: <c>cuda:0</c>, <c>ptxsim</c>.</param>
    /// <param name="ordinal">Which of the driver's devices.</param>
    /// <param name="options">How it works.</param>
    /// <exception cref="CudaException">The driver refused: the message names the call and CUDA's reason.</exception>
    /// <exception cref="CudaLibraryException">cuDNN or cuBLAS refused.</exception>
    /// <exception cref="NotSupportedException">The device or its driver is too old for the kernels, or for tf32 and mixed precision, which need compute capability 8.0.</exception>
    public CudaDevice(CudaApi api, string name, int ordinal = 0, CudaOptions? options = null)
    {
        options ??= new CudaOptions();
        Options = options;
        // cuDNN's convolutions fuse nothing: op by op there is less to do than in pieces around them.
        (Name, FusesConvolutions, _recordsGraphs) = (name, options.Fuse && options.Conv != Implementation.Cudnn, options.Graphs);
        Context = new CudaContext(api, ordinal);
        try
        {
            if ((options.Tf32 || options.MixedPrecision) && Context.Library.ComputeCapability < 80)
            {
                throw new NotSupportedException(
                    $"{(options.Tf32 ? "tf32" : "bfloat16")} needs a device of compute capability 8.0 or later; {Context.Info.Name} has {Context.Info.ComputeCapability}");
            }
            ActivationType = options.MixedPrecision ? DType.BFloat16 : DType.Float32;
            _memory = new CudaMemory(Context, options.Arena ?? ArenaModes.FromEnvironment());
            Elementwise = new CudaElementwise(this);
            _libraries = new LibraryFamilies(this, options);
            MatMul = _libraries.MatMul(new CudaMatMul(this));
            Conv = _libraries.Conv(new CudaTensorConv(this, new CudaConv(this), options.Tf32));
            Norm = _libraries.Norm(new CudaNorm(this));
            Pool = new CudaPool(this);
            Loss = new CudaLoss(this);
            Optimizer = _optimizer = new CudaOptimizer(this);
            Data = new CudaData(this);
        }
        catch
        {
            _libraries?.Dispose();
            _memory?.Dispose();
            Context.Dispose();
            throw;
        }
    }

    /// <summary>How it works.</summary>
    public CudaOptions Options { get; }

    /// <summary>Context, stream and kernels.</summary>
    public CudaContext Context { get; }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override string Description =>
        $"{Name} ({Context.Info.Name}, compute capability {Context.Info.ComputeCapability}, {Context.Multiprocessors} multiprocessors"
        + $"{(_libraries.Names.Length == 0 ? "" : $", {_libraries.Names}")})";

    /// <summary>cuDNN and cuBLAS, as they were looked for.</summary>
    public CudaLibraries Libraries => Options.Libraries;

    /// <summary>Which implementation each op takes, as far as it was decided; null where only the project's kernels are used.</summary>
    public AlgorithmPlan? Plan => _libraries.Plan;

    /// <inheritdoc/>
    public override bool FusesConvolutions { get; }

    /// <inheritdoc/>
    public override bool RunsAhead => true;

    /// <inheritdoc/>
    public override bool Computes(DType dtype) => dtype == DType.Float32 || (dtype == DType.BFloat16 && Context.Library.ComputeCapability >= 80);

    /// <inheritdoc/>
    public override DType ActivationType { get; }

    /// <inheritdoc/>
    public override long ResidentBytes => Context.Info.MemoryBytes / 4;

    /// <inheritdoc/>
    public override DeviceMemory Memory => _memory;

    /// <inheritdoc/>
    public override IElementwiseOps Elementwise { get; }

    /// <inheritdoc/>
    public override IMatMulOps MatMul { get; }

    /// <inheritdoc/>
    public override IConvOps Conv { get; }

    /// <inheritdoc/>
    public override INormOps Norm { get; }

    /// <inheritdoc/>
    public override IPoolOps Pool { get; }

    /// <inheritdoc/>
    public override ILossOps Loss { get; }

    /// <inheritdoc/>
    public override IOptimizerOps Optimizer { get; }

    /// <inheritdoc/>
    public override IDataOps Data { get; }

    /// <inheritdoc/>
    public override void FillBytes(Tensor target, byte value)
    {
        ArgumentNullException.ThrowIfNull(target);
        if (target.SizeInBytes == 0) return;
        Check(Context.Api.MemsetD8Async((ulong)target.Address, value, (nuint)target.SizeInBytes, Context.Stream), "cuMemsetD8Async");
    }

    /// <inheritdoc/>
    public override void CopyFromHost(ReadOnlySpan<byte> source, Tensor target)
    {
        ArgumentNullException.ThrowIfNull(target);
        if (source.Length > target.SizeInBytes) throw new ArgumentException($"{source.Length} bytes do not fit a tensor of {target.SizeInBytes}", nameof(source));
        if (source.Length == 0) return;
        RefuseWhileRecording("copied from");
        // From memory that is not pinned the driver has taken a copy, or has finished, when the call returns.
        fixed (byte* bytes = source) Check(Context.Api.MemcpyHtoDAsync((ulong)target.Address, bytes, (nuint)source.Length, Context.Stream), "cuMemcpyHtoDAsync");
    }

    /// <inheritdoc/>
    public override void CopyToHost(Tensor source, Span<byte> target)
    {
        ArgumentNullException.ThrowIfNull(source);
        if (target.Length < source.SizeInBytes) throw new ArgumentException($"{source.SizeInBytes} bytes do not fit {target.Length}", nameof(target));
        if (source.SizeInBytes == 0) return;
        RefuseWhileRecording("copied to");
        fixed (byte* bytes = target)
        {
            Check(Context.Api.MemcpyDtoHAsync(bytes, (ulong)source.Address, (nuint)source.SizeInBytes, Context.Stream), "cuMemcpyDtoHAsync");
            Context.Synchronize();
        }
    }

    /// <inheritdoc/>
    public override void Copy(Tensor source, Tensor target)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(target);
        if (source.SizeInBytes == 0) return;
        Check(Context.Api.MemcpyDtoDAsync((ulong)target.Address, (ulong)source.Address, (nuint)source.SizeInBytes, Context.Stream), "cuMemcpyDtoDAsync");
    }

    /// <inheritdoc/>
    public override void Synchronize() => Context.Synchronize();

    /// <inheritdoc/>
    public override Upload CreateUpload(Tensor target)
    {
        ArgumentNullException.ThrowIfNull(target);
        return target.SizeInBytes <= CudaUpload.MaxBytes ? new CudaUpload(this, target) : new CudaOverlappedUpload(this, target);
    }

    /// <inheritdoc/>
    public override RecordedWork? Record(Action enqueue)
    {
        ArgumentNullException.ThrowIfNull(enqueue);
        if (!_recordsGraphs || _memory.Pool is not { } pool) return null;
        if (IsRecording) throw new InvalidOperationException("work is being recorded already");
        IsRecording = true;
        try
        {
            return CudaGraph.Record(this, pool, enqueue);
        }
        finally
        {
            IsRecording = false;
        }
    }

    /// <summary>
    /// Loads kernels of your own, beside those of the engine. <c>new Kernel&lt;TArguments&gt;(device.Context.Library, stem, name)</c> then stands for one of
    /// them, and <see cref="Launch{TArguments}"/> runs it: <c>docs/own-kernel.md</c> shows the way to an op.
    /// </summary>
    /// <param name="stem">What the kernels are found under; the name of the <c>.cu</c> file, say.</param>
    /// <param name="ptx">The text that nvcc or clang made of it, for at most this device's compute capability.</param>
    /// <exception cref="ArgumentException">There are kernels under that name.</exception>
    /// <exception cref="CudaException">The driver refused the PTX: the message has its log.</exception>
    public void AddKernels(string stem, string ptx)
    {
        Context.MakeCurrent();
        Context.Library.Add(stem, ptx);
    }

    /// <summary>
    /// Enqueues a kernel behind everything that was enqueued before; ops that follow see what it wrote. It returns at once: a fault of the kernel
    /// is an exception of a later call, at the latest of the one that reads the result.
    /// </summary>
    /// <param name="kernel">A kernel of <see cref="CudaContext.Library"/>.</param>
    /// <param name="grid">Blocks; without any there is nothing to do.</param>
    /// <param name="block">Threads of a block.</param>
    /// <param name="arguments">The twin of the kernel's one by-value struct; tensors are in it as their <see cref="Tensor.DevicePointer"/>.</param>
    /// <exception cref="CudaException">The driver refused, or an earlier fault surfaced here; the message names the kernel.</exception>
    public void Launch<TArguments>(Kernel<TArguments> kernel, Dim3 grid, Dim3 block, in TArguments arguments) where TArguments : unmanaged
    {
        ArgumentNullException.ThrowIfNull(kernel);
        kernel.Launch(Context.Stream, grid, block, arguments);
    }

    /// <summary>True while the stream is captured: nothing that is enqueued runs.</summary>
    internal bool IsRecording { get; private set; }

    /// <inheritdoc cref="CudaOptimizer.TableVersion"/>
    internal int OptimizerTable => _optimizer.TableVersion;

    /// <summary>Where a tensor begins, or 0 for none: the null pointer of a kernel.</summary>
    internal static nint AddressOf(Tensor? tensor) => tensor?.Address ?? 0;

    /// <summary>Working memory of one op. It may be released as soon as the kernels that use it are enqueued.</summary>
    internal DeviceBuffer Scratch(long sizeInBytes) => _memory.Allocate(sizeInBytes);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (!disposing) return;
        // Whatever the driver says to one part, the others are released too.
        var errors = new ReleaseErrors(Context.Api);
        errors.Run(_optimizer.Dispose);
        errors.Run(_libraries.Dispose);
        errors.Run(_memory.Dispose);
        errors.Run(Context.Dispose);
        errors.Throw();
    }

    /// <summary>Refuses what a replay would do with the host's memory of today.</summary>
    internal void RefuseWhileRecording(string what)
    {
        if (IsRecording)
            throw new InvalidOperationException($"a step that is recorded to be replayed {what} the host's memory: send its inputs before it (StepInputs) and read its results after it");
    }

    private void Check(CudaResult result, string call) => Context.Api.Check(result, call);
}
