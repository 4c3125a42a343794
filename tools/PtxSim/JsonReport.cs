using System.Text.Json;
using WrnEngine.Kernels.Simulator.Checks;
using WrnEngine.Kernels.Simulator.Machine;
using WrnEngine.Kernels.Simulator.Metrics;
using WrnEngine.Kernels.Simulator.Ptx;

namespace WrnEngine.Tools.PtxSim;

/// <summary>The outcome of a run for programs to read.</summary>
internal static class JsonReport
{
    public static void Write(RunOptions options, PtxEntry entry, LaunchResult result, int exitCode, TextWriter output)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            json.WriteStartObject();
            json.WriteString("file", options.File);
            json.WriteString("entry", entry.Name);
            json.WriteString("device", $"sm_{options.Device.ComputeCapability}");
            Position(json, "grid", options.Grid);
            Position(json, "block", options.Block);
            json.WriteNumber("dynamicSharedBytes", options.SharedBytes);
            json.WriteNumber("seed", options.Seed);
            json.WriteString("checks", options.Checks.ToString().ToLowerInvariant());
            json.WriteString("status", result.Status.ToString());
            json.WriteNumber("cudaError", (int)result.Status);
            json.WriteString("message", result.Message);
            json.WriteNumber("exitCode", exitCode);
            json.WriteNumber("warpInstructions", result.Steps);
            if (result.Fault is FaultSite fault)
            {
                json.WriteStartObject("fault");
                Site(json, fault.Kernel, fault.PtxLine, fault.SourceFile, fault.SourceLine, fault.Block, fault.Thread, fault.Address);
                json.WriteEndObject();
            }

            Findings(json, result.Findings);
            if (result.Metrics is LaunchMetrics metrics)
            {
                Metrics(json, metrics);
            }

            json.WriteEndObject();
        }

        byte[] bytes = [.. buffer.ToArray(), (byte)'\n'];
        if (options.JsonFile == "-")
        {
            output.Write(System.Text.Encoding.UTF8.GetString(bytes));
        }
        else
        {
            using FileStream file = UserFile.Create(options.JsonFile!, "--json");
            file.Write(bytes);
        }
    }

    private static void Findings(Utf8JsonWriter json, IReadOnlyList<Finding> findings)
    {
        json.WriteStartArray("findings");
        foreach (Finding finding in findings)
        {
            json.WriteStartObject();
            json.WriteString("check", finding.CheckName);
            json.WriteString("message", finding.Message);
            Site(json, finding.Kernel, finding.PtxLine, finding.SourceFile, finding.SourceLine, finding.Block, finding.Thread, finding.Address);
            json.WriteNumber("size", finding.Size);
            json.WriteNumber("count", finding.Count);
            if (finding.Other is OtherParty other)
            {
                json.WriteStartObject("other");
                json.WriteString("access", other.Access);
                Site(json, finding.Kernel, other.PtxLine, other.SourceFile, other.SourceLine, other.Block, other.Thread, null);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Metrics(Utf8JsonWriter json, LaunchMetrics metrics)
    {
        json.WriteStartObject("metrics");
        json.WriteNumber("warpInstructions", metrics.WarpInstructions);
        json.WriteNumber("threadInstructions", metrics.ThreadInstructions);
        json.WriteStartObject("instructionsByClass");
        foreach ((string name, long count) in metrics.InstructionsByClass.OrderBy(static pair => pair.Key, StringComparer.Ordinal))
        {
            json.WriteNumber(name, count);
        }

        json.WriteEndObject();
        json.WriteNumber("branches", metrics.Branches);
        json.WriteNumber("divergentBranches", metrics.DivergentBranches);
        json.WriteNumber("globalRequests", metrics.GlobalRequests);
        json.WriteNumber("globalSectors", metrics.GlobalSectors);
        json.WriteNumber("sectorsPerRequest", metrics.SectorsPerRequest);
        json.WriteNumber("globalBytesLoaded", metrics.GlobalBytesLoaded);
        json.WriteNumber("globalBytesStored", metrics.GlobalBytesStored);
        json.WriteNumber("sharedRequests", metrics.SharedRequests);
        json.WriteNumber("sharedBankConflicts", metrics.SharedBankConflicts);
        json.WriteNumber("sharedBytes", metrics.SharedBytes);
        json.WriteNumber("flops", metrics.Flops);
        json.WriteNumber("arithmeticIntensity", metrics.ArithmeticIntensity);
        json.WriteNumber("registersPerThread", metrics.RegistersPerThread);
        json.WriteNumber("sharedBytesPerBlock", metrics.SharedBytesPerBlock);
        json.WriteNumber("theoreticalOccupancy", metrics.TheoreticalOccupancy);
        json.WriteEndObject();
    }

    private static void Site(
        Utf8JsonWriter json, string kernel, int ptxLine, string? sourceFile, int sourceLine, Dim3 block, Dim3 thread, ulong? address)
    {
        json.WriteString("kernel", kernel);
        json.WriteNumber("ptxLine", ptxLine);
        if (sourceFile != null)
        {
            json.WriteString("sourceFile", sourceFile);
            json.WriteNumber("sourceLine", sourceLine);
        }

        Position(json, "block", block);
        Position(json, "thread", thread);
        if (address is ulong value)
        {
            json.WriteString("address", $"0x{value:x}");
        }
    }

    private static void Position(Utf8JsonWriter json, string name, Dim3 value)
    {
        json.WriteStartArray(name);
        json.WriteNumberValue(value.X);
        json.WriteNumberValue(value.Y);
        json.WriteNumberValue(value.Z);
        json.WriteEndArray();
    }
}
