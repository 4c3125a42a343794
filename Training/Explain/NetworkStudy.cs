using WrnEngine.Models;

namespace WrnEngine.Training.Explain;

/// <summary>A network as the page describes it.</summary>
/// <param name="Options">Which one.</param>
/// <param name="Height">Rows of its input.</param>
/// <param name="Width">Columns of its input.</param>
internal sealed record NetworkStudy(WideResNetOptions Options, int Height, int Width)
{
    /// <summary>The rows of the summary.</summary>
    public ExplainedLayer[] Layers { get; } = ExplainedLayer.Of(Options, Height, Width);

    /// <summary>Its blocks.</summary>
    public BlockSketch[] Blocks => BlockSketch.Of(Options, Layers);

    /// <summary>Trainable values.</summary>
    public long Parameters => Layers.Sum(l => l.Info.Parameters);

    /// <summary>Multiply-accumulates for one image.</summary>
    public long Macs => Layers.Sum(l => l.Info.Macs);

    /// <summary>Bytes of all outputs together.</summary>
    public long ActivationBytes => Layers.Sum(l => l.ActivationBytes);

    /// <summary>Side of the receptive field before the pool.</summary>
    public int Field => Layers.Max(l => l.Field);
}
