using WrnEngine.Devices.Cpu.Norm;
using WrnEngine.Devices.Cpu.Simd;
using WrnEngine.Tensors;

namespace WrnEngine.Devices.Cpu;

/// <summary>
/// Batch normalisation over channels-last arrays. Forward is one read of x for the statistics and one read and write to apply them;
/// backward is one read of x and gradY for the sums and one to write gradX. All passes run at the speed of memory.
/// </summary>
internal sealed unsafe class CpuNorm(CpuDevice device) : INormOps
{
    public void BatchNormStatistics(Tensor x, Tensor saveMean, Tensor saveInvStd, Tensor? runningMean, Tensor? runningVar, float momentum, float eps)
    {
        if (x.Numel == 0) throw new ArgumentException($"batch norm cannot take statistics of an empty batch of shape {x.Shape}");
        var tile = new ChannelTile(x.Shape);
        int channels = tile.Channels;
        using var scratch = new Scratch(device.Memory);
        double* mean = scratch.Doubles(channels), variance = scratch.Doubles(channels);
        var kernel = new StatisticsKernel(tile, Float(x), scratch.Doubles(tile.Parts * StatisticsKernel.PartialsPerPart(tile)));
        VectorLoops.For(device.Team, tile.Elements, tile.ElementsPerPart, kernel);
        kernel.Combine(mean, variance);

        for (int c = 0; c < channels; c++) Float(saveMean)[c] = (float)mean[c];
        Finish(mean, variance, channels, tile.Count, saveInvStd, runningMean, runningVar, momentum, eps);
    }

    public void BatchNormStatisticsFromMoments(ChannelMoments moments, long count, Tensor saveInvStd, Tensor? runningMean, Tensor? runningVar, float momentum, float eps)
    {
        int channels = (int)saveInvStd.Numel;
        using var scratch = new Scratch(device.Memory);
        double* mean = scratch.Doubles(channels), variance = scratch.Doubles(channels);
        for (int c = 0; c < channels; c++) (mean[c], variance[c]) = (Float(moments.Mean)[c], Float(moments.Variance)[c]);
        Finish(mean, variance, channels, count, saveInvStd, runningMean, runningVar, momentum, eps);
    }

    public void BatchNormAffine(Tensor mean, Tensor invStd, Tensor weight, Tensor bias, Tensor scale, Tensor shift) =>
        WriteAffine(mean, Float(invStd), weight, bias, scale, shift);

    public void BatchNormInferenceAffine(Tensor runningMean, Tensor runningVar, Tensor weight, Tensor bias, float eps, Tensor scale, Tensor shift)
    {
        using var scratch = new Scratch(device.Memory);
        WriteAffine(runningMean, InvStds(scratch, runningVar, eps), weight, bias, scale, shift);
    }

    public void ScaleShift(Tensor x, Tensor scale, Tensor shift, bool relu, Tensor y)
    {
        var tile = new ChannelTile(x.Shape);
        using var scratch = new Scratch(device.Memory);
        float* zeros = scratch.Floats(tile.Length), a = scratch.Floats(tile.Length), b = scratch.Floats(tile.Length);
        new Span<float>(zeros, tile.Length).Clear();
        for (int c = 0; c < tile.Channels; c++) (a[c], b[c]) = (Float(scale)[c], Float(shift)[c]);
        tile.Repeat(a);
        tile.Repeat(b);
        Apply(tile, x, new AffineTiles((nint)zeros, (nint)a, (nint)b), relu, y);
    }

    public void BatchNormApply(Tensor x, Tensor mean, Tensor invStd, Tensor weight, Tensor bias, bool relu, Tensor y)
    {
        var tile = new ChannelTile(x.Shape);
        using var scratch = new Scratch(device.Memory);
        Apply(tile, x, Affine(scratch, tile, mean, Float(invStd), weight, bias), relu, y);
    }

    public void BatchNormInference(Tensor x, Tensor runningMean, Tensor runningVar, Tensor weight, Tensor bias, float eps, bool relu, Tensor y)
    {
        var tile = new ChannelTile(x.Shape);
        using var scratch = new Scratch(device.Memory);
        Apply(tile, x, Affine(scratch, tile, runningMean, InvStds(scratch, runningVar, eps), weight, bias), relu, y);
    }

    public void BatchNormBackward(
        Tensor x, Tensor gradY, Tensor mean, Tensor invStd, Tensor weight, Tensor bias, bool relu,
        Tensor? gradX, bool accumulateX, Tensor? gradWeight, bool accumulateWeight, Tensor? gradBias, bool accumulateBias)
    {
        var tile = new ChannelTile(x.Shape);
        using var scratch = new Scratch(device.Memory);
        var affine = Affine(scratch, tile, mean, Float(invStd), weight, bias);
        double* sums = Sums(scratch, tile, x, gradY, affine, relu);
        WriteAffineGradients(sums, tile.Channels, Float(invStd), gradWeight, accumulateWeight, gradBias, accumulateBias);
        if (gradX is not null) BackwardThroughStatistics(scratch, tile, x, gradY, affine, relu, sums, Float(invStd), gradX, accumulateX);
    }

    public void BatchNormBackwardReduced(
        Tensor x, Tensor g, Tensor mean, Tensor invStd, Tensor weight, Tensor sumGrad, Tensor sumGradDeviation,
        Tensor? gradX, bool accumulateX, Tensor? gradWeight, bool accumulateWeight, Tensor? gradBias, bool accumulateBias)
    {
        var tile = new ChannelTile(x.Shape);
        using var scratch = new Scratch(device.Memory);
        double* sums = scratch.Doubles(2L * tile.Channels);
        for (int c = 0; c < tile.Channels; c++) (sums[c], sums[tile.Channels + c]) = (Float(sumGrad)[c], Float(sumGradDeviation)[c]);
        WriteAffineGradients(sums, tile.Channels, Float(invStd), gradWeight, accumulateWeight, gradBias, accumulateBias);
        if (gradX is null) return;
        var affine = Affine(scratch, tile, mean, Float(invStd), weight, bias: null);
        BackwardThroughStatistics(scratch, tile, x, g, affine, relu: false, sums, Float(invStd), gradX, accumulateX);
    }

    public void BatchNormInferenceBackward(
        Tensor x, Tensor gradY, Tensor runningMean, Tensor runningVar, Tensor weight, Tensor bias, float eps, bool relu,
        Tensor? gradX, bool accumulateX, Tensor? gradWeight, bool accumulateWeight, Tensor? gradBias, bool accumulateBias)
    {
        var tile = new ChannelTile(x.Shape);
        using var scratch = new Scratch(device.Memory);
        float* invStd = InvStds(scratch, runningVar, eps);
        var affine = Affine(scratch, tile, runningMean, invStd, weight, bias);
        if (gradWeight is not null || gradBias is not null)
        {
            double* sums = Sums(scratch, tile, x, gradY, affine, relu);
            WriteAffineGradients(sums, tile.Channels, invStd, gradWeight, accumulateWeight, gradBias, accumulateBias);
        }
        if (gradX is null) return;

        float* zeros = scratch.Floats(tile.Length);
        new Span<float>(zeros, tile.Length).Clear();
        BackwardInput(tile, x, gradY, affine, relu, zeros, zeros, gradX, accumulateX);
    }

    private void Apply(in ChannelTile tile, Tensor x, AffineTiles affine, bool relu, Tensor y) =>
        VectorLoops.For(device.Team, tile.Elements, tile.ElementsPerPart, new ApplyKernel(tile, Float(x), affine, relu, Float(y)));

    private void BackwardThroughStatistics(
        Scratch scratch, in ChannelTile tile, Tensor x, Tensor gradY, AffineTiles affine, bool relu, double* sums, float* invStd, Tensor gradX, bool accumulate)
    {
        float* meanGrad = scratch.Floats(tile.Length), slope = scratch.Floats(tile.Length);
        for (int c = 0; c < tile.Channels; c++)
        {
            double s = invStd[c];
            meanGrad[c] = (float)(sums[c] / tile.Count);
            slope[c] = (float)(s * s * sums[tile.Channels + c] / tile.Count);
        }
        BackwardInput(tile, x, gradY, affine, relu, meanGrad, slope, gradX, accumulate);
    }

    private void BackwardInput(
        in ChannelTile tile, Tensor x, Tensor gradY, AffineTiles affine, bool relu, float* meanGrad, float* slope, Tensor gradX, bool accumulate)
    {
        tile.Repeat(meanGrad);
        tile.Repeat(slope);
        var kernel = new BackwardInputKernel(tile, Float(x), Float(gradY), affine, relu, meanGrad, slope, accumulate, Float(gradX));
        VectorLoops.For(device.Team, tile.Elements, tile.ElementsPerPart, kernel);
    }

    private double* Sums(Scratch scratch, in ChannelTile tile, Tensor x, Tensor gradY, AffineTiles affine, bool relu)
    {
        double* sums = scratch.Doubles(tile.Parts * BackwardSumsKernel.PartialsPerPart(tile));
        var kernel = new BackwardSumsKernel(tile, Float(x), Float(gradY), affine, relu, sums);
        VectorLoops.For(device.Team, tile.Elements, tile.ElementsPerPart, kernel);
        kernel.Combine();
        return sums;
    }

    private static void Finish(
        double* mean, double* variance, int channels, long count, Tensor saveInvStd, Tensor? runningMean, Tensor? runningVar, float momentum, float eps)
    {
        for (int c = 0; c < channels; c++) Float(saveInvStd)[c] = InvStd(variance[c], eps);
        if (runningMean is not null) MoveTowards(Float(runningMean), mean, channels, momentum, 1);
        double unbiased = count > 1 ? count / (count - 1.0) : 1;
        if (runningVar is not null) MoveTowards(Float(runningVar), variance, channels, momentum, unbiased);
    }

    private static void WriteAffine(Tensor mean, float* invStd, Tensor weight, Tensor bias, Tensor scale, Tensor shift)
    {
        for (int c = 0; c < (int)scale.Numel; c++)
        {
            float s = invStd[c] * Float(weight)[c];
            Float(scale)[c] = s;
            Float(shift)[c] = (float)(Float(bias)[c] - (double)Float(mean)[c] * s);
        }
    }

    private static void WriteAffineGradients(
        double* sums, int channels, float* invStd, Tensor? gradWeight, bool accumulateWeight, Tensor? gradBias, bool accumulateBias)
    {
        for (int c = 0; c < channels; c++)
        {
            if (gradWeight is not null) Put(Float(gradWeight) + c, (float)(sums[channels + c] * invStd[c]), accumulateWeight);
            if (gradBias is not null) Put(Float(gradBias) + c, (float)sums[c], accumulateBias);
        }
    }

    private static AffineTiles Affine(Scratch scratch, in ChannelTile tile, Tensor mean, float* invStd, Tensor weight, Tensor? bias)
    {
        float* m = scratch.Floats(tile.Length), s = scratch.Floats(tile.Length), b = scratch.Floats(tile.Length);
        for (int c = 0; c < tile.Channels; c++) (m[c], s[c], b[c]) = (Float(mean)[c], invStd[c] * Float(weight)[c], bias is null ? 0 : Float(bias)[c]);
        tile.Repeat(m);
        tile.Repeat(s);
        tile.Repeat(b);
        return new AffineTiles((nint)m, (nint)s, (nint)b);
    }

    private static float* InvStds(Scratch scratch, Tensor variance, float eps)
    {
        int channels = (int)variance.Numel;
        float* invStd = scratch.Floats(channels);
        for (int c = 0; c < channels; c++) invStd[c] = InvStd(Float(variance)[c], eps);
        return invStd;
    }

    private static float InvStd(double variance, float eps) => (float)(1 / Math.Sqrt(variance + eps));

    private static void MoveTowards(float* running, double* value, int channels, float momentum, double factor)
    {
        for (int c = 0; c < channels; c++) running[c] = (float)((1 - (double)momentum) * running[c] + momentum * (value[c] * factor));
    }

    private static void Put(float* target, float value, bool accumulate) => *target = accumulate ? *target + value : value;

    private static float* Float(Tensor t) => (float*)t.Address;
}
