using WrnEngine.Tensors;

namespace WrnEngine.Devices;

/// <summary>Where <see cref="IOptimizerOps.KeepResult"/> puts things: row 0 has the first bad step, the others are a ring.</summary>
internal static class StepResultRows
{
    /// <summary>Refuses results of another shape.</summary>
    /// <exception cref="ArgumentException">They are not int32 [1 + steps, 2].</exception>
    public static void Verify(Tensor results)
    {
        if (results.DType != DType.Int32 || results.Rank != 2 || results.Shape[0] < 2 || results.Shape[1] != 2)
            throw new ArgumentException($"results of steps are {results.DType.ShortName()}{results.Shape}, expected i32[1 + steps, 2]", nameof(results));
    }

    /// <summary>The row of a step.</summary>
    public static int RowOf(uint step, Tensor results) => 1 + (int)(step % (uint)(results.Shape[0] - 1));
}
