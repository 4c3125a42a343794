using WrnEngine.Kernels.Simulator.Machine;
using WrnEngine.Kernels.Simulator.Ptx;

namespace WrnEngine.Tools.PtxSim;

/// <summary>`ptxsim info`: what a file holds, without running it.</summary>
internal static class InfoCommand
{
    private const int Wide = 256;

    public static ExitCode Execute(string file, SimulatedDeviceProperties device, IReadOnlyList<string> compilerOptions, TextWriter output, TextWriter notes)
    {
        PtxModule module = ModuleFile.Load(file, device, compilerOptions, notes);
        output.WriteLine($"{file}: PTX {module.Version}, target {module.Target}, {module.Entries.Count} kernel{(module.Entries.Count == 1 ? "" : "s")}");
        foreach (PtxGlobal global in module.Globals)
        {
            output.WriteLine($"  .{global.Space} {global.Name}: {global.Size} bytes, aligned to {global.Alignment}");
        }

        foreach (PtxEntry entry in module.Entries)
        {
            output.WriteLine();
            Write(entry, device, output);
        }

        return ExitCode.Ok;
    }

    private static void Write(PtxEntry entry, SimulatedDeviceProperties device, TextWriter output)
    {
        output.WriteLine($"{entry.Name} (line {entry.Line})");
        output.WriteLine($"  parameters      {entry.ParameterBytes} bytes");
        foreach (PtxParameter parameter in entry.Parameters)
        {
            output.WriteLine($"    +{parameter.Offset,-5} .{parameter.Type,-4} {parameter.Size,4} bytes  {parameter.Name}");
        }

        output.WriteLine($"  registers       {entry.Registers} per thread (estimated)");
        output.WriteLine($"  shared memory   {entry.SharedBytes} bytes per block{(entry.UsesDynamicShared ? " + dynamic" : "")}");
        output.WriteLine($"  local memory    {entry.LocalBytes} bytes per thread");
        output.WriteLine($"  constants       {entry.ConstantBytes} bytes");
        string bounds = entry.RequiredBlock is Dim3 required ? $"exactly {required}" : entry.MaxBlock is Dim3 most ? $"at most {most}" : "any";
        output.WriteLine($"  block           {bounds}{(entry.MinBlocksPerSm > 0 ? $", at least {entry.MinBlocksPerSm} blocks per multiprocessor" : "")}");
        int threads = (int)Math.Min((entry.RequiredBlock ?? entry.MaxBlock)?.Count ?? Wide, device.MaxThreadsPerBlock);
        int resident = device.ResidentBlocks(threads, entry.Registers, entry.SharedBytes);
        double occupancy = (double)(resident * threads) / device.MaxThreadsPerMultiprocessor;
        output.WriteLine($"  occupancy       {occupancy:P0} with blocks of {threads} threads on {device.Name}");
        output.WriteLine($"  instructions    {entry.InstructionCount}");
        foreach ((string name, int count) in entry.InstructionMix.OrderByDescending(static pair => pair.Value).ThenBy(static pair => pair.Key, StringComparer.Ordinal))
        {
            output.WriteLine($"    {count,6}  {name}");
        }
    }
}
