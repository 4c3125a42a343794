using System.Text.Json.Nodes;
using WrnEngine.Models.Safetensors;

namespace WrnEngine.Tools.GpuCheck.Steps;

/// <summary>Whole networks trained a few steps from the same seed on each device: how far their parameters and losses are apart.</summary>
internal sealed class AgreementStep : IStep
{
    /// <summary>
    /// Rounding differs between devices, decides the mask of an activation that is near zero, and is handed on from layer to layer and step to step.
    /// A wrong kernel is off by a hundred times this.
    /// </summary>
    private const double Tolerance = 2e-3;

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    /// <inheritdoc/>
    public string Name => "agreement";

    /// <inheritdoc/>
    public void Run(StepContext context)
    {
        string device = context.Settings.Device;
        if (context.Settings.IsSmall) Compare(context, depth: 10, k: 1, batch: 4, steps: 2, device);
        else
        {
            Compare(context, depth: 10, k: 1, batch: 8, steps: 3, [.. new[] { CheckSettings.Simulator, device }.Distinct()]);
            if (!context.Settings.IsSimulated) Compare(context, depth: 16, k: 8, batch: 32, steps: 2, device);
        }
    }

    private static void Compare(StepContext context, int depth, int k, int batch, int steps, params string[] devices)
    {
        string network = $"WRN-{depth}-{k}, {steps} steps";
        string cpu = Path.Combine(context.Folder, $"wrn-{depth}-{k}-cpu");
        var (reference, referenceCommand) = Train(context, cpu, "cpu", depth, k, batch, steps);
        foreach (string device in devices)
        {
            string name = $"{network}, {device} against cpu", folder = Path.Combine(context.Folder, $"wrn-{depth}-{k}-{device.Replace(':', '-')}");
            var (run, command) = Train(context, folder, device, depth, k, batch, steps);
            if (!reference.IsOk || !run.IsOk)
            {
                context.Result.Failed(name, "relative error", reference.IsOk ? command : referenceCommand, (reference.IsOk ? run : reference).Reason);
                continue;
            }

            var (tensor, error) = Farthest(Path.Combine(cpu, "last.safetensors"), Path.Combine(folder, "last.safetensors"));
            double losses = Math.Abs((Loss(folder) / Loss(cpu)) - 1);
            if (!(error < Tolerance)) context.Result.Failed(name, "relative error", command, $"{tensor} is off by {error:G3}, and {Tolerance:G3} is allowed");
            else context.Result.Measured(name, error, "relative error", command);
            context.Result.Measured(name + ", loss", losses, "relative error", command);
        }
    }

    private static (CommandResult Result, string Command) Train(StepContext context, string folder, string device, int depth, int k, int batch, int steps)
    {
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true); // of a run that was cut off
        return context.Wrn(
            Limit, "train", "--depth", $"{depth}", "--k", $"{k}", "-b", $"{batch}", "--max-steps", $"{steps}", "--dataset", "synthetic", "--train-images", $"{batch * steps}", "--epochs", "1",
            "--lr", "0.02", "--cpu-conv", "direct", "--seed", "1", "--device", device, "--output", folder, "--result", folder + ".json");
    }

    private static double Loss(string folder) => (double)JsonNode.Parse(File.ReadAllText(folder + ".json"))!["epochs"]![0]!["trainLoss"]!;

    /// <summary>The tensor whose relative L2 distance is largest, among the network's own.</summary>
    internal static (string Tensor, double Error) Farthest(string expectedPath, string actualPath)
    {
        using var expected = SafetensorsFile.Open(expectedPath);
        using var actual = SafetensorsFile.Open(actualPath);
        (string Tensor, double Error) farthest = ("", 0);
        foreach (var info in expected.Tensors.Where(t => t.DType == SafetensorsDType.F32))
        {
            float[] x = expected.ReadFloats(info);
            float[] y = actual.ReadFloats(actual.Find(info.Name) ?? throw new InvalidDataException($"{actualPath} has no {info.Name}"));
            double norm = Math.Sqrt(x.Sum(v => (double)v * v)), distance = Math.Sqrt(x.Zip(y, (a, b) => ((double)a - b) * ((double)a - b)).Sum());
            double error = norm > 0 ? distance / norm : distance;
            if (!(error <= farthest.Error)) farthest = (info.Name, error); // also when it is not a number
            if (double.IsNaN(error)) break;
        }

        return farthest;
    }
}
