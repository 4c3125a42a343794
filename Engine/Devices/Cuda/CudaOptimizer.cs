using System.Runtime.InteropServices;
using WrnEngine.Kernels;
using WrnEngine.Kernels.Driver;
using WrnEngine.Tensors;

namespace WrnEngine.Devices.Cuda;

/// <summary>
/// SGD over all parameters in one launch. The kernel finds its tensors in a table on the device, which is the same from step to step once the momentum
/// buffers have begun: it is sent only when it has changed. Its memory is not from the arena, for it outlives every step and belongs to no tensor.
/// </summary>
internal sealed unsafe class CudaOptimizer(CudaDevice device) : IOptimizerOps, IDisposable
{
    private readonly SgdKernels _kernels = new(device.Context.Library);
    private readonly StepResultKernels _results = new(device.Context.Library);
    private SgdTableSlot[] _slots = [];
    private SgdTableSlot[] _sent = [];
    private int _sentCount;
    private ulong _table;

    /// <summary>Grows when the table's content or place changes: a launch that was recorded with another one would read the wrong tensors.</summary>
    public int TableVersion { get; private set; }

    public void SgdStep(ReadOnlySpan<SgdSlot> slots, in SgdSettings settings)
    {
        if (_slots.Length < slots.Length) _slots = new SgdTableSlot[slots.Length];
        int count = 0;
        long chunks = 0;
        for (int i = 0; i < slots.Length; i++)
        {
            var (parameter, grad, buffer, weightDecay, firstStep) = slots[i];
            slots[i].Verify(settings, i);
            if (parameter.Numel == 0) continue;
            _slots[count++] = new SgdTableSlot
            {
                Weight = parameter.Address,
                Grad = grad.Address,
                MomentumBuffer = settings.Momentum == 0 ? 0 : buffer!.Address,
                Count = parameter.Numel,
                FirstChunk = chunks,
                WeightDecay = weightDecay,
                FirstStep = firstStep ? 1 : 0,
            };
            chunks += SgdKernels.ChunksOf(parameter.Numel);
        }
        if (count == 0) return;
        Send(count);
        _kernels.Step(
            device.Context.Stream, (nint)_table, count, chunks, settings.LearningRate, CudaDevice.AddressOf(settings.LearningRate.Place), settings.Momentum,
            settings.Dampening, settings.Nesterov, CudaDevice.AddressOf(settings.SkipIf));
    }

    public void KeepResult(Tensor loss, Tensor correct, DeviceScalar<uint> step, Tensor results)
    {
        StepResultRows.Verify(results);
        _results.Keep(
            device.Context.Stream, loss.Address, correct.Address, step, CudaDevice.AddressOf(step.Place), results.Address, results.Shape[0] - 1);
    }

    public void Dispose()
    {
        if (_table == 0) return;
        device.Context.MakeCurrent();
        var result = device.Context.Api.MemFree(_table);
        _table = 0;
        device.Context.Api.Check(result, "cuMemFree");
    }

    private void Send(int count)
    {
        var bytes = MemoryMarshal.AsBytes(_slots.AsSpan(0, count));
        if (_table != 0 && bytes.SequenceEqual(MemoryMarshal.AsBytes(_sent.AsSpan(0, _sentCount)))) return;
        if (device.IsRecording) throw new RecordingRefusedException("the optimizer's table has to be sent first");
        var (api, stream) = (device.Context.Api, device.Context.Stream);
        TableVersion++;
        if (_sent.Length < count)
        {
            if (_table != 0) api.Check(api.MemFree(_table), "cuMemFree");
            _table = 0;
            ulong table;
            api.Check(api.MemAlloc(&table, (nuint)bytes.Length), "cuMemAlloc");
            _table = table;
            _sent = new SgdTableSlot[count];
        }
        // From memory that is not pinned the driver has taken a copy, or has finished, when the call returns.
        fixed (byte* source = bytes) api.Check(api.MemcpyHtoDAsync(_table, source, (nuint)bytes.Length, stream), "cuMemcpyHtoDAsync");
        bytes.CopyTo(MemoryMarshal.AsBytes(_sent.AsSpan()));
        _sentCount = count;
    }
}
