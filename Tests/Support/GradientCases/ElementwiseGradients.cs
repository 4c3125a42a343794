using WrnEngine.Devices;
using WrnEngine.Ops;
using WrnEngine.Tensors;
using WrnEngine.Tests.Support.Oracle;

namespace WrnEngine.Tests.Support.GradientCases;

/// <summary>Functions of one and two numbers.</summary>
public static class ElementwiseGradients
{
    private static readonly (Shape A, Shape B)[] Broadcasts =
    [
        ([2, 3, 4, 3], [2, 3, 4, 3]), ([2, 3, 4, 3], [1, 3, 1, 1]), ([3, 1, 1], [2, 3, 4, 3]), ([2, 3, 4, 3], []), ([3, 1], [1, 4]), ([5], [5]), ([4, 5], [5]),
    ];

    public static IEnumerable<GradientCase> All() =>
    [
        .. Broadcasts.Select(p => Binary(nameof(ElementwiseOps.Add), BinaryOp.Add, p.A, p.B, (a, b) => a.Add(b))),
        .. Broadcasts.Select(p => Binary(nameof(ElementwiseOps.Subtract), BinaryOp.Subtract, p.A, p.B, (a, b) => a.Subtract(b))),
        .. Broadcasts.Select(p => Binary(nameof(ElementwiseOps.Multiply), BinaryOp.Multiply, p.A, p.B, (a, b) => a.Multiply(b))),
        .. Broadcasts.Select(p => Binary(nameof(ElementwiseOps.Divide), BinaryOp.Divide, p.A, p.B, (a, b) => a.Divide(b))),
        Binary("op_Addition", BinaryOp.Add, [3, 4], [4], (a, b) => a + b),
        Binary("op_Subtraction", BinaryOp.Subtract, [3, 4], [4], (a, b) => a - b),
        Binary("op_Multiply", BinaryOp.Multiply, [3, 4], [4], (a, b) => a * b),
        Binary("op_Division", BinaryOp.Divide, [3, 4], [4], (a, b) => a / b),
        WithNumber("op_Addition", "x + 2.5", x => x + 2.5f, v => v + 2.5, 1),
        WithNumber("op_Subtraction", "x - 2.5", x => x - 2.5f, v => v - 2.5, 1),
        WithNumber("op_Multiply", "x * 2.5", x => x * 2.5f, v => v * 2.5, 2.5),
        WithNumber("op_Multiply", "2.5 * x", x => 2.5f * x, v => v * 2.5, 2.5),
        WithNumber("op_Division", "x / 2.5", x => x / 2.5f, v => v / 2.5, 1 / 2.5),
        WithNumber("op_UnaryNegation", "-x", x => -x, v => -v, -1),
        .. Unary(nameof(ElementwiseOps.Exp), UnaryOp.Exp, x => x.Exp()),
        .. Unary(nameof(ElementwiseOps.Log), UnaryOp.Log, x => x.Log()),
        .. Unary(nameof(ElementwiseOps.Sqrt), UnaryOp.Sqrt, x => x.Sqrt()),
        .. Unary(nameof(ElementwiseOps.Relu), UnaryOp.Relu, x => x.Relu()),
        .. Unary(nameof(ElementwiseOps.Negate), UnaryOp.Negate, x => x.Negate()),
    ];

    private static IEnumerable<GradientCase> Unary(string name, UnaryOp op, Func<Tensor, Tensor> forward)
    {
        Func<TestData, Shape, RefArray> fill =
            op is UnaryOp.Log or UnaryOp.Sqrt ? (data, s) => data.Uniform(s, 0.3, 3) : (data, s) => data.AwayFromZero(s);
        foreach (Shape shape in (Shape[])[[2, 3, 4, 3], [7, 5], []])
            yield return new GradientCase
            {
                Op = name,
                Name = $"{shape}",
                Inputs = [new(shape, fill)],
                Forward = (_, t) => forward(t[0]),
                Reference = x => ElementwiseOracle.Unary(op, x[0]),
                Backward = (x, g) => [ElementwiseOracle.UnaryBackward(op, x[0], g)],
            };
    }

    private static GradientCase Binary(string name, BinaryOp op, Shape a, Shape b, Func<Tensor, Tensor, Tensor> forward) => new()
    {
        Op = name,
        Name = $"{a} with {b}",
        Inputs = [new(a, (data, s) => data.AwayFromZero(s)), new(b, (data, s) => data.Uniform(s, 0.5, 2))],
        Forward = (_, t) => forward(t[0], t[1]),
        Reference = x => ElementwiseOracle.Binary(op, x[0], x[1]),
        Backward = (x, g) =>
        {
            var (gradA, gradB) = ElementwiseOracle.BinaryBackward(op, x[0], x[1], g);
            return [gradA, gradB];
        },
        ReductionLength = Math.Max(a.Numel, b.Numel),
    };

    private static GradientCase WithNumber(string name, string formula, Func<Tensor, Tensor> forward, Func<double, double> reference, double slope) => new()
    {
        Op = name,
        Name = formula,
        Inputs = [new Shape(2, 3, 2, 2)],
        Forward = (_, t) => forward(t[0]),
        Reference = x => x[0].Map(reference),
        Backward = (_, g) => [g * slope],
    };
}
