namespace WrnEngine.Tests.Support.GradientCases;

/// <summary>The gradient cases of every op.</summary>
public static class AllGradientCases
{
    public static IEnumerable<GradientCase> All() =>
    [
        .. ElementwiseGradients.All(),
        .. ShapeGradients.All(),
        .. MatMulGradients.All(),
        .. ImageGradients.All(),
        .. NormGradients.All(),
        .. LossGradients.All(),
    ];
}
