using WrnEngine.Devices.Cuda.Libraries;
using WrnEngine.Tensors;

namespace WrnEngine.Devices.Cuda.CuDnn;

/// <summary>
/// Convolutions by cuDNN, or by the project's kernels where they are faster or cuDNN has no algorithm. cuDNN's passes fuse nothing: what a call asks for
/// besides is done by <see cref="ConvPieces"/>, and what is compared is the whole call. Under <see cref="Implementation.Cudnn"/> the device fuses nothing
/// from the start, and few calls ask for more.
/// <para>Of bfloat16 tensors it takes bare passes only, and the weight's gradient, which cuDNN rounds to bfloat16, only under
/// <see cref="Implementation.Cudnn"/>.</para>
/// </summary>
/// <param name="native">The project's kernels.</param>
/// <param name="passes">cuDNN's.</param>
/// <param name="pieces">The rest.</param>
/// <param name="chooser">Decides.</param>
/// <param name="wanted">Whether the project's kernels are compared.</param>
/// <param name="tf32">How the plan names float32.</param>
internal sealed class CuDnnConv(
    IConvOps native, CuDnnConvPasses passes, ConvPieces pieces, OpChooser chooser, Implementation wanted, bool tf32) : IConvOps
{
    private readonly Dictionary<ConvCall, CuDnnAlgorithm?> _taken = [];

    public void Conv2dForward(
        in Conv2dShape shape, Tensor x, Tensor weight, Tensor y, in ConvPrologue prologue = default, in ConvEpilogue epilogue = default, KeptFilters? kept = null)
    {
        CuDnnAlgorithm? algorithm = null;
        if (Takes(x, weight, y, prologue.IsNone && epilogue.IsNone))
        {
            var call = new ConvCall(ConvPass.Forward, shape, x.DType)
            {
                Scales = prologue.Scale is not null,
                Relu = prologue.Relu,
                Adds = epilogue.Residual is not null,
                Reduces = epilogue.Moments is not null,
            };
            if (!_taken.TryGetValue(call, out algorithm)) _taken[call] = algorithm = ChooseForward(call, x, weight, y, prologue, epilogue);
        }

        if (algorithm is { } taken) Require(Forward(taken, shape, x, weight, y, prologue, epilogue), taken);
        else native.Conv2dForward(shape, x, weight, y, prologue, epilogue, kept);
    }

    public void Conv2dBackwardInput(in Conv2dShape shape, Tensor gradY, Tensor weight, Tensor gradX, bool accumulate, in ConvBackwardEpilogue epilogue = default)
    {
        CuDnnAlgorithm? algorithm = null;
        if (Takes(gradY, weight, gradX, epilogue.IsNone))
        {
            var call = new ConvCall(ConvPass.BackwardInput, shape, gradY.DType)
            {
                Relu = epilogue is { IsNone: false, Relu: true },
                Adds = accumulate,
                Reduces = epilogue.SumGrad is not null,
            };
            if (!_taken.TryGetValue(call, out algorithm)) _taken[call] = algorithm = ChooseBackwardInput(call, gradY, weight, gradX, epilogue);
        }

        if (algorithm is { } taken) Require(BackwardInput(taken, shape, gradY, weight, gradX, accumulate, epilogue), taken);
        else native.Conv2dBackwardInput(shape, gradY, weight, gradX, accumulate, epilogue);
    }

    public void Conv2dBackwardWeight(in Conv2dShape shape, Tensor x, Tensor gradY, Tensor gradWeight, bool accumulate, in ConvPrologue prologue = default)
    {
        CuDnnAlgorithm? algorithm = null;
        if (x.Numel > 0 && gradY.Numel > 0 && gradWeight is { Numel: > 0, DType: DType.Float32 } && x.DType == gradY.DType && TakesGradient(x.DType, prologue.IsNone))
        {
            var call = new ConvCall(ConvPass.BackwardWeight, shape, x.DType) { Scales = prologue.Scale is not null, Relu = prologue.Relu, Adds = accumulate };
            if (!_taken.TryGetValue(call, out algorithm)) _taken[call] = algorithm = ChooseBackwardWeight(call, x, gradY, gradWeight, prologue);
        }

        if (algorithm is { } taken) Require(BackwardWeight(taken, shape, x, gradY, gradWeight, accumulate, prologue), taken);
        else native.Conv2dBackwardWeight(shape, x, gradY, gradWeight, accumulate, prologue);
    }

    private CuDnnAlgorithm? ChooseForward(ConvCall call, Tensor x, Tensor weight, Tensor y, ConvPrologue prologue, ConvEpilogue epilogue) =>
        Choose(call, y, adds: false, (algorithm, target) =>
        {
            if (algorithm is { } a) return Forward(a, call.Shape, x, weight, target, prologue, epilogue);
            native.Conv2dForward(call.Shape, x, weight, target, prologue, epilogue);
            return true;
        });

    private CuDnnAlgorithm? ChooseBackwardInput(ConvCall call, Tensor gradY, Tensor weight, Tensor gradX, ConvBackwardEpilogue epilogue) =>
        Choose(call, gradX, call.Adds, (algorithm, target) =>
        {
            if (algorithm is { } a) return BackwardInput(a, call.Shape, gradY, weight, target, call.Adds, epilogue);
            native.Conv2dBackwardInput(call.Shape, gradY, weight, target, call.Adds, epilogue);
            return true;
        });

    private CuDnnAlgorithm? ChooseBackwardWeight(ConvCall call, Tensor x, Tensor gradY, Tensor gradWeight, ConvPrologue prologue) =>
        Choose(call, gradWeight, call.Adds, (algorithm, target) =>
        {
            if (algorithm is { } a) return BackwardWeight(a, call.Shape, x, gradY, target, call.Adds, prologue);
            native.Conv2dBackwardWeight(call.Shape, x, gradY, target, call.Adds, prologue);
            return true;
        });

    private CuDnnAlgorithm? Choose(ConvCall call, Tensor target, bool adds, Func<CuDnnAlgorithm?, Tensor, bool> run) => AlgorithmOf(chooser.Choose(
        call.Describe(tf32), wanted, () => passes.Algorithms(call.Pass, call.Shape, call.Type).Select(a => a.ToString()), target, adds,
        (way, to) => run(AlgorithmOf(way), to)));

    private static CuDnnAlgorithm? AlgorithmOf(string way) => CuDnnAlgorithm.TryParse(way, out var algorithm) ? algorithm : null;

    private bool Forward(CuDnnAlgorithm algorithm, in Conv2dShape shape, Tensor x, Tensor weight, Tensor y, in ConvPrologue prologue, in ConvEpilogue epilogue)
    {
        using var normalized = pieces.Before(x, prologue);
        if (!passes.Forward(algorithm, shape, normalized.Or(x), weight, y)) return false;
        pieces.After(y, epilogue);
        return true;
    }

    private bool BackwardInput(
        CuDnnAlgorithm algorithm, in Conv2dShape shape, Tensor gradY, Tensor weight, Tensor gradX, bool accumulate, in ConvBackwardEpilogue epilogue)
    {
        if (!passes.BackwardInput(algorithm, shape, gradY, weight, gradX, accumulate)) return false;
        pieces.After(gradX, epilogue);
        return true;
    }

    private bool BackwardWeight(CuDnnAlgorithm algorithm, in Conv2dShape shape, Tensor x, Tensor gradY, Tensor gradWeight, bool accumulate, in ConvPrologue prologue)
    {
        using var normalized = pieces.Before(x, prologue);
        if (x.DType == gradWeight.DType) return passes.BackwardWeight(algorithm, shape, normalized.Or(x), gradY, gradWeight, accumulate);
        // cuDNN's pass has no mixed form: the gradient of bfloat16 tensors is rounded to bfloat16 before it comes to the float32 one.
        using var rounded = ScratchTensor.Of(gradWeight.Shape, x.DType, gradWeight.Device);
        if (!passes.BackwardWeight(algorithm, shape, normalized.Or(x), gradY, rounded.Tensor, accumulate: false)) return false;
        pieces.Widen(rounded.Tensor, gradWeight, accumulate);
        return true;
    }

    // Pieces around a pass of bfloat16 tensors would round in between, where the op rounds once.
    private static bool Takes(Tensor source, Tensor weight, Tensor target, bool isBare) =>
        source.Numel > 0 && weight.Numel > 0 && target.Numel > 0 && source.DType == weight.DType && source.DType == target.DType
        && (source.DType == DType.Float32 || (source.DType == DType.BFloat16 && isBare));

    // A gradient that was rounded to bfloat16 on its way is for who asks for cuDNN, not for a clock to decide.
    private bool TakesGradient(DType type, bool isBare) =>
        type == DType.Float32 || (type == DType.BFloat16 && isBare && wanted == Implementation.Cudnn);

    private static void Require(bool succeeded, CuDnnAlgorithm algorithm)
    {
        if (!succeeded)
            throw new InvalidOperationException($"cuDNN refuses '{algorithm}', which it did before or an earlier run's plan says: remove plan.json from the run folder");
    }

    /// <summary>All that a choice depends on.</summary>
    private readonly record struct ConvCall(ConvPass Pass, Conv2dShape Shape, DType Type)
    {
        public bool Scales { get; init; }

        public bool Relu { get; init; }

        /// <summary>A residual, or what the target holds.</summary>
        public bool Adds { get; init; }

        /// <summary>Moments, or sums.</summary>
        public bool Reduces { get; init; }

        public string Describe(bool tf32)
        {
            string pass = Pass switch { ConvPass.Forward => "forward", ConvPass.BackwardInput => "backward input", _ => "backward weight" };
            string type = tf32 && Type == DType.Float32 ? "tf32" : Type.ShortName();
            var s = Shape;
            return $"conv2d {pass} {type} [{s.N}, {s.InChannels}, {s.H}, {s.W}] * [{s.OutChannels}, {s.InChannels}, {s.KernelH}, {s.KernelW}]"
                + $" stride {s.StrideH},{s.StrideW} padding {s.PaddingH},{s.PaddingW}"
                + $"{(Scales ? " +norm" : "")}{(Relu ? " +relu" : "")}{(Reduces ? " +sums" : "")}{(Adds ? " +add" : "")}";
        }
    }
}
