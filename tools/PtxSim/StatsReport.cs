using System.Globalization;
using WrnEngine.Kernels.Simulator.Machine;
using WrnEngine.Kernels.Simulator.Metrics;
using WrnEngine.Kernels.Simulator.Ptx;

namespace WrnEngine.Tools.PtxSim;

/// <summary>The counts of a launch as text.</summary>
internal static class StatsReport
{
    public static void Write(SimulatedDeviceProperties device, PtxEntry entry, LaunchMetrics metrics, TextWriter output)
    {
        output.WriteLine($"{entry.Name} on {device.Name}");
        Line("warp instructions", metrics.WarpInstructions);
        Line("thread instructions", metrics.ThreadInstructions, $"{metrics.ActiveLaneShare:P1} of the lanes active");
        foreach ((string name, long count) in metrics.InstructionsByClass.Where(static pair => pair.Value > 0).OrderByDescending(static pair => pair.Value))
        {
            Line($"  {name}", count, $"{(double)count / Math.Max(metrics.WarpInstructions, 1):P1}");
        }

        Line("branches", metrics.Branches, $"{metrics.DivergentBranches} divergent");
        Line("global requests", metrics.GlobalRequests, $"{metrics.SectorsPerRequest:F2} sectors each");
        Line("global sectors", metrics.GlobalSectors, $"{32 * metrics.GlobalSectors} bytes moved");
        Line("global bytes loaded", metrics.GlobalBytesLoaded);
        Line("global bytes stored", metrics.GlobalBytesStored);
        Line("shared requests", metrics.SharedRequests, $"{metrics.SharedBankConflicts} extra passes by bank conflicts");
        Line("shared bytes", metrics.SharedBytes);
        Line("FLOPs", metrics.Flops, $"{metrics.ArithmeticIntensity:F2} per byte of global traffic");
        Line("registers per thread", metrics.RegistersPerThread, "estimated");
        Line("shared bytes per block", metrics.SharedBytesPerBlock);
        output.WriteLine($"  {"theoretical occupancy",-24}{metrics.TheoreticalOccupancy,16:P1}");

        void Line(string name, long value, string note = "") => output.WriteLine(
            $"  {name,-24}{value.ToString("N0", CultureInfo.InvariantCulture),16}{(note.Length > 0 ? "   " + note : "")}");
    }
}
