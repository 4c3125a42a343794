using WrnEngine.Autograd;
using WrnEngine.Devices;
using WrnEngine.Devices.Cuda;
using WrnEngine.Kernels.Driver;
using WrnEngine.Models;
using WrnEngine.Ops;
using WrnEngine.Optim;
using WrnEngine.Tensors;
using WrnEngine.Training.Data;

namespace WrnEngine.Training;

/// <summary>What a step's need of memory follows from.</summary>
/// <param name="Network">The network.</param>
/// <param name="Batch">Images in a step.</param>
/// <param name="Side">Height and width of an image.</param>
/// <param name="Trains">Forward, backward and update, or forward alone.</param>
internal sealed record StepSize(WideResNetOptions Network, int Batch, int Side, bool Trains = true)
{
    private const int Round = 8;
    private const int Steps = 3; // momentum begins in the first, and after the second the arena does not grow

    /// <summary>
    /// The largest batch, about, whose step fits into a device that had no memory for this one; 0 where not even one image fits. Steps are run without
    /// computing anything (<see cref="DryRunDriver"/>): at this batch and at half of it, for what is between them is what images need, and then at what that
    /// comes to, or less, until the slabs of the arena fit too.
    /// </summary>
    /// <param name="device">The device, with what stays there from step to step and nothing else.</param>
    /// <param name="error">Its complaint.</param>
    public int LargestBatch(CudaDevice device, DeviceMemoryException error)
    {
        if (Batch < 2) return 0;
        long room = error.Reserved + error.Free, whole, half, kept;
        using (var dry = Dry(device, ArenaMode.Separate))
        {
            (whole, kept) = Measure(dry, Batch);
            (half, _) = Measure(dry, Batch / 2);
        }

        double perImage = (whole - half) / (double)(Batch - Batch / 2);
        long others = Math.Max(0, device.Memory.LiveBytes - kept); // images of the data set, say
        int batch = Rounded(Math.Clamp((room - others - (whole - Batch * perImage)) / perImage, 0, Batch - 1));
        while (batch > 0 && !Fits(batch)) batch = Rounded(batch * 7 / 8);
        return batch;

        bool Fits(int images)
        {
            using var dry = Dry(device, ArenaMode.Pooled);
            var resident = dry.Memory.Allocate(others);
            Measure(dry, images);
            resident.Release();
            // A real step asks for its buffers in a slightly other order, and so may take a slab more.
            return dry.Memory.ReservedBytes <= room - Math.Max(room / 50, 32L << 20);
        }
    }

    private static int Rounded(double batch) => batch < Round ? (int)batch : (int)batch / Round * Round;

    private static CudaDevice Dry(CudaDevice device, ArenaMode arena) =>
        new(DryRunDriver.Create(device.Context.Info), device.Name, options: device.Options with { Arena = arena });

    /// <summary>Bytes of tensors at most in a step, and those that stay from step to step.</summary>
    internal (long Most, long Kept) Measure(CudaDevice dry, int batch)
    {
        using var model = new WideResNet(Network, dry);
        var paper = new Hyperparameters();
        using var optimizer = new Sgd(model.NamedParameters(), paper.LearningRate, paper.Momentum, paper.WeightDecay, dampening: 0, nesterov: true);
        model.Train(Trains);
        using var noGrad = Trains ? null : new NoGrad();
        for (int step = 0; step < Steps; step++)
        {
            dry.Memory.ResetPeak();
            using var scope = new StepScope();
            var images = Tensor.Empty([batch, ImageDataset.Channels, Side, Side], dry);
            var labels = Tensor.Empty([batch], dry, DType.Int32);
            using var tape = Trains ? new GradTape() : null;
            if (Trains) optimizer.ZeroGrad();
            var logits = model.Forward(images);
            if (!Trains) continue;
            logits.SoftmaxCrossEntropy(labels).Backward();
            optimizer.Step();
        }

        return (dry.Memory.PeakBytes, dry.Memory.LiveBytes);
    }
}
