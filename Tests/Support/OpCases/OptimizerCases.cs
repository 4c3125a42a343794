using WrnEngine.Devices;
using WrnEngine.Tensors;
using WrnEngine.Tests.Support.Oracle;
using static WrnEngine.Tests.Support.OpArgument;

namespace WrnEngine.Tests.Support.OpCases;

/// <summary>SGD steps over several parameters of odd sizes at once, each with its own weight decay; and the record of steps.</summary>
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
    }).Concat([
        Step(Settings[2], decay: true, firstStep: false, skip: 0), Step(Settings[2], decay: true, firstStep: false, skip: 7),
        Keep(0, loss: 2.5, bad: 0), Keep(6, loss: -0.125, bad: 0), Keep(7, loss: double.PositiveInfinity, bad: 0), Keep(70_000, loss: double.NegativeInfinity, bad: 3),
        Keep(4, loss: 3, bad: 2), Keep(4_000_000_000, loss: double.PositiveInfinity, bad: 0),
    ]);

    /// <param name="step">Steps before it.</param>
    /// <param name="loss">What it came to.</param>
    /// <param name="bad">The first bad step so far, from 1.</param>
    private static OpCase Keep(uint step, double loss, int bad)
    {
        const int Slots = 4;
        return new OpCase
        {
            Method = AllCases.Method<IOptimizerOps>(nameof(IOptimizerOps.KeepResult)),
            Name = $"step {step} loss {loss} bad {bad}",
            Arguments =
            [
                Input("loss", [], (_, shape) => new RefArray(shape).Map(_ => loss)), Integers("correct", [], 100),
                new OpArgument("results", [1 + Slots, 2], ArgumentRole.InOut, (_, shape) => RefArray.From(shape, [bad, .. new double[2 * Slots + 1]]), DType.Int32),
            ],
            Reference = a =>
            {
                double[] results = [.. a["results"].Values];
                int row = 2 * (1 + (int)(step % Slots));
                (results[row], results[row + 1]) = (BitConverter.SingleToInt32Bits((float)loss), a["correct"].Values[0]);
                if (bad == 0 && !double.IsFinite(loss)) results[0] = (int)(step + 1);
                a["results"] = RefArray.From([1 + Slots, 2], results);
            },
            Run = (device, t) => device.Optimizer.KeepResult(t["loss"], t["correct"], step, t["results"]),
        };
    }

    /// <param name="skip">The word that stops an update where it isn't 0; then the learning rate is in memory as well.</param>
    private static OpCase Step(SgdSettings settings, bool decay, bool firstStep, int? skip = null)
    {
        bool momentum = settings.Momentum != 0;
        return new OpCase
        {
            Method = AllCases.Method<IOptimizerOps>(nameof(IOptimizerOps.SgdStep)),
            Name = $"lr {settings.LearningRate} momentum {settings.Momentum} dampening {settings.Dampening}"
                + $"{(settings.Nesterov ? " nesterov" : "")}{(decay ? " decay" : "")}{(firstStep ? " first" : "")}{(skip is null ? "" : $" in memory, skip {skip}")}",
            Arguments = Shapes.SelectMany((shape, i) => new[] { InOut($"w{i}", shape), Input($"g{i}", shape) }
                .Concat(momentum ? [firstStep ? Output($"b{i}", shape) : InOut($"b{i}", shape)] : []))
                .Concat(skip is null ? [] : [Input("lr", [], (_, shape) => new RefArray(shape).Map(_ => settings.LearningRate.Value)),
                    new OpArgument("skip", [2], ArgumentRole.Input, (_, shape) => RefArray.From(shape, [skip.Value, 1]), DType.Int32)]).ToArray(),
            Reference = a =>
            {
                for (int i = 0; i < Shapes.Length; i++)
                {
                    var buffer = momentum && !firstStep ? a[$"b{i}"] : null;
                    var (w, b) = SgdOracle.Step(
                        a[$"w{i}"], a[$"g{i}"], buffer, settings.LearningRate, settings.Momentum, settings.Dampening, WeightDecay(i, decay), settings.Nesterov);
                    if (skip > 0) (w, b) = (a[$"w{i}"].Map(v => v), a[$"b{i}"].Map(v => v));
                    a[$"w{i}"] = w;
                    a.Typical[$"w{i}"] = 2;
                    if (!momentum) continue;
                    a[$"b{i}"] = b!;
                    a.Typical[$"b{i}"] = 2;
                }
            },
            Run = (device, t) => device.Optimizer.SgdStep(
                Shapes.Select((_, i) => new SgdSlot(t[$"w{i}"], t[$"g{i}"], momentum ? t[$"b{i}"] : null, WeightDecay(i, decay), firstStep)).ToArray(),
                skip is null ? settings : settings with { LearningRate = new DeviceScalar<float>(settings.LearningRate, t["lr"]), SkipIf = t["skip"] }),
            Flops = 6 * Shapes.Sum(s => s.Numel),
        };
    }

    private static float WeightDecay(int parameter, bool decay) => decay ? 0.01f * (parameter % 3) : 0;
}
