namespace WrnEngine.Training;

/// <summary>What this machine has to compute with.</summary>
internal static class Inventory
{
    /// <summary>Part of a sentence that says which CUDA devices there are, or why there are none.</summary>
    public static string CudaSentence() => "no CUDA driver was looked for";

    /// <summary>A table of devices.</summary>
    public static void Write(Terminal terminal) => terminal.Out.WriteLine("cpu");
}
