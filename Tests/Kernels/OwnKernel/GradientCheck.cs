using WrnEngine.Autograd;
using WrnEngine.Devices;
using WrnEngine.Tensors;

namespace WrnEngine.Tests.Kernels.OwnKernel;

/// <summary>Holds an op's backward pass against differences of its forward pass.</summary>
public static class GradientCheck
{
    /// <summary>The largest difference between the gradient by the tape and (f(x + h) - f(x - h)) / 2h, where f is the sum of op(x) * gradY.</summary>
    public static double WorstError(Func<Tensor, Tensor> op, Device device, float[] x, float[] gradY, float h = 1 / 64f)
    {
        float[] byTape;
        using (new StepScope())
        using (var tape = new GradTape())
        {
            Tensor input = Tensor.From(x, [x.Length], device);
            input.RequiresGrad = true;
            tape.Backward(op(input), Tensor.From(gradY, [x.Length], device));
            byTape = input.Grad!.ToArray<float>();
        }

        double worst = 0;
        for (int i = 0; i < x.Length; i++)
        {
            double difference = (Objective(i, x[i] + h) - Objective(i, x[i] - h)) / (2 * h);
            worst = Math.Max(worst, Math.Abs(byTape[i] - difference));
        }
        return worst;

        double Objective(int index, float value)
        {
            using var step = new StepScope();
            float[] moved = [.. x];
            moved[index] = value;
            float[] y = op(Tensor.From(moved, [x.Length], device)).ToArray<float>();
            return y.Select((v, i) => (double)v * gradY[i]).Sum();
        }
    }
}
