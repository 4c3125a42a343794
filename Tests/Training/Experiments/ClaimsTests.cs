using System.CommandLine;
using WrnEngine.Tests.Training.Data;
using WrnEngine.Tests.Training.Processes;
using WrnEngine.Training;
using WrnEngine.Training.CommandLine;
using WrnEngine.Training.Experiments;
using WrnEngine.Training.Experiments.Planning;
using WrnEngine.Training.Verbs;

namespace WrnEngine.Tests.Training.Experiments;

/// <summary>Several experiments in one budget.</summary>
[Category("Training")]
public class ClaimsTests
{
    [Test]
    public void EachGetsItsShareAndWhatOthersLeave()
    {
        using var data = new TinyImages();
        using var folder = new TempFolder();
        const int Endless = 100_000_000;
        Experiment[] experiments =
        [
            Descriptions.Read(Descriptions.Tiny().Replace("\"leastEpochs\"", "\"share\": 10, \"leastEpochs\""), "first"),
            Descriptions.Read(Descriptions.Tiny(Endless).Replace("\"leastEpochs\": 1", $"\"share\": 60, \"leastEpochs\": {Endless}"), "endless"),
            Descriptions.Read(Descriptions.Tiny(2).Replace("\"leastEpochs\"", "\"share\": 30, \"leastEpochs\""), "last"),
        ];
        string[] arguments = ["claims", "--budget", "100", "--seeds", "1", "--data-dir", data.Path, "--threads", "1", "--output", folder["all"]];
        var (code, output) = Run([.. arguments, "--dry-run"], experiments);
        Assert.That((code, Directory.Exists(folder["all"])), Is.EqualTo((ExitCode.Ok, false)), output);

        (code, output) = Run(arguments, experiments);
        Assert.That(code, Is.EqualTo(ExitCode.Ok), output);
        Assert.That(output, Does.Contain("3 experiments, ").And.Match(@"Not run on folder: endless needs at least \d+ minutes on this machine\.").And.Contain("(none left)"));
        Assert.That(Directory.GetDirectories(folder["all"]).Select(d => Path.GetFileName(d)!).Order(), Is.EqualTo(experiments.Select(e => e.Name).Order()));
        var request = new PlanRequest(null, [1], null) { OfMinutes = 100 };
        var plans = experiments.ToDictionary(e => e.Name, e => ExperimentPlanFile.Read(folder[$"all/{e.Name}"], e, request)!);
        Assert.That(plans["first"].BudgetMinutes, Is.EqualTo(10));
        Assert.That(plans["endless"].BudgetMinutes, Is.InRange(59, 60 * 100 / 90.0), "six ninths of what the first has left");
        Assert.That(plans["last"].BudgetMinutes, Is.InRange(95, 100), "all that is left");

        (code, output) = Run(arguments, experiments);
        Assert.That((code, output.Contains("seed 1  error")), Is.EqualTo((ExitCode.Ok, false)), "nothing is done twice: " + output);
    }

    private static (int ExitCode, string Output) Run(string[] arguments, Experiment[] experiments)
    {
        var command = new Command(ClaimsVerb.Verb.Name);
        foreach (var setting in ClaimsVerb.Verb.Settings) command.Options.Add(setting.Option);
        var root = new RootCommand { command };
        using var output = new StringWriter();
        var options = new ParsedOptions(root.Parse(arguments), ClaimsVerb.Verb.Settings);
        return (ClaimsVerb.Run(options, new Terminal(output, output, isLive: false), experiments), output.ToString());
    }
}
