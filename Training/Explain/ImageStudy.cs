using System.Text.Json.Nodes;
using WrnEngine.Devices;
using WrnEngine.Models;
using WrnEngine.Training.Prediction;

namespace WrnEngine.Training.Explain;

/// <summary>All that a network does with one image.</summary>
internal sealed class ImageStudy
{
    private ImageStudy(ExplainSubject subject, Activations activations) => (Subject, Activations) = (subject, activations);

    /// <summary>Network and image.</summary>
    public ExplainSubject Subject { get; }

    /// <summary>What every module gave.</summary>
    public Activations Activations { get; }

    /// <summary>The likeliest classes.</summary>
    public required IReadOnlyList<ClassScore> Top { get; init; }

    /// <summary>Each block's sum.</summary>
    public required IReadOnlyList<ResidualSum> Sums { get; init; }

    /// <summary>Loss and error of the whole network.</summary>
    public required BlockStudy.Score Whole { get; init; }

    /// <summary>The same without a block; null where its shortcut is not the identity.</summary>
    public required IReadOnlyList<BlockStudy.Score?> Without { get; init; }

    /// <summary>Gradient norm of each block.</summary>
    public required IReadOnlyList<double> Gradients { get; init; }

    /// <summary>The same in a network of the same weights without shortcuts; null where it has none anyway.</summary>
    public required IReadOnlyList<double>? PlainGradients { get; init; }

    /// <summary>The convolutions that are taken apart.</summary>
    public required IReadOnlyList<JsonObject> Convs { get; init; }

    /// <summary>The class that losses and gradients are about: the image's own, else the likeliest.</summary>
    public required int Target { get; init; }

    /// <summary>Computes everything.</summary>
    public static ImageStudy Of(NetworkStudy network, ExplainSubject subject)
    {
        var model = subject.Predictor.Model;
        using var scope = new StepScope();
        var image = subject.ToTensor();
        var activations = Activations.Of(model, image);
        var top = subject.Predictor.Predict([subject.Pixels], Math.Min(5, network.Options.NumClasses))[0];
        int target = subject.Label ?? top[0].Index;
        bool hasSet = subject.Images.Count > 0;
        BlockStudy.Score Evaluate()
        {
            var own = BlockStudy.Evaluate(model, [subject.Pixels], [target], subject.Predictor.ToTensor);
            return hasSet ? BlockStudy.Evaluate(model, subject.Images, subject.Labels, subject.Predictor.ToTensor) with { Top1 = own.Top1 } : own;
        }

        bool hasShortcuts = network.Blocks.Any(b => b.Shortcut != "none");
        return new ImageStudy(subject, activations)
        {
            Top = top,
            Target = target,
            Sums = [.. network.Blocks.Select(b => ResidualSum.Of(b, activations))],
            Whole = Evaluate(),
            Without = [.. network.Blocks.Select(b => b.IsIdentity ? BlockStudy.Without(model, b, Evaluate) : (BlockStudy.Score?)null)],
            Gradients = BlockStudy.GradientNorms(network.Options, model, image, target),
            PlainGradients = hasShortcuts ? BlockStudy.GradientNorms(network.Options with { Shortcut = ShortcutKind.None }, model, image, target) : null,
            Convs = [.. ConvStudy.Choose(model, activations).Select(name => ConvStudy.Of(model, name, activations))],
        };
    }
}
