using WrnEngine.Devices;
using WrnEngine.Tensors;
using WrnEngine.Tests.Support.Oracle;
using static WrnEngine.Tests.Support.OpArgument;

namespace WrnEngine.Tests.Support.OpCases;

/// <summary>SGD steps over several parameters of odd sizes at once, each with its own weight decay.</summary>
public static class OptimizerCases
{
    private static readonly Shape[] Shapes = [[], [1], [17], [3, 17, 3, 3], [160, 33, 3, 3]];

    private static readonly SgdSettings[] Settings =
    [
        new(0.1f, 0, 0, false), new(0.1f, 0.9f, 0, false), new(0.1f, 0.9f, 0, true), new(0.05f, 0.9f, 0.25f, false), new(0, 0.9f, 0, true),
    ];

    public static IEnumerable<OpCase> All() => Settings.SelectMany(s => new[]
    {
        Step(s, decay: true, firstStep: true), Step(s, decay: true, firstStep: false), Step(s, decay: false, firstStep: false),
    });

    private static OpCase Step(SgdSettings settings, bool decay, bool firstStep)
    {
        bool momentum = settings.Momentum != 0;
        return new OpCase
        {
            Method = AllCases.Method<IOptimizerOps>(nameof(IOptimizerOps.SgdStep)),
            Name = $"lr {settings.LearningRate} momentum {settings.Momentum} dampening {settings.Dampening}"
                + $"{(settings.Nesterov ? " nesterov" : "")}{(decay ? " decay" : "")}{(firstStep ? " first" : "")}",
            Arguments = Shapes.SelectMany((shape, i) => new[] { InOut($"w{i}", shape), Input($"g{i}", shape) }
                .Concat(momentum ? [firstStep ? Output($"b{i}", shape) : InOut($"b{i}", shape)] : [])).ToArray(),
            Reference = a =>
            {
                for (int i = 0; i < Shapes.Length; i++)
                {
                    var buffer = momentum && !firstStep ? a[$"b{i}"] : null;
                    var (w, b) = SgdOracle.Step(
                        a[$"w{i}"], a[$"g{i}"], buffer, settings.LearningRate, settings.Momentum, settings.Dampening, WeightDecay(i, decay), settings.Nesterov);
                    a[$"w{i}"] = w;
                    a.Typical[$"w{i}"] = 2;
                    if (!momentum) continue;
                    a[$"b{i}"] = b!;
                    a.Typical[$"b{i}"] = 2;
                }
            },
            Run = (device, t) => device.Optimizer.SgdStep(
                Shapes.Select((_, i) => new SgdSlot(t[$"w{i}"], t[$"g{i}"], momentum ? t[$"b{i}"] : null, WeightDecay(i, decay), firstStep)).ToArray(), settings),
            Flops = 6 * Shapes.Sum(s => s.Numel),
        };
    }

    private static float WeightDecay(int parameter, bool decay) => decay ? 0.01f * (parameter % 3) : 0;
}
