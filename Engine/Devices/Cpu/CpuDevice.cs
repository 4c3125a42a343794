using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using WrnEngine.Tensors;

namespace WrnEngine.Devices.Cpu;

/// <summary>Tensors in host memory, computed with SIMD on every core.</summary>
public sealed unsafe class CpuDevice : Device
{
    private readonly CpuMemory _memory;

    /// <summary>A CPU device with its own thread team and arena.</summary>
    /// <param name="threads">Team size; 0 takes every core the process may use.</param>
    /// <param name="arena">How buffers are placed; by default pooled, or as <c>WRN_ARENA</c> says.</param>
    /// <param name="conv">How convolutions are computed.</param>
    /// <param name="fuse">Put batch norms and additions into the convolutions beside them.</param>
    public CpuDevice(int threads = 0, ArenaMode? arena = null, ConvAlgorithm conv = ConvAlgorithm.Auto, bool fuse = true)
    {
        FusesConvolutions = fuse;
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        Team = new ThreadTeam(threads == 0 ? Environment.ProcessorCount : threads);
        _memory = new CpuMemory(arena ?? ArenaModes.FromEnvironment());
        Elementwise = new CpuElementwise(this);
        MatMul = new CpuMatMul(this);
        Conv = new CpuConv(this, conv);
        Norm = new CpuNorm(this);
        Pool = new CpuPool(this);
        Loss = new CpuLoss(this);
        Optimizer = new CpuOptimizer(this);
        Data = new CpuData(this);
    }

    /// <summary>The threads that run every op.</summary>
    public ThreadTeam Team { get; }

    /// <summary>The vector instructions in use: AVX-512, AVX2 or portable.</summary>
    public static string InstructionSet => Vector512.IsHardwareAccelerated ? "AVX-512" : Avx2.IsSupported && Fma.IsSupported ? "AVX2" : "portable SIMD";

    /// <inheritdoc/>
    public override string Name => "cpu";

    /// <inheritdoc/>
    public override string Description => $"cpu ({Team.ThreadCount} {(Team.ThreadCount == 1 ? "thread" : "threads")}, {InstructionSet})";

    /// <inheritdoc/>
    public override bool FusesConvolutions { get; }

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
    public override void FillBytes(Tensor target, byte value) => new Span<byte>((void*)target.Address, checked((int)target.SizeInBytes)).Fill(value);

    /// <inheritdoc/>
    public override void CopyFromHost(ReadOnlySpan<byte> source, Tensor target) =>
        source.CopyTo(new Span<byte>((void*)target.Address, checked((int)target.SizeInBytes)));

    /// <inheritdoc/>
    public override void CopyToHost(Tensor source, Span<byte> target) =>
        new ReadOnlySpan<byte>((void*)source.Address, checked((int)source.SizeInBytes)).CopyTo(target);

    /// <inheritdoc/>
    public override void Copy(Tensor source, Tensor target) =>
        Buffer.MemoryCopy((void*)source.Address, (void*)target.Address, target.SizeInBytes, source.SizeInBytes);

    /// <inheritdoc/>
    public override void Synchronize() { }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (!disposing) return;
        Team.Dispose();
        _memory.Dispose();
    }
}
