using System.Text;
using WrnEngine.Training.Experiments;
using WrnEngine.Training.Experiments.Description;

namespace WrnEngine.Tests.Training.Experiments;

/// <summary>Descriptions of experiments.</summary>
internal static class Descriptions
{
    /// <summary>Depth against width, with twins, as the paper's table 4 has it.</summary>
    public const string Table = """
        {
          // Comments and trailing commas are allowed.
          "title": "Depth against width", "source": "table 4", "about": "What widening does.",
          "datasets": ["cifar10", "cifar100"],
          "options": { "augment": "crop-flip", "batchSize": 128 },
          "measures": ["error", "stepTime", "blocks"],
          "twins": [ { "width": 0.5 }, { "width": 0.25, "blocks": 0.5 }, ],
          "leastEpochs": 4, "stepTimeBatchSize": 16, "share": 20,
          "rows": [
            { "name": "WRN-40-1", "options": { "depth": 40, "k": 1 }, "paper": { "cifar10": 6.85, "cifar100": 30.89 }, "paperParameters": 0.6 },
            { "name": "WRN-40-4", "options": { "depth": 40, "k": 4 }, "paper": { "cifar10": 4.97, "cifar100": null }, "paperMilliseconds": 85, "note": "A note." },
            { "name": "WRN-16-8", "options": { "depth": 16, "k": 8 }, "datasets": ["cifar10"] },
          ],
          "claims": [
            { "name": "widening", "says": "Wider is better.", "source": "section 3", "kind": "lower", "pairs": [["WRN-40-4", "WRN-40-1"]], "margin": 0.5 },
            { "name": "idle", "says": "Some blocks do little.", "source": "section 1", "kind": "idleBlocks", "pairs": [["WRN-40-1"]], "margin": 0.1 },
          ],
          "inconsistencies": ["The paper prints two numbers."],
        }
        """;

    /// <summary>Two rows that are trained in no time, on a folder of tiny images.</summary>
    /// <param name="epochs">The length of the recipe.</param>
    /// <param name="measures">What is measured.</param>
    /// <param name="second">Further options of the second row.</param>
    public static string Tiny(int epochs = 3, string measures = "\"error\"", string second = "") => $$"""
        {
          "title": "Two tiny networks", "source": "a test", "datasets": ["folder"], "measures": [{{measures}}], "leastEpochs": 1,
          "options": { "depth": 10, "batchSize": 8, "augment": "crop-flip", "epochs": {{epochs}}, "dropout": 0.3 },
          "rows": [
            { "name": "narrow", "options": { "k": 0.25 } },
            { "name": "wide!", "options": { "k": 0.5{{second}} } }
          ]
        }
        """;

    /// <summary>Reads one.</summary>
    public static Experiment Read(string json, string name = "tiny") => DescriptionReader.Read(name, $"{name}.json", Encoding.UTF8.GetBytes(json));
}
