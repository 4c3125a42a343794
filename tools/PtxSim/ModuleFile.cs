using WrnEngine.Kernels.Simulator.Machine;
using WrnEngine.Kernels.Simulator.Ptx;

namespace WrnEngine.Tools.PtxSim;

/// <summary>Reads a kernel file, PTX or CUDA.</summary>
internal static class ModuleFile
{
    /// <exception cref="ToolException">The file cannot be read, or a .cu file does not compile.</exception>
    /// <exception cref="PtxException">The PTX is not understood.</exception>
    public static PtxModule Load(string path, SimulatedDeviceProperties device, IReadOnlyList<string> compilerOptions, TextWriter notes)
    {
        UserFile.CheckReadable(path);
        if (Path.GetExtension(path).Equals(".cu", StringComparison.OrdinalIgnoreCase))
        {
            return PtxModule.Parse(ClangCompiler.Compile(path, device, compilerOptions, notes), Path.ChangeExtension(Path.GetFileName(path), ".ptx"));
        }

        return PtxModule.Parse(File.ReadAllText(path), path);
    }

    /// <summary>The entry of a name, which may be a C++ name without its mangling; the only one when no name is given.</summary>
    /// <exception cref="ToolException">There is none, or there are several.</exception>
    public static PtxEntry Find(PtxModule module, string path, string? name)
    {
        string known = string.Join(", ", module.Entries.Select(static entry => entry.Name));
        if (module.Entries.Count == 0)
        {
            throw new ToolException(ExitCode.BadPtx, $"{path} has no kernel (.entry).");
        }

        if (name is null)
        {
            return module.Entries.Count == 1
                ? module.Entries[0]
                : throw new ToolException(ExitCode.Usage, $"{path} has several kernels; name one with --entry: {known}.");
        }

        if (module.FindEntry(name) is PtxEntry exact)
        {
            return exact;
        }

        PtxEntry[] candidates = [.. module.Entries.Where(entry => entry.Name.StartsWith($"_Z{name.Length}{name}", StringComparison.Ordinal))];
        return candidates.Length switch
        {
            1 => candidates[0],
            0 => throw new ToolException(ExitCode.Usage, $"{path} has no kernel '{name}'; it has {known}."),
            _ => throw new ToolException(
                ExitCode.Usage,
                $"{path} has several kernels called '{name}'; name one in full: {string.Join(", ", candidates.Select(static entry => entry.Name))}."),
        };
    }
}
