namespace WrnEngine.Training.Profiling;

/// <summary>A profile on the terminal: columns as wide as they must be, numbers to the right.</summary>
internal static class ProfileTable
{
    /// <summary>Prints it.</summary>
    public static void Write(Profile profile, TextWriter output)
    {
        output.WriteLine($"{profile.Network}  batch {profile.Batch}  training  {ProfileCells.StepTime(profile)} a step (median of {profile.Steps}, with a clock at each op)  {profile.Device}");
        output.WriteLine($"memory  {ProfileCells.Memory(profile)} of tensors at most");
        if (profile.Limits is { } limits) output.WriteLine($"limits  {ProfileCells.Arithmetic(limits)} and {ProfileCells.Bandwidth(limits)}, measured with {limits.Source}");
        output.WriteLine();
        Write(ProfileCells.Titles(profile), profile.Rows.Select(r => ProfileCells.Of(r, profile)), words: 3, output);
        if (profile.Kernels.Count == 0) return;
        output.WriteLine();
        Write(ProfileCells.KernelTitles, profile.Kernels.Select(k => ProfileCells.Of(k.Kernel, k.Counts, profile.Steps)), words: 1, output);
    }

    private static void Write(IReadOnlyList<string> titles, IEnumerable<IReadOnlyList<string>> rows, int words, TextWriter output)
    {
        IReadOnlyList<string>[] lines = [titles, .. rows];
        int[] widths = [.. titles.Select((_, i) => lines.Max(line => line[i].Length))];
        foreach (var line in lines)
            output.WriteLine(string.Join("  ", line.Select((cell, i) => i < words ? cell.PadRight(widths[i]) : cell.PadLeft(widths[i]))).TrimEnd());
    }
}
