using WrnEngine.Models;
using WrnEngine.Training.CommandLine;
using WrnEngine.Training.Data;
using WrnEngine.Training.Explain;
using WrnEngine.Training.Prediction;
using WrnEngine.Training.Reporting.Pages;
using WrnEngine.Training.Runs;

namespace WrnEngine.Training.Verbs;

/// <summary><c>wrn explain</c>: a page that shows how a network computes.</summary>
internal static class ExplainVerb
{
    /// <summary>The verb.</summary>
    public static Verb Verb { get; } = new(
        "explain", "show how a network computes, from the architecture down to one warp, as an HTML page", "--checkpoint wrn-10-1-synthetic --image test:3", Run,
        ExplainOptions.Group, NetworkOptions.Group, new OptionGroup("Data", DataOptions.Dataset, DataOptions.DataDir, DataOptions.ImageSize, DataOptions.DataSeed),
        new OptionGroup("Device", DeviceOptions.Threads));

    private static int Run(ParsedOptions options, Terminal terminal)
    {
        string output = options.Get(ExplainOptions.Output);
        string? checkpoint = options.Get(EvalOptions.Checkpoint), image = options.Get(ExplainOptions.Image);
        if (checkpoint is null != image is null)
        {
            throw new UserException(
                ExitCode.Usage, checkpoint is null ? "--image needs --checkpoint with the network that is to look at it." : "--checkpoint needs --image with the picture to follow through the network.");
        }

        WriteCheck.File(output, "--output");
        var page = checkpoint is null ? OfNetwork(options) : OfCheckpoint(TrainedNetworks.Resolve(checkpoint), image!, options);
        page.Save(output);
        terminal.Out.WriteLine($"{output}  {new FileInfo(output).Length / 1e6:F2} MB; open it in a browser");
        return ExitCode.Ok;
    }

    private static HtmlPage OfNetwork(ParsedOptions options)
    {
        var network = Settings.Network(options);
        bool isHundred = !network.Architecture.IsForImageNet && options.Get(DataOptions.Dataset) == CifarLayout.Cifar100.Key;
        network = network with { NumClasses = isHundred ? 100 : network.Architecture.ClassCount };
        int side = options.Get(DataOptions.ImageSize) ?? network.Architecture.ImageSize;
        return ExplainPage.Of(new NetworkStudy(network, side, side), null);
    }

    private static HtmlPage OfCheckpoint(string path, string image, ParsedOptions options)
    {
        foreach (var setting in NetworkOptions.Group.Settings)
            if (options.IsGiven(setting)) throw new UserException(ExitCode.Usage, $"{setting.Name} and --checkpoint do not go together: the checkpoint says which network it holds.");
        using var device = new Devices.Cpu.CpuDevice(options.Get(DeviceOptions.Threads));
        using var predictor = new Predictor(path, device);
        var subject = ExplainSubject.Load(predictor, image, options.Get(ExplainOptions.Images), options);
        var network = new NetworkStudy(predictor.State.Model, predictor.Input.Height, predictor.Input.Width);
        return ExplainPage.Of(network, ImageStudy.Of(network, subject));
    }
}
