using WrnEngine.Kernels.Simulator.Checks;
using WrnEngine.Kernels.Simulator.Machine;
using WrnEngine.Kernels.Simulator.Ptx;

namespace WrnEngine.Tools.PtxSim;

/// <summary>`ptxsim run`: buffers in, one launch, findings and buffers out.</summary>
internal static class RunCommand
{
    public static ExitCode Execute(RunOptions options, TextWriter output, TextWriter error)
    {
        CheckFiles(options);
        PtxModule module = ModuleFile.Load(options.File, options.Device, options.CompilerOptions, error);
        PtxEntry entry = ModuleFile.Find(module, options.File, options.Entry);
        CheckShape(options, entry);

        using var device = new SimulatedDevice(options.Device);
        if (options.Checks.HasFlag(CheckKinds.Initcheck))
        {
            device.Memory.TrackInitialization();
        }

        var addresses = new Dictionary<BufferArgument, (ulong Address, long Bytes)>(ReferenceEqualityComparer.Instance);
        byte[] parameters = ParameterBlock.Build(entry, options.Arguments, argument =>
        {
            (ulong Address, long Bytes) buffer = Upload(device.Memory, argument);
            addresses[argument] = buffer;
            return buffer.Address;
        });
        using LoadedModule loaded = device.Load(module);
        LaunchResult result = device.Launch(
            loaded, entry, options.Grid, options.Block, options.SharedBytes, parameters, new LaunchOptions
            {
                Checks = options.Checks,
                CollectMetrics = options.Stats || options.JsonFile != null,
                Seed = options.Seed,
                StepLimit = options.StepLimit,
                Print = output.Write,
            });

        if (result.IsSuccess)
        {
            foreach ((BufferArgument argument, (ulong address, long bytes)) in addresses)
            {
                if (argument.OutFile != null)
                {
                    Download(device.Memory, address, bytes, argument.OutFile, $"--arg {argument.Text}");
                }
            }
        }

        ExitCode exitCode = Report(options, entry, result, output, error);
        if (options.JsonFile != null)
        {
            JsonReport.Write(options, entry, result, (int)exitCode, output);
        }

        return exitCode;
    }

    private static ExitCode Report(RunOptions options, PtxEntry entry, LaunchResult result, TextWriter output, TextWriter error)
    {
        foreach (Finding finding in result.Findings)
        {
            output.WriteLine(finding);
        }

        if (options.Stats && result.Metrics != null)
        {
            StatsReport.Write(options.Device, entry, result.Metrics, output);
        }

        if (!result.IsSuccess)
        {
            error.WriteLine($"ptxsim: {result.Message.TrimEnd('.')} (CUDA error {(int)result.Status}).");
            return result.Status is LaunchStatus.InvalidValue or LaunchStatus.LaunchOutOfResources ? ExitCode.Usage : ExitCode.DeviceFault;
        }

        if (result.Findings.Count > 0)
        {
            string checks = string.Join(", ", result.Findings.Select(static finding => finding.CheckName).Distinct());
            error.WriteLine($"ptxsim: {checks} found {result.Findings.Count} problem{(result.Findings.Count == 1 ? "" : "s")} in {entry.Name}.");
            return ExitCode.Findings;
        }

        return ExitCode.Ok;
    }

    /// <summary>What would fail after a long run is found before it.</summary>
    private static void CheckFiles(RunOptions options)
    {
        foreach (BufferArgument argument in options.Arguments.OfType<BufferArgument>())
        {
            if (argument.InFile != null)
            {
                UserFile.CheckReadable(argument.InFile, $"--arg {argument.Text}");
            }

            UserFile.CheckWritable(argument.OutFile, $"--arg {argument.Text}");
        }

        UserFile.CheckWritable(options.JsonFile, "--json");
    }

    private static void CheckShape(RunOptions options, PtxEntry entry)
    {
        SimulatedDeviceProperties device = options.Device;
        if (options.Block.Count > device.MaxThreadsPerBlock)
        {
            throw new ToolException(
                ExitCode.Usage, $"--block {options.Block} is {options.Block.Count} threads; a block of {device.Name} has at most {device.MaxThreadsPerBlock}.");
        }

        long shared = (long)entry.SharedBytes + options.SharedBytes;
        if (shared > device.MaxSharedBytesPerBlockOptin)
        {
            throw new ToolException(
                ExitCode.Usage,
                $"{entry.Name} would use {shared} bytes of shared memory ({entry.SharedBytes} static, {options.SharedBytes} by --shared); {device.Name} "
                + $"has {device.MaxSharedBytesPerBlockOptin} per block.");
        }
    }

    private static (ulong Address, long Bytes) Upload(DeviceMemory memory, BufferArgument argument)
    {
        long bytes = argument.InFile is null ? argument.Bytes : new FileInfo(argument.InFile).Length;

        // An empty file still has an address that the kernel may compare and must not touch.
        if (!memory.TryAllocate(Math.Max(bytes, 1), out ulong address, argument.Text))
        {
            throw new ToolException(
                ExitCode.DeviceFault, $"--arg {argument.Text} needs {bytes} bytes of device memory; {memory.Free} of {memory.Capacity} are free.");
        }

        if (argument.InFile is null)
        {
            memory.Fill(address, 0, 1, bytes);
            return (address, bytes);
        }

        using FileStream file = File.OpenRead(argument.InFile);
        var piece = new byte[Math.Clamp(bytes, 1, 1 << 20)];
        for (long offset = 0; offset < bytes;)
        {
            int read = file.Read(piece, 0, (int)Math.Min(piece.Length, bytes - offset));
            if (read == 0)
            {
                throw new ToolException(ExitCode.InputOutput, $"'{argument.InFile}' became shorter while it was read.");
            }

            memory.CopyIn(address + (ulong)offset, piece.AsSpan(0, read));
            offset += read;
        }

        return (address, bytes);
    }

    private static void Download(DeviceMemory memory, ulong address, long bytes, string path, string option)
    {
        using FileStream file = UserFile.Create(path, option);
        var piece = new byte[Math.Clamp(bytes, 1, 1 << 20)];
        for (long offset = 0; offset < bytes; offset += piece.Length)
        {
            int count = (int)Math.Min(piece.Length, bytes - offset);
            memory.CopyOut(piece.AsSpan(0, count), address + (ulong)offset);
            file.Write(piece, 0, count);
        }
    }
}
