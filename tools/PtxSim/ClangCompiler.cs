using System.ComponentModel;
using System.Diagnostics;
using WrnEngine.Kernels.Simulator.Machine;

namespace WrnEngine.Tools.PtxSim;

/// <summary>
/// Compiles a .cu file to PTX with clang, without a CUDA SDK: small headers of our own stand in for the SDK's. Only device code counts:
/// host code that does not compile here (libraries that are not installed, functions that the headers do not declare) is left out.
/// </summary>
internal static class ClangCompiler
{
    /// <summary>Environment variable with the clang to use.</summary>
    public const string PathVariable = "WRN_CLANG";

    private const int MaxRounds = 40;

    // From here on, host functions go as a whole where single statements did not help.
    private const int WholeFunctionsFrom = 12;

    private static readonly string[] Names = ["clang-19", "clang-20", "clang-21", "clang-18", "clang"];

    /// <summary>The PTX text.</summary>
    /// <param name="path">The .cu file.</param>
    /// <param name="device">Device to compile for.</param>
    /// <param name="options">Further options for clang: include paths and definitions.</param>
    /// <param name="notes">Where it is said what was left out.</param>
    /// <exception cref="ToolException">No clang is installed, or the device code does not compile.</exception>
    public static string Compile(string path, SimulatedDeviceProperties device, IReadOnlyList<string> options, TextWriter notes)
    {
        using var repair = new HostCodeRepair(path);
        string output = Path.Combine(repair.Folder, "output.ptx");
        string clang = Find();
        for (int round = 0; ; round++)
        {
            if (Run(clang, Arguments(path, output, device, options, repair), out string errors) == 0)
            {
                if (repair.Note is { } note)
                {
                    notes.WriteLine($"ptxsim: note: {note}");
                }

                return File.ReadAllText(output);
            }

            if (round == MaxRounds || !repair.Apply(errors, round >= WholeFunctionsFrom))
            {
                throw new ToolException(ExitCode.BadPtx, Explain(path, errors, repair.MissingHeaders));
            }
        }
    }

    private static string Find()
    {
        string? configured = Environment.GetEnvironmentVariable(PathVariable);
        string[] candidates = string.IsNullOrEmpty(configured) ? Names : [configured];
        foreach (string clang in candidates)
        {
            try
            {
                Run(clang, ["--version"], out _);
                return clang;
            }
            catch (Win32Exception)
            {
                // Not this one.
            }
        }

        throw new ToolException(
            ExitCode.Usage,
            $"A .cu file needs clang, and none of {string.Join(", ", candidates)} could be started; install clang 19, set {PathVariable}, or pass PTX.");
    }

    private static string[] Arguments(string path, string output, SimulatedDeviceProperties device, IReadOnlyList<string> options, HostCodeRepair repair)
    {
        string headers = Path.Combine(AppContext.BaseDirectory, "include");
        return
        [
            "-x", "cuda", "--cuda-device-only", "-nocudainc", "-nocudalib",
            $"--cuda-gpu-arch=sm_{device.ComputeCapability}", $"--cuda-feature=+ptx{(device.ComputeMajor >= 9 ? 80 : 75)}",
            "-std=c++17", "-O3", "-S", "-gline-tables-only", "-fdebug-compilation-dir=.", // findings name the file as it was typed
            "-ferror-limit=0", "-fno-caret-diagnostics", "-fno-color-diagnostics",
            "-Wno-unknown-cuda-version", "-Wno-pass-failed", "-Wno-unused-command-line-argument",
            "-I", headers, "-include", Path.Combine(headers, "cuda_runtime.h"),
            .. options, .. repair.Arguments,
            "-o", output, path,
        ];
    }

    private static int Run(string program, string[] arguments, out string errors)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })
            ?? throw new Win32Exception();
        process.OutputDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode;
    }

    /// <summary>The compiler's first error, which already names file and line.</summary>
    private static string Explain(string path, string errors, IReadOnlyCollection<string> missing)
    {
        string? first = errors.Split('\n').FirstOrDefault(static line => line.Contains("error:", StringComparison.Ordinal));
        string headers = missing.Count == 0 ? "" : $" (there is no {string.Join(" and no ", missing)} here: -I DIR names a folder of headers)";
        return $"{path} does not compile: {(first ?? errors).Trim().TrimEnd('.', '?')}{headers}.";
    }
}
