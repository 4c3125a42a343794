using System.ComponentModel;
using System.Diagnostics;
using WrnEngine.Kernels.Simulator.Machine;

namespace WrnEngine.Tools.PtxSim;

/// <summary>Compiles a .cu file to PTX with clang, without a CUDA SDK: small headers of our own stand in for the SDK's.</summary>
internal static class ClangCompiler
{
    /// <summary>Environment variable with the clang to use.</summary>
    public const string PathVariable = "WRN_CLANG";

    private static readonly string[] Names = ["clang-19", "clang-20", "clang-21", "clang-18", "clang"];

    /// <summary>The PTX text.</summary>
    /// <exception cref="ToolException">No clang is installed, or the file does not compile.</exception>
    public static string Compile(string path, SimulatedDeviceProperties device)
    {
        string output = Path.GetTempFileName();
        try
        {
            string errors = "";
            string? configured = Environment.GetEnvironmentVariable(PathVariable);
            string[] candidates = string.IsNullOrEmpty(configured) ? Names : [configured];
            foreach (string clang in candidates)
            {
                if (Run(clang, Arguments(path, output, device), out int exitCode, out errors))
                {
                    return exitCode == 0 ? File.ReadAllText(output) : throw new ToolException(ExitCode.BadPtx, Explain(path, errors));
                }
            }

            throw new ToolException(
                ExitCode.Usage,
                $"A .cu file needs clang, and none of {string.Join(", ", candidates)} could be started; install clang 19, set {PathVariable}, or pass PTX.");
        }
        finally
        {
            File.Delete(output);
        }
    }

    private static string[] Arguments(string path, string output, SimulatedDeviceProperties device)
    {
        string headers = Path.Combine(AppContext.BaseDirectory, "include");
        return
        [
            "-x", "cuda", "--cuda-device-only", "-nocudainc", "-nocudalib",
            $"--cuda-gpu-arch=sm_{device.ComputeCapability}", $"--cuda-feature=+ptx{(device.ComputeMajor >= 9 ? 80 : 75)}",
            "-std=c++17", "-O3", "-S", "-gline-tables-only", "-fdebug-compilation-dir=.", // findings name the file as it was typed
            "-Wno-unknown-cuda-version", "-Wno-pass-failed", "-Wno-unused-command-line-argument",
            "-I", headers, "-include", Path.Combine(headers, "cuda_runtime.h"),
            "-o", output, path,
        ];
    }

    private static bool Run(string program, string[] arguments, out int exitCode, out string errors)
    {
        exitCode = 0;
        errors = "";
        try
        {
            using Process? process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true });
            if (process is null)
            {
                return false;
            }

            errors = process.StandardError.ReadToEnd();
            process.WaitForExit();
            exitCode = process.ExitCode;
            return true;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }

    /// <summary>The compiler's first error, which already names file and line.</summary>
    private static string Explain(string path, string errors)
    {
        string? first = errors.Split('\n').FirstOrDefault(static line => line.Contains("error:", StringComparison.Ordinal));
        return $"{path} does not compile: {(first ?? errors).Trim().TrimEnd('.', '?')}.";
    }
}
