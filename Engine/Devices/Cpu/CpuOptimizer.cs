using System.Runtime.CompilerServices;
using WrnEngine.Devices.Cpu.Simd;
using WrnEngine.Tensors;

namespace WrnEngine.Devices.Cpu;

/// <summary>SGD over all parameters in one parallel loop: the slots form one long array that is cut into equal parts.</summary>
internal sealed unsafe class CpuOptimizer(CpuDevice device) : IOptimizerOps
{
    public void SgdStep(ReadOnlySpan<SgdSlot> slots, in SgdSettings settings)
    {
        if (settings.SkipIf is { } skip && *(int*)skip.Address != 0) return;
        var pieces = new Piece[slots.Length];
        long total = 0;
        for (int i = 0; i < slots.Length; i++)
        {
            var (parameter, grad, buffer, weightDecay, firstStep) = slots[i];
            slots[i].Verify(settings, i);
            float* momentumBuffer = settings.Momentum == 0 ? null : (float*)buffer!.Address;
            pieces[i] = new Piece(total, (float*)parameter.Address, (float*)grad.Address, momentumBuffer, weightDecay, firstStep);
            total += parameter.Numel;
        }
        VectorLoops.For(device.Team, total, VectorLoops.BlockSize, new SlotsKernel(pieces, total, settings));
    }

    public void KeepResult(Tensor loss, Tensor correct, DeviceScalar<uint> step, Tensor results)
    {
        StepResultRows.Verify(results);
        int* kept = (int*)results.Address;
        float value = *(float*)loss.Address;
        if (kept[0] == 0 && !float.IsFinite(value)) kept[0] = (int)(step + 1);
        int* row = kept + StepResultRows.RowOf(step, results) * 2;
        row[0] = BitConverter.SingleToInt32Bits(value);
        row[1] = *(int*)correct.Address;
    }

    /// <summary>A slot that starts at element <c>Start</c> of the long array.</summary>
    private readonly struct Piece(long start, float* parameter, float* grad, float* buffer, float weightDecay, bool firstStep)
    {
        public readonly long Start = start;
        public readonly float* Parameter = parameter;
        public readonly float* Grad = grad;
        public readonly float* Buffer = buffer;
        public readonly float WeightDecay = weightDecay;
        public readonly bool FirstStep = firstStep;
    }

    private readonly struct SlotsKernel(Piece[] pieces, long total, SgdSettings settings) : IRangeKernel
    {
        public void Run<V>(long start, long end) where V : unmanaged, IVec<V>
        {
            int slot = FindSlot(start);
            while (start < end)
            {
                ref readonly var piece = ref pieces[slot];
                long pieceEnd = slot + 1 < pieces.Length ? pieces[slot + 1].Start : total;
                long stop = Math.Min(end, pieceEnd);
                VectorLoops.Elements<SgdKernel, V>(new SgdKernel(piece, settings), (nint)(start - piece.Start), (nint)(stop - piece.Start));
                start = stop;
                slot++;
            }
        }

        /// <summary>The last slot that starts at or before an element: a slot without elements is never it.</summary>
        private int FindSlot(long element)
        {
            int low = 0, high = pieces.Length - 1;
            while (low < high)
            {
                int middle = (low + high + 1) / 2;
                if (pieces[middle].Start <= element) low = middle;
                else high = middle - 1;
            }
            return low;
        }
    }

    private readonly struct SgdKernel(in Piece piece, in SgdSettings settings) : IElementKernel
    {
        private readonly float* _parameter = piece.Parameter;
        private readonly float* _grad = piece.Grad;
        private readonly float* _buffer = piece.Buffer;
        private readonly float _weightDecay = piece.WeightDecay;
        private readonly float _momentum = settings.Momentum;
        private readonly float _take = 1 - settings.Dampening;
        private readonly float _learningRate = settings.LearningRate;
        private readonly bool _firstStep = piece.FirstStep;
        private readonly bool _nesterov = settings.Nesterov;

        // The branches go the same way for a whole slot; the loop waits for memory.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Invoke<V>(nint i) where V : unmanaged, IVec<V>
        {
            var w = V.Load(_parameter + i);
            var g = V.Load(_grad + i);
            if (_weightDecay != 0) g = V.MultiplyAdd(V.Create(_weightDecay), w, g);
            var step = g;
            if (_buffer != null)
            {
                var momentum = V.Create(_momentum);
                var b = _firstStep ? g : V.MultiplyAdd(momentum, V.Load(_buffer + i), V.Create(_take) * g);
                b.Store(_buffer + i);
                step = _nesterov ? V.MultiplyAdd(momentum, b, g) : b;
            }
            V.MultiplyAdd(V.Create(-_learningRate), step, w).Store(_parameter + i);
        }
    }
}
