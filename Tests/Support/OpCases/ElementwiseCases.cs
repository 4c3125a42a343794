using WrnEngine.Devices;
using WrnEngine.Tensors;
using WrnEngine.Tests.Support.Oracle;
using static WrnEngine.Tests.Support.OpArgument;

namespace WrnEngine.Tests.Support.OpCases;

/// <summary>Functions of one and two numbers, on sizes around vector widths and on every way to broadcast.</summary>
public static class ElementwiseCases
{
    /// <summary>One element, tails on both sides of 8 and 16 lanes, and enough for several threads.</summary>
    private static readonly Shape[] Shapes = [[], [1], [7], [17], [33, 5], [1, 3, 1, 1], [3, 17, 5, 7], [2, 160, 9, 11], [70_001]];

    private static readonly (Shape A, Shape B)[] Broadcasts =
    [
        ([3, 17, 5, 7], [3, 17, 5, 7]), ([3, 17, 5, 7], [1, 17, 1, 1]), ([3, 17, 5, 7], [17, 1, 1]), ([1, 17, 1, 1], [3, 17, 5, 7]),
        ([3, 17, 5, 7], []), ([], [3, 17, 5, 7]), ([3, 17, 5, 7], [7]), ([3, 17, 5, 7], [5, 1]), ([3, 17, 5, 7], [3, 1, 1, 1]),
        ([3, 1, 5, 1], [1, 17, 1, 7]), ([2, 160, 9, 11], [1, 160, 1, 1]), ([2, 160, 9, 11], [9, 11]), ([3, 17, 5, 7], [1]),
        ([33, 5], [5]), ([33, 1], [1, 19]), ([33, 19], [33, 1]), ([4, 3, 5], [3, 1]), ([2, 3, 4, 3, 2], [3, 1, 3, 1]), ([2, 3, 4, 3, 2], [2, 3, 4, 3, 2]),
        ([17], [17]), ([], []), ([70_001], []), ([300, 257], [257]),
    ];

    /// <summary>For bfloat16, each with one op: rows of whole packs and of others, from every side, and walks.</summary>
    private static readonly (Shape A, Shape B)[] HalfBroadcasts =
    [
        ([3, 17, 5, 7], [3, 17, 5, 7]), ([3, 17, 5, 7], [1, 17, 1, 1]), ([1, 160, 1, 1], [2, 160, 9, 11]), ([2, 160, 9, 11], []),
        ([3, 12, 5, 7], [12, 1, 1]), ([3, 17, 5, 7], [5, 1]), ([3, 1, 5, 1], [1, 17, 1, 7]), ([33, 24], [33, 1]), ([17], [17]), ([1], []), ([70_001], [70_001]),
    ];

    private static readonly (Shape X, int Channels)[] ChannelCounts =
        [([3, 17, 5, 7], 40), ([3, 40, 5, 7], 17), ([2, 16, 3, 3], 32), ([2, 160, 9, 11], 320), ([1, 1, 1, 1], 1), ([2, 320, 9, 11], 33), ([5, 3, 130, 130], 19)];

    private static readonly (DType From, DType To, Shape Shape)[] Casts =
    [
        (DType.UInt8, DType.Float32, [3, 17, 5, 7]), (DType.Float32, DType.BFloat16, [3, 17, 5, 7]), (DType.BFloat16, DType.Float32, [3, 17, 5, 7]),
        (DType.UInt8, DType.Float32, []), (DType.Float32, DType.BFloat16, [70_001]), (DType.BFloat16, DType.Float32, [2, 160, 9, 11]),
    ];

    public static IEnumerable<OpCase> All() =>
    [
        .. Casts.Select(c => Cast(c.From, c.To, c.Shape)),
        .. Shapes.Select(Fill),
        .. Enum.GetValues<UnaryOp>().SelectMany(op => Shapes.Select(s => Unary(op, s))),
        .. Enum.GetValues<UnaryOp>().Select(op => UnaryInPlace(op, [3, 17, 5, 7])),
        .. Enum.GetValues<UnaryOp>().Where(op => op != UnaryOp.Negate)
            .SelectMany(op => Shapes.SelectMany(s => new[] { UnaryBackward(op, s, false), UnaryBackward(op, s, true) })),
        .. Broadcasts.Select(p => Binary(BinaryOp.Add, p.A, p.B)),
        .. Broadcasts.Select(p => Binary(BinaryOp.Subtract, p.A, p.B)),
        .. Broadcasts.Select(p => Binary(BinaryOp.Multiply, p.A, p.B)),
        .. Broadcasts.Select(p => Binary(BinaryOp.Divide, p.A, p.B)),
        .. HalfBroadcasts.Select((p, i) => Binary((BinaryOp)(i % 4), p.A, p.B).InBFloat16("a", "b", "y")),
        .. Shapes.SelectMany(s => new[] { AddScaled(s, 1), AddScaled(s, -0.37f) }),
        AddScaledInPlace([2, 160, 9, 11], intoA: true),
        AddScaledInPlace([2, 160, 9, 11], intoA: false),
        .. ChannelCounts.SelectMany(c => new[] { ResizeChannels(c.X, c.Channels, false), ResizeChannels(c.X, c.Channels, true) }),
        .. Mixed().Select(c => c.InBFloat16("a", "x", "y", "saved", "gradY", "gradX")),
    ];

    /// <summary>In bfloat16 a few sizes of each: whole packs, a tail behind them, one element, channels in packs and not.</summary>
    private static IEnumerable<OpCase> Mixed()
    {
        Shape[] shapes = [[], [3, 17, 5, 7], [2, 160, 9, 11]];
        foreach (var shape in shapes)
        {
            yield return Fill(shape);
            yield return AddScaled(shape, -0.37f);
        }
        yield return AddScaledInPlace([3, 17, 5, 7], intoA: true);
        foreach (var op in Enum.GetValues<UnaryOp>())
        {
            yield return Unary(op, [3, 17, 5, 7]);
            if (op == UnaryOp.Negate) continue;
            yield return UnaryBackward(op, [3, 17, 5, 7], false);
            yield return UnaryBackward(op, [33, 5], true);
        }
        yield return UnaryInPlace(UnaryOp.Relu, [2, 160, 9, 11]);
        foreach (var (x, channels) in ChannelCounts[..4])
        {
            yield return ResizeChannels(x, channels, false);
            yield return ResizeChannels(x, channels, true);
        }
    }

    /// <summary>Every device stores and casts all types, whatever it computes in.</summary>
    private static OpCase Cast(DType from, DType to, Shape shape) => new()
    {
        Method = AllCases.Method<IElementwiseOps>(nameof(IElementwiseOps.Cast)),
        Name = $"{from.ShortName()} to {to.ShortName()} {shape}",
        Arguments =
        [
            new OpArgument("x", shape, ArgumentRole.Input, (data, s) => from == DType.UInt8 ? data.Integers(s, 256) : data.Normal(s), from),
            Output("y", shape, to),
        ],
        Reference = a => a["y"] = a["x"].Rounded(to),
        Run = (device, t) => device.Elementwise.Cast(t["x"], t["y"]),
    };

    private static OpCase Fill(Shape shape) => new()
    {
        Method = AllCases.Method<IElementwiseOps>(nameof(IElementwiseOps.Fill)),
        Name = $"{shape}",
        Arguments = [Output("y", shape)],
        Reference = a => a["y"] = new RefArray(shape).Map(_ => -1.25),
        Run = (device, t) => device.Elementwise.Fill(t["y"], -1.25f),
    };

    private static OpCase Unary(UnaryOp op, Shape shape) => new()
    {
        Method = AllCases.Method<IElementwiseOps>(nameof(IElementwiseOps.Unary)),
        Name = $"{op} {shape}",
        Arguments = [Input("x", shape, Domain(op)), Output("y", shape)],
        Reference = a => a["y"] = ElementwiseOracle.Unary(op, a["x"]),
        Run = (device, t) => device.Elementwise.Unary(op, t["x"], t["y"]),
        Flops = shape.Numel,
    };

    private static OpCase UnaryInPlace(UnaryOp op, Shape shape) => new()
    {
        Method = AllCases.Method<IElementwiseOps>(nameof(IElementwiseOps.Unary)),
        Name = $"{op} {shape} in place",
        Arguments = [InOut("x", shape, Domain(op))],
        Reference = a => a["x"] = ElementwiseOracle.Unary(op, a["x"]),
        Run = (device, t) => device.Elementwise.Unary(op, t["x"], t["x"]),
        Flops = shape.Numel,
    };

    private static OpCase UnaryBackward(UnaryOp op, Shape shape, bool accumulate) => new()
    {
        Method = AllCases.Method<IElementwiseOps>(nameof(IElementwiseOps.UnaryBackward)),
        Name = $"{op} {shape}{AllCases.Accumulating(accumulate)}",
        Arguments = [Input("x", shape, Domain(op)), Input("saved", shape), Input("gradY", shape), Target("gradX", shape, accumulate)],
        Prepare = a => a["saved"] = op == UnaryOp.Log ? a["x"] : ElementwiseOracle.Unary(op, a["x"]),
        Reference = a => a.Store("gradX", ElementwiseOracle.UnaryBackward(op, Argument(op, a["saved"]), a["gradY"]), accumulate),
        Run = (device, t) => device.Elementwise.UnaryBackward(op, t["saved"], t["gradY"], t["gradX"], accumulate),
        Flops = 2 * shape.Numel,
    };

    private static OpCase ResizeChannels(Shape x, int channels, bool accumulate) => new()
    {
        Method = AllCases.Method<IElementwiseOps>(nameof(IElementwiseOps.ResizeChannels)),
        Name = $"{x} to {channels}{AllCases.Accumulating(accumulate)}",
        Arguments = [Input("x", x), Target("y", [x[0], channels, x[2], x[3]], accumulate)],
        Reference = a => a.Store("y", ElementwiseOracle.ResizeChannels(a["x"], channels), accumulate),
        Run = (device, t) => device.Elementwise.ResizeChannels(t["x"], t["y"], accumulate),
        Flops = accumulate ? x.Numel : 0,
    };

    private static OpCase Binary(BinaryOp op, Shape a, Shape b)
    {
        Shape.TryBroadcast(a, b, out var shape);
        return new OpCase
        {
            Method = AllCases.Method<IElementwiseOps>(nameof(IElementwiseOps.Binary)),
            Name = $"{op} {a} with {b}",
            Arguments = [Input("a", a), Input("b", b, (data, s) => data.AwayFromZero(s)), Output("y", shape)],
            Reference = r => r["y"] = ElementwiseOracle.Binary(op, r["a"], r["b"]),
            Run = (device, t) => device.Elementwise.Binary(op, t["a"], t["b"], t["y"]),
            Flops = shape.Numel,
        };
    }

    private static OpCase AddScaled(Shape shape, float alpha) => new()
    {
        Method = AllCases.Method<IElementwiseOps>(nameof(IElementwiseOps.AddScaled)),
        Name = $"{shape} alpha {alpha}",
        Arguments = [Input("a", shape), Input("x", shape), Output("y", shape)],
        Reference = a => Store(a, "y", a["a"] + a["x"] * alpha, 2),
        Run = (device, t) => device.Elementwise.AddScaled(t["a"], t["x"], alpha, t["y"]),
        Flops = 2 * shape.Numel,
    };

    private static OpCase AddScaledInPlace(Shape shape, bool intoA) => new()
    {
        Method = AllCases.Method<IElementwiseOps>(nameof(IElementwiseOps.AddScaled)),
        Name = $"{shape} y is {(intoA ? "a" : "x")}",
        Arguments = [intoA ? InOut("a", shape) : Input("a", shape), intoA ? Input("x", shape) : InOut("x", shape)],
        Reference = a => Store(a, intoA ? "a" : "x", a["a"] + a["x"] * 0.5, 2),
        Run = (device, t) => device.Elementwise.AddScaled(t["a"], t["x"], 0.5f, t[intoA ? "a" : "x"]),
        Flops = 2 * shape.Numel,
    };

    /// <summary>A sum of two terms may cancel: the error is relative to the terms.</summary>
    private static void Store(CaseArrays arrays, string name, RefArray value, double typical)
    {
        arrays[name] = value;
        arrays.Typical[name] = typical;
    }

    /// <summary>The x behind what the op saved, as the type has stored it.</summary>
    private static RefArray Argument(UnaryOp op, RefArray saved) => op switch
    {
        UnaryOp.Exp => saved.Map(Math.Log),
        UnaryOp.Sqrt => saved.Map(v => v * v),
        _ => saved,
    };

    /// <summary>Arguments where the function and its derivative are tame.</summary>
    private static Func<TestData, Shape, RefArray> Domain(UnaryOp op) => op switch
    {
        UnaryOp.Exp => (data, s) => data.Uniform(s, -10, 5),
        UnaryOp.Log or UnaryOp.Sqrt => (data, s) => data.Uniform(s, 0.05, 20),
        _ => (data, s) => data.AwayFromZero(s),
    };
}
