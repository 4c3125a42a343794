using System.Text.Json.Nodes;
using WrnEngine.Autograd;
using WrnEngine.Devices;
using WrnEngine.Models;
using WrnEngine.Nn;
using WrnEngine.Ops;
using WrnEngine.Tensors;

namespace WrnEngine.Training.Explain;

/// <summary>The two summands of a residual block for one image, and their sum.</summary>
/// <param name="Shortcut">What comes along the shortcut; null where there is none.</param>
/// <param name="Residual">F(x), what the convolutions add.</param>
/// <param name="Sum">The block's output (in the original order, before its last ReLU: the sum itself).</param>
internal sealed record ResidualSum(FeatureMap? Shortcut, FeatureMap Residual, FeatureMap Sum)
{
    // What gives a projection's result, the last first.
    private static readonly string[] ProjectionEnds = ["bndim", "convdim", "downsample.1", "downsample.0"];

    /// <summary>|F(x)| / |shortcut|.</summary>
    public double? Ratio => Shortcut is null ? null : Residual.Norm / Shortcut.Norm;

    /// <summary>Takes a block's summands from what its modules gave.</summary>
    public static ResidualSum Of(BlockSketch block, Activations activations)
    {
        var (shortcut, f) = Summands(block, activations);
        var sum = shortcut is null ? f : f with { Values = [.. f.Values.Zip(shortcut.Values, (a, b) => a + b)] };
        return new ResidualSum(shortcut, f, sum);
    }

    /// <summary>|F(x)| / |shortcut| of a block; null without a shortcut.</summary>
    public static double? RatioOf(BlockSketch block, Activations activations) =>
        Summands(block, activations) is var (shortcut, f) && shortcut is not null ? f.Norm / shortcut.Norm : null;

    private static (FeatureMap? Shortcut, FeatureMap Residual) Summands(BlockSketch block, Activations activations)
    {
        var x = activations.Input(block.Name);
        // The last layer of the branch that is a module: a convolution in the new order, a batch norm in the original one.
        var f = activations.Output(block.Layers.Last(l => activations.Has(l.Info.Name)).Info.Name);
        var shortcut = block.Shortcut switch
        {
            "none" => null,
            "identity" => x,
            "padded" => x.Padded(block.Output.Channels, (x.Height - 1) / f.Height + 1),
            _ => activations.Output(ProjectionEnds.Select(n => $"{block.Name}.{n}").First(activations.Has)),
        };
        return (shortcut, f);
    }
}

/// <summary>What a network does without one of its blocks, and how its gradients go.</summary>
internal static class BlockStudy
{
    private const int BatchSize = 50;

    /// <summary>Loss and wrong answers in a set of images, and the likeliest class of the image that is explained (of the first one, for a set by itself).</summary>
    public readonly record struct Score(double Loss, int Errors, int Count, int Top1);

    /// <summary>Runs the network over images.</summary>
    /// <param name="model">In evaluation mode.</param>
    /// <param name="images">[3, H, W]-sized pieces in the tensor's stored order.</param>
    /// <param name="labels">Their classes.</param>
    /// <param name="toTensor">Makes a batch of images [N, 3, H, W].</param>
    public static Score Evaluate(WideResNet model, IReadOnlyList<byte[]> images, IReadOnlyList<int> labels, Func<IReadOnlyList<byte[]>, Tensor> toTensor)
    {
        using var noGrad = new NoGrad();
        double loss = 0;
        int errors = 0, top1 = 0;
        for (int at = 0; at < images.Count; at += BatchSize)
        {
            using var scope = new StepScope();
            byte[][] batch = [.. images.Skip(at).Take(BatchSize)];
            int[] batchLabels = [.. labels.Skip(at).Take(BatchSize)];
            var x = toTensor(batch);
            var logits = model.Forward(x);
            float[] values = logits.ToArray<float>();
            loss += batch.Length * (double)logits.SoftmaxCrossEntropy(Tensor.From(batchLabels, [batch.Length], x.Device)).Item();
            int classes = values.Length / batch.Length;
            for (int i = 0; i < batch.Length; i++)
            {
                int best = 0;
                for (int c = 1; c < classes; c++)
                    if (values[(i * classes) + c] > values[(i * classes) + best]) best = c;
                if (best != batchLabels[i]) errors++;
                if (at + i == 0) top1 = best;
            }
        }

        return new Score(loss / images.Count, errors, images.Count, top1);
    }

    /// <summary>The same without one block.</summary>
    public static Score Without(WideResNet model, BlockSketch block, Func<Score> evaluate) => Without<Score>(model, block, evaluate);

    /// <summary>
    /// Whatever is measured without one block: what its last layer multiplies by becomes zero, so that F(x) = 0 and the shortcut alone is left. The weights are put back.
    /// </summary>
    public static T Without<T>(WideResNet model, BlockSketch block, Func<T> evaluate)
    {
        var last = block.Layers.Select(l => model.NamedModules().FirstOrDefault(m => m.Name == l.Info.Name).Module).Last(m => m is Conv2d or BatchNorm2d);
        var zeroed = last is Conv2d conv ? new[] { conv.Weight } : [((BatchNorm2d)last).Weight, ((BatchNorm2d)last).Bias];
        float[][] kept = [.. zeroed.Select(t => t.ToArray<float>())];
        try
        {
            foreach (var t in zeroed) t.CopyFrom<float>(new float[t.Numel]);
            return evaluate();
        }
        finally
        {
            for (int i = 0; i < zeroed.Length; i++) zeroed[i].CopyFrom<float>(kept[i]);
        }
    }

    /// <summary>
    /// The norm of the loss's gradient with respect to all the weights of each block, in one training step on the image: batch statistics, no dropout.
    /// </summary>
    /// <param name="network">The network; its shortcuts may be other than those of <paramref name="source"/>.</param>
    /// <param name="source">Where the weights come from, by name.</param>
    /// <param name="image">[1, 3, H, W].</param>
    /// <param name="label">The class of the loss.</param>
    public static double[] GradientNorms(WideResNetOptions network, WideResNet source, Tensor image, int label)
    {
        using var model = new WideResNet(network with { DropRate = 0 }, image.Device);
        var weights = source.NamedParameters().Concat(source.NamedBuffers()).ToDictionary(t => t.Name, t => t.Value);
        foreach (var (name, value) in model.NamedParameters().Concat(model.NamedBuffers())) value.CopyFrom<float>(weights[name].ToArray<float>());
        model.Train();
        using var scope = new StepScope();
        using (var tape = new GradTape())
        {
            model.Forward(image).SoftmaxCrossEntropy(Tensor.From([label], [1], image.Device)).Backward();
        }

        double[] norms = [.. model.Blocks.Select(b => Math.Sqrt(b.Block.NamedParameters().Sum(p => p.Value.Grad!.ToArray<float>().Sum(g => (double)g * g))))];
        foreach (var (_, value) in model.NamedParameters()) value.Grad?.Release();
        return norms;
    }

    /// <summary>For the page's script.</summary>
    public static JsonObject ToJson(Score score) => new()
    {
        ["loss"] = score.Loss,
        ["errors"] = score.Errors,
        ["images"] = score.Count,
        ["top1"] = score.Top1,
    };
}
