using WrnEngine.Devices;
using WrnEngine.Models;
using WrnEngine.Tensors;
using WrnEngine.Training.Data;

namespace WrnEngine.Training;

/// <summary>How much memory the tensors of a training step will take, before one was made.</summary>
internal static class StepMemory
{
    /// <summary>
    /// About the most bytes in use at once. Weights, gradients and momentum stay. The backward pass reads what each convolution and batch norm has made, but
    /// where norms are applied inside the convolutions only what the convolutions have; when it starts, one more of the largest is there: a gradient.
    /// </summary>
    /// <param name="model">The network.</param>
    /// <param name="batch">Images in a step.</param>
    /// <param name="images">Their size.</param>
    /// <param name="device">Where it is trained.</param>
    public static long Estimate(WideResNet model, int batch, ImageDataset images, Device device)
    {
        long kept = 0, largest = 0;
        Shape input = [1, ImageDataset.Channels, images.Height, images.Width];
        foreach (var layer in model.Describe(input))
        {
            bool isKept = layer.Kind.StartsWith("Conv2d", StringComparison.Ordinal)
                || (!device.FusesConvolutions && layer.Kind.StartsWith("BatchNorm2d", StringComparison.Ordinal));
            if (isKept) kept += layer.Output.Numel;
            largest = Math.Max(largest, layer.Output.Numel);
        }

        long perImage = ((kept + largest) * device.ActivationType.SizeInBytes()) + (input.Numel * sizeof(float));
        return (3 * sizeof(float) * model.ParameterCount) + (batch * perImage);
    }
}
