namespace WrnEngine.Tests.Support.Oracle;

/// <summary>torch.optim.SGD's update of one parameter, as its documentation writes it.</summary>
public static class SgdOracle
{
    /// <summary>Returns the new value and the new momentum buffer (null without momentum).</summary>
    public static (RefArray Parameter, RefArray? Buffer) Step(
        RefArray parameter, RefArray grad, RefArray? buffer, double learningRate, double momentum, double dampening, double weightDecay, bool nesterov)
    {
        var g = grad + parameter * weightDecay;
        if (momentum == 0) return (parameter + g * -learningRate, buffer);
        var b = buffer is null ? g : buffer * momentum + g * (1 - dampening);
        var step = nesterov ? g + b * momentum : b;
        return (parameter + step * -learningRate, b);
    }
}
