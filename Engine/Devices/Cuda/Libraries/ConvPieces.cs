using WrnEngine.Tensors;

namespace WrnEngine.Devices.Cuda.Libraries;

/// <summary>What comes before and behind a convolution that fuses nothing, by the device's own ops.</summary>
internal sealed class ConvPieces(CudaDevice device)
{
    /// <summary>x as a prologue makes it; none where there is none.</summary>
    public ScratchTensor Before(Tensor x, in ConvPrologue prologue)
    {
        if (prologue.IsNone) return ScratchTensor.None;
        var normalized = ScratchTensor.Like(x);
        try
        {
            if (prologue.Scale is { } scale) device.Norm.ScaleShift(x, scale, prologue.Shift!, prologue.Relu, normalized.Tensor);
            else device.Elementwise.Unary(UnaryOp.Relu, x, normalized.Tensor);
            return normalized;
        }
        catch
        {
            normalized.Dispose();
            throw;
        }
    }

    /// <summary>Adds the residual to y, then takes its moments.</summary>
    public void After(Tensor y, in ConvEpilogue epilogue)
    {
        if (epilogue.Residual is { } residual) device.Elementwise.AddScaled(y, residual, 1, y);
        if (epilogue.Moments is not { } moments) return;
        long count = y.Numel / y.Shape[1];
        // Running statistics that keep nothing of what they were are the batch's own; their variance is the unbiased one.
        device.Elementwise.Fill(moments.Variance, 0);
        using var invStd = ScratchTensor.Like(moments.Variance);
        device.Norm.BatchNormStatistics(y, moments.Mean, invStd.Tensor, null, moments.Variance, momentum: 1, eps: 1);
        device.Elementwise.AddScaled(moments.Variance, moments.Variance, -1f / count, moments.Variance);
    }

    /// <summary>Masks a gradient, then takes its two sums.</summary>
    public void After(Tensor gradX, in ConvBackwardEpilogue epilogue)
    {
        if (epilogue.X is not { } x) return;
        if (epilogue.Relu)
        {
            // The ReLU's argument has the sign of its result, which is all that its gradient asks for.
            using var argument = ScratchTensor.Like(x);
            device.Norm.ScaleShift(x, epilogue.Scale!, epilogue.Shift!, relu: false, argument.Tensor);
            device.Elementwise.UnaryBackward(UnaryOp.Relu, argument.Tensor, gradX, gradX, accumulate: false);
        }

        if (epilogue.SumGrad is not { } sumGrad) return;
        // With deviations of 1 the gradients of a batch norm's bias and weight are the two sums.
        using var ones = ScratchTensor.Like(sumGrad);
        device.Elementwise.Fill(ones.Tensor, 1);
        device.Norm.BatchNormBackward(
            x, gradX, epilogue.Mean!, ones.Tensor, ones.Tensor, ones.Tensor, relu: false, null, false, epilogue.SumGradDeviation, false, sumGrad, false);
    }

    /// <summary>target (+)= x, of another element type.</summary>
    public void Widen(Tensor x, Tensor target, bool accumulate)
    {
        if (!accumulate)
        {
            device.Elementwise.Cast(x, target);
            return;
        }

        using var wide = ScratchTensor.Like(target);
        device.Elementwise.Cast(x, wide.Tensor);
        device.Elementwise.AddScaled(target, wide.Tensor, 1, target);
    }
}
