using System.Text;
using WrnEngine.Kernels.Driver;
using WrnEngine.Kernels.Simulator.Checks;
using WrnEngine.Kernels.Simulator.Driver;
using WrnEngine.Kernels.Simulator.Machine;
using WrnEngine.Kernels.Simulator.Ptx;
using WrnEngine.Tools.PtxSim;
using Dim3 = WrnEngine.Kernels.Simulator.Machine.Dim3;

namespace WrnEngine.Tests.Simulator.Robustness;

internal enum MutationOutcome
{
    /// <summary>Not understood, by line.</summary>
    Refused,

    /// <summary>It has no kernel, wants another device, or its parameters are not ours.</summary>
    NotLaunched,
    Ran,
    Faulted,
    Found,
}

/// <summary>A way for a text to a launch. What it must not do, it throws.</summary>
internal interface IMutationRoute : IDisposable
{
    MutationOutcome Run(string text, int seed);
}

/// <summary>Straight to the machine.</summary>
internal sealed class DeviceRoute : IMutationRoute
{
    public const long StepLimit = 20_000;
    public const long MemoryBytes = 16 << 20;

    private readonly SimulatedDevice _device = new(SimulatedDeviceProperties.Sm90, MemoryBytes);

    public static CheckKinds Checks(int seed) => seed % 2 == 0 ? CheckKinds.All : CheckKinds.None;

    public static Dim3 Block(int seed) => new(1 + (seed % 64));

    /// <summary>The module, or null when the text is refused, with a line that it has.</summary>
    public static PtxModule? Parse(string text)
    {
        try
        {
            return PtxModule.Parse(text, "damaged.ptx");
        }
        catch (PtxException e)
        {
            Assert.That(e.Message, Does.StartWith("damaged.ptx:"));
            Assert.That(e.Line, Is.GreaterThan(0).And.LessThanOrEqualTo(text.Count(static c => c == '\n') + 1), e.Message);
            return null;
        }
    }

    public MutationOutcome Run(string text, int seed)
    {
        if (Parse(text) is not { } module)
        {
            return MutationOutcome.Refused;
        }

        if (module.Entries.Count == 0)
        {
            return MutationOutcome.NotLaunched;
        }

        var addresses = new List<ulong>();
        try
        {
            PtxEntry entry = module.Entries[seed % module.Entries.Count];
            var parameters = new byte[entry.ParameterBytes];
            for (int at = 0; at + 8 <= parameters.Length && at < 64; at += 8)
            {
                if (_device.Memory.TryAllocate(256, out ulong address))
                {
                    addresses.Add(address);
                    _device.Memory.Fill(address, 0x01020304, 4, 64);
                    BitConverter.TryWriteBytes(parameters.AsSpan(at), address);
                }
            }

            using LoadedModule? loaded = Load(module);
            if (loaded is null)
            {
                return MutationOutcome.NotLaunched;
            }

            LaunchResult result = _device.Launch(
                loaded, entry, new Dim3(2), Block(seed), 0, parameters,
                new LaunchOptions { Checks = Checks(seed), StepLimit = StepLimit, Seed = seed % 3, CollectMetrics = seed % 5 == 0, Print = static _ => { } });
            Assert.That(Enum.IsDefined(result.Status), $"status {result.Status}");
            Assert.That(result.IsSuccess || result.Message.Length > 0, $"no message for {result.Status}");
            return !result.IsSuccess ? MutationOutcome.Faulted : result.Findings.Count > 0 ? MutationOutcome.Found : MutationOutcome.Ran;
        }
        finally
        {
            addresses.ForEach(address => _device.Memory.Release(address));
        }
    }

    public void Dispose() => _device.Dispose();

    /// <summary>Only loading may refuse: a newer target, an external symbol, variables larger than the device.</summary>
    private LoadedModule? Load(PtxModule module)
    {
        try
        {
            return _device.Load(module);
        }
        catch (Exception e) when (e is PtxException or OutOfMemoryException)
        {
            return null;
        }
    }
}

/// <summary>As host code does it, through the driver's table: load, find, allocate, launch, wait.</summary>
internal sealed unsafe class DriverRoute : IMutationRoute
{
    private static CudaApi Api => SimulatorDriver.Table;

    public MutationOutcome Run(string text, int seed)
    {
        // A C string ends at its first zero.
        int end = text.IndexOf('\0', StringComparison.Ordinal);
        string image = end < 0 ? text : text[..end];
        PtxModule? parsed = DeviceRoute.Parse(image);
        Open(seed);
        CuModule module;
        CudaResult loaded;
        fixed (byte* bytes = Encoding.UTF8.GetBytes(image + "\0"))
        {
            loaded = Api.ModuleLoadData(&module, bytes);
        }

        Assert.That(Enum.IsDefined(loaded), $"cuModuleLoadData: {(int)loaded}");
        if (parsed is null)
        {
            Assert.That(loaded, Is.Not.EqualTo(CudaResult.Success), "a text that does not parse was loaded");
            return MutationOutcome.Refused;
        }

        if (loaded != CudaResult.Success || parsed.Entries.Count == 0)
        {
            return MutationOutcome.NotLaunched;
        }

        CudaResult ended = Launch(module, parsed.Entries[seed % parsed.Entries.Count], seed);
        Assert.That(Enum.IsDefined(ended), $"launch: {(int)ended}");
        if (ended != CudaResult.Success)
        {
            return MutationOutcome.Faulted;
        }

        Assert.That(Api.ModuleUnload(module), Is.EqualTo(CudaResult.Success));
        return SimulatorDriver.Findings.Count > 0 ? MutationOutcome.Found : MutationOutcome.Ran;
    }

    public void Dispose() => SimulatorDriver.Reset(new SimulatorDriverOptions());

    private static void Open(int seed)
    {
        SimulatorDriver.Reset(new SimulatorDriverOptions
        {
            Device = SimulatedDeviceProperties.Sm90,
            MemoryBytes = DeviceRoute.MemoryBytes,
            Checks = DeviceRoute.Checks(seed / 3),
            StepLimit = DeviceRoute.StepLimit,
            Seed = seed % 5,
            Print = static _ => { },
        });
        CuContext context;
        Assert.That(Api.Init(0), Is.EqualTo(CudaResult.Success));
        Assert.That(Api.DevicePrimaryCtxRetain(&context, 0), Is.EqualTo(CudaResult.Success));
        Assert.That(Api.CtxSetCurrent(context), Is.EqualTo(CudaResult.Success));
    }

    private static CudaResult Launch(CuModule module, PtxEntry entry, int seed)
    {
        CuFunction function;
        fixed (byte* name = Encoding.UTF8.GetBytes(entry.Name + "\0"))
        {
            Assert.That(Api.ModuleGetFunction(&function, module, name), Is.EqualTo(CudaResult.Success));
        }

        ulong buffer;
        Assert.That(Api.MemAlloc(&buffer, 256), Is.EqualTo(CudaResult.Success).Or.EqualTo(CudaResult.OutOfMemory));
        Api.MemsetD32(buffer, 0x01020304, 64);
        var block = new byte[entry.ParameterBytes + 8];
        for (int at = 0; at + 8 <= block.Length; at += 8)
        {
            BitConverter.TryWriteBytes(block.AsSpan(at), buffer);
        }

        var pointers = new nint[entry.Parameters.Count + 1];
        fixed (byte* values = block)
        fixed (nint* parameters = pointers)
        {
            for (int i = 0; i < entry.Parameters.Count; i++)
            {
                pointers[i] = (nint)(values + entry.Parameters[i].Offset);
            }

            CudaResult launched = Api.LaunchKernel(function, 2, 1, 1, (uint)DeviceRoute.Block(seed).X, 1, 1, 0, default, (void**)parameters, null);
            return launched != CudaResult.Success ? launched : Api.CtxSynchronize();
        }
    }
}

/// <summary>As a user does it: a file, `ptxsim info` and `ptxsim run`.</summary>
internal sealed class ToolRoute : IMutationRoute
{
    private static readonly int[] ExitCodes = [0, 1, 5, 6, 7];

    private readonly string _folder = Directory.CreateTempSubdirectory("wrn-mutations").FullName;

    public MutationOutcome Run(string text, int seed)
    {
        string file = Path.Combine(_folder, "damaged.ptx");
        string data = Path.Combine(_folder, "data.bin");
        File.WriteAllText(file, text);
        File.WriteAllBytes(data, new byte[256]);
        if (seed % 2 == 0)
        {
            Tool("info", file);
        }

        PtxEntry? entry = null;
        try
        {
            PtxModule module = PtxModule.Parse(File.ReadAllText(file), file);
            entry = module.Entries.Count > 0 ? module.Entries[seed % module.Entries.Count] : null;
        }
        catch (PtxException)
        {
            // The tool has to say it.
        }

        int exitCode = Tool(
        [
            "run", file, "--grid", "2", "--block", $"{DeviceRoute.Block(seed).X}", "--device", "sm_90", "--step-limit", $"{DeviceRoute.StepLimit}",
            "--check", seed % 4 == 0 ? "none" : "all", "--seed", $"{seed % 3}", .. (string[])(seed % 5 == 0 ? ["--stats", "--json", data + ".json"] : []),
            .. Arguments(entry, data), .. (string[])(entry is null ? [] : [$"--entry={entry.Name}"]),
        ]);
        return exitCode switch
        {
            0 => MutationOutcome.Ran,
            1 => MutationOutcome.NotLaunched,
            5 => MutationOutcome.Refused,
            6 => MutationOutcome.Found,
            _ => MutationOutcome.Faulted,
        };
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static IEnumerable<string> Arguments(PtxEntry? entry, string data)
    {
        foreach (PtxParameter parameter in entry?.Parameters.Take(200) ?? [])
        {
            for (int left = parameter.Size; left > 0; left -= 8)
            {
                yield return "--arg";
                yield return left >= 8 ? $"inout:{data}:{data}.out" : left >= 4 ? "u32:3" : left >= 2 ? "u16:3" : "u8:3";
            }
        }
    }

    private static int Tool(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        int exitCode = CommandLine.Run(args, output, error);
        string said = error.ToString();
        Assert.That(ExitCodes, Does.Contain(exitCode), said);
        Assert.That(said, exitCode == 0 ? Is.Empty : Does.StartWith("ptxsim: "));
        Assert.That(said.TrimEnd('\r', '\n').AsSpan().IndexOfAny('\r', '\n'), Is.EqualTo(-1), $"more than one line: {said}");
        return exitCode;
    }
}
