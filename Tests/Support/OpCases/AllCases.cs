namespace WrnEngine.Tests.Support.OpCases;

/// <summary>The cases of every op family.</summary>
public static class AllCases
{
    private static readonly Lazy<OpCase[]> Cases = new(() =>
    [
        .. ElementwiseCases.All(),
        .. ReduceCases.All(),
        .. MatMulCases.All(),
        .. ConvCases.All(),
        .. ConvFusedCases.All(),
        .. NormCases.All(),
        .. PoolCases.All(),
        .. LossCases.All(),
        .. OptimizerCases.All(),
        .. DataCases.All(),
    ]);

    public static IEnumerable<OpCase> All() => Cases.Value;

    /// <summary>How a case names its method.</summary>
    internal static string Method<TFamily>(string method) => $"{typeof(TFamily).Name}.{method}";

    /// <summary>A suffix for cases that come in both kinds.</summary>
    internal static string Accumulating(bool accumulate) => accumulate ? " accumulate" : "";
}
