using WrnEngine.Training.Experiments;
using WrnEngine.Training.Experiments.Planning;
using WrnEngine.Training.Experiments.Results;
using WrnEngine.Training.Runs;

namespace WrnEngine.Tests.Training.Experiments.Reporting;

/// <summary>Results of experiments as a runner would leave them, made up.</summary>
internal static class ExperimentSamples
{
    public const string Hostile = "<script>alert('x')</script>|`_*[a](b)\n# b\u001b[31m";

    private static readonly double[] Spread = [-0.31, 0.12, 0.19, -0.22, 0.22];

    private static readonly (string Name, long Parameters, double GigaMacs, double Millions, double Cifar10, double? Cifar100)[] Table4Rows =
    [
        ("WRN-40-1", 563_930, 0.083, 0.6, 6.85, 30.89), ("WRN-40-2", 2_243_546, 0.328, 2.2, 5.33, 26.04), ("WRN-40-4", 8_949_210, 1.299, 8.9, 4.97, 22.89),
        ("WRN-40-8", 35_748_314, 5.172, 35.7, 4.66, null), ("WRN-28-10", 36_479_194, 5.243, 36.5, 4.17, 20.50), ("WRN-16-8", 10_961_370, 1.548, 11.0, 4.81, 22.07),
    ];

    /// <summary>Depth and width: by the paper's recipe, with its figures nearly met, or on a budget.</summary>
    /// <param name="isAsPaper">In full.</param>
    /// <param name="done">Seeds that are done, of three.</param>
    /// <param name="missing">Why WRN-40-8 is not run, if it is not.</param>
    public static ExperimentResults Table4(bool isAsPaper = false, int done = 3, string? missing = null)
    {
        var rows = Table4Rows.Select(r => new ExperimentRow(r.Name, [], new Dictionary<string, double?> { ["cifar10"] = r.Cifar10, ["cifar100"] = r.Cifar100 })
        {
            PaperParameters = r.Millions,
        }).ToList();
        var experiment = new Experiment(
            "table4", "Depth against width", "table 4, section 3", "Networks of different depth and width that are trained alike: does width help at every depth, and can it stand in for depth?",
            ["cifar10", "cifar100"], [], rows,
            [
                new Claim("widening", "Widening lowers the test error at every depth.", "table 4, section 3", ClaimKind.Lower,
                    [("WRN-40-2", "WRN-40-1"), ("WRN-40-4", "WRN-40-2"), ("WRN-40-8", "WRN-40-4")]),
                new Claim("depth-for-width", "A wide network of 16 layers is no worse than a thinner one of 40.", "table 4, section 3", ClaimKind.NotWorse, [("WRN-16-8", "WRN-40-4")], 0.5),
                new Claim("deepest", "The thinnest deep network is better than WRN-28-10.", "made up for this page", ClaimKind.Lower, [("WRN-40-1", "WRN-28-10")]),
            ],
            ["The text says that widening always helps, but WRN-22-8 to WRN-22-10 goes from 4.38 % to 4.44 % on CIFAR-10."])
        {
            Measures = ExperimentMeasures.Error | ExperimentMeasures.Curve,
            Sha256 = new string('a', 64),
        };
        int epochs = isAsPaper ? 200 : 8;
        double factor = isAsPaper ? 1 : 1.0 / 16;
        var cells = Table4Rows.SelectMany(r => experiment.Datasets, (r, dataset) => (r, dataset)).Select(p => new PlannedCell(
            rows.Single(row => row.Name == p.r.Name), p.dataset, isAsPaper ? p.r.Name : Twin(p.r.Name), (long)(p.r.Parameters * factor), (long)(p.r.GigaMacs * 1e9 * factor), epochs,
            1000, 20, p.r.Name == "WRN-40-8" ? p.dataset == "cifar100" ? missing ?? "the paper has no figure for it" : missing : null));
        var plan = new ExperimentPlan(
            experiment, isAsPaper ? null : 20, isAsPaper ? TwinScale.Full : new TwinScale(0.25, 1), isAsPaper ? null : 12_800, [1, 2, 3], [.. cells]);
        return new ExperimentResults(plan, [.. plan.Cells.Select(Result)], $"wrn experiment table4{(isAsPaper ? " --full" : " --minutes 20")} --device cpu --output runs/table4");

        CellResult Result(PlannedCell cell, int place)
        {
            double paper = cell.Row.Paper[cell.Dataset] ?? 21;
            double error = isAsPaper ? paper + 0.14 : paper + 24 - (place % 3 * 0.4);
            return new CellResult(cell, cell.Missing is not null ? [] : [.. plan.Seeds.Take(done).Select((s, i) => Run(cell, s, error + Spread[i] + (0.03 * place)))], null);
        }
    }

    /// <summary>Times of steps of thin and wide networks; nothing is trained.</summary>
    public static ExperimentResults StepTimes(double thin = 0.34)
    {
        (string Name, long Macs, double Milliseconds)[] rows = [("thin 164", 254_000_000, 85), ("thin 1001", 1_610_000_000, 512), ("WRN-40-4", 1_299_000_000, 68), ("WRN-28-10", 5_243_000_000, 312)];
        var experiment = new Experiment(
            "figure4", "Time of a training step", "figure 4, section 3", "Forward and backward of 32 images: wide networks have more work for each layer, which parallel hardware does faster.", ["cifar10"], [],
            [.. rows.Select(r => new ExperimentRow(r.Name, [], new Dictionary<string, double?>()) { PaperMilliseconds = r.Milliseconds })],
            [new Claim("efficient", "Wide networks do more multiply-adds a second than thin ones.", "figure 4", ClaimKind.FasterPerMac, [("WRN-40-4", "thin 164"), ("WRN-28-10", "thin 1001")], 1.5)],
            ["The error labels of the bars agree with no table."])
        {
            Measures = ExperimentMeasures.StepTime,
        };
        var cells = rows.Select((r, i) => new PlannedCell(experiment.Rows[i], "cifar10", r.Name, r.Macs / 60, r.Macs, 0, 0, 0, null)).ToList();
        var plan = new ExperimentPlan(experiment, null, TwinScale.Full, null, [1], cells);
        return new ExperimentResults(
            plan, [.. cells.Select(c => new CellResult(c, [], Steps(c, c.Row.Name.StartsWith("thin", StringComparison.Ordinal) ? thin : 0.06)))], "wrn experiment figure4 --device cpu");

        static StepTime Steps(PlannedCell cell, double secondsPerGiga) =>
            new([.. Enumerable.Range(0, 20).Select(i => cell.Macs / 1e9 * secondsPerGiga * (1 + (0.01 * ((i * 7) % 9))))], 32) { Network = cell.Network, Macs = cell.Macs };
    }

    /// <summary>Blocks of a deep and a shallow network.</summary>
    public static ExperimentResults Blocks()
    {
        (string Name, int Blocks)[] rows = [("WRN-40-1", 18), ("WRN-16-4", 6)];
        var experiment = new Experiment(
            "blocks", "What residual blocks add", "section 1", "A deep network can leave its blocks idle, since the shortcut carries everything past them.", ["cifar10"], [],
            [.. rows.Select(r => new ExperimentRow(r.Name, [], new Dictionary<string, double?>()))],
            [new Claim("idle", "In a deep thin network some blocks add next to nothing.", "section 1", ClaimKind.IdleBlocks, [("WRN-40-1", "WRN-40-1")], 0.1)], [])
        {
            Measures = ExperimentMeasures.Error | ExperimentMeasures.Blocks,
        };
        var cells = rows.Select((r, i) => new PlannedCell(experiment.Rows[i], "cifar10", r.Name, 500_000, 80_000_000, 4, 800, 30, null)).ToList();
        var plan = new ExperimentPlan(experiment, 2.5, TwinScale.Full, 5000, [1, 2], cells);
        return new ExperimentResults(plan, [.. cells.Select((c, i) => new CellResult(c, [.. plan.Seeds.Select(s => Run(c, s, 40 + s) with { Blocks = Measured(rows[i].Blocks, (int)s) })], null))], "wrn experiment blocks --minutes 2.5");

        static BlockResult[] Measured(int count, int seed) =>
        [
            .. Enumerable.Range(0, count).Select(b => new BlockResult(
                $"group{1 + (3 * b / count)}.block{b % (count / 3)}", b == 0 ? null : 0.03 + (0.9 / b) + (0.01 * seed), 40 + (30.0 / (b + 1)) - 2, 40)),
        ];
    }

    /// <summary>As many rows as one wants, each name longer than the last.</summary>
    public static ExperimentResults Many(int rows)
    {
        var experiment = new Experiment(
            "many", "Very many rows", "nowhere", "A table that is too long.", ["synthetic"], [],
            [.. Enumerable.Range(0, rows).Select(i => new ExperimentRow($"row-{i}-{new string('w', i % 40)}", [], new Dictionary<string, double?> { ["synthetic"] = 20 + (i % 7) }))],
            [new Claim("order", "Each is better than the one after the next.", "nowhere", ClaimKind.Lower, [.. Enumerable.Range(0, rows - 1).Select(i => (Name(i), Name(i + 1)))])], [])
        {
            Measures = ExperimentMeasures.Error | ExperimentMeasures.Curve,
        };
        var cells = experiment.Rows.Select(r => new PlannedCell(r, "synthetic", r.Name, 100_000, 1_000_000, 60, 100, 1, null)).ToList();
        var plan = new ExperimentPlan(experiment, 60, new TwinScale(0.5, 0.5), 1000, [1, 2, 3, 4, 5], cells);
        return new ExperimentResults(plan, [.. cells.Select((c, i) => new CellResult(c, [.. plan.Seeds.Select((s, k) => Run(c, s, 20 + (0.5 * i) + (0.9 * Spread[k])))], null))], "wrn experiment many");

        static string Name(int i) => $"row-{i}-{new string('w', i % 40)}";
    }

    /// <summary>Names and sentences that would be markup.</summary>
    public static ExperimentResults HostileNames()
    {
        var experiment = new Experiment(
            Hostile, Hostile, Hostile, Hostile, [Hostile], [],
            [.. Enumerable.Range(0, 2).Select(i => new ExperimentRow(Hostile + i, [], new Dictionary<string, double?> { [Hostile] = 5 + i }) { Note = Hostile })],
            [new Claim(Hostile, Hostile, Hostile, ClaimKind.Lower, [(Hostile + 0, Hostile + 1)])], [Hostile])
        {
            Measures = ExperimentMeasures.Error | ExperimentMeasures.Curve | ExperimentMeasures.Blocks,
        };
        var cells = experiment.Rows.Select(r => new PlannedCell(r, Hostile, Hostile, 1000, 1000, 2, 1, 1, null)).ToList();
        var plan = new ExperimentPlan(experiment, 1, TwinScale.Full, null, [1, 2], cells);
        return new ExperimentResults(
            plan, [.. cells.Select((c, i) => new CellResult(c, [.. plan.Seeds.Select(s => Run(c, s, 10 + i + (0.1 * s)) with { Blocks = [new BlockResult(Hostile, 0.5, 50, 40)] })], null))],
            "wrn </pre>```" + Hostile);
    }

    /// <summary>Two rows with given errors, for one claim.</summary>
    public static ExperimentResults Pair(Claim claim, double[] first, double[] second, int seeds, string dataset = "cifar10", string? missing = null)
    {
        ExperimentRow[] rows = [new("A", [], new Dictionary<string, double?>()), new("B", [], new Dictionary<string, double?>())];
        var experiment = new Experiment("pair", "A pair", "section 3", "Two rows.", [dataset], [], rows, [claim], []);
        var cells = rows.Select(r => new PlannedCell(r, dataset, r.Name, 1000, 1_000_000, 8, 100, 1, r.Name == "B" ? missing : null)).ToList();
        var plan = new ExperimentPlan(experiment, 5, new TwinScale(0.5, 1), 1000, [.. Enumerable.Range(1, seeds).Select(s => (ulong)s)], cells);
        double[][] errors = [first, second];
        return new ExperimentResults(plan, [.. cells.Select((c, i) => new CellResult(c, [.. errors[i].Select((e, s) => Run(c, (ulong)s + 1, e))], null))], "wrn experiment pair");
    }

    /// <summary>The same without the training of a row.</summary>
    public static ExperimentResults Untrained(ExperimentResults results, string row)
    {
        CellResult[] cells = [.. results.Cells.Select(c => c.Cell.Row.Name == row ? new CellResult(c.Cell with { Epochs = 0 }, [], null) : c)];
        return results with { Cells = cells, Plan = results.Plan with { Cells = [.. cells.Select(c => c.Cell)] } };
    }

    /// <summary>Rows with given errors, and no claim.</summary>
    public static ExperimentResults Rows(params double[][] errors)
    {
        ExperimentRow[] rows = [.. errors.Select((_, i) => new ExperimentRow($"row {i}", [], new Dictionary<string, double?>()))];
        var experiment = new Experiment("rows", "Rows", "section 3", "Some rows.", ["cifar10"], [], rows, [], []);
        var cells = rows.Select(r => new PlannedCell(r, "cifar10", r.Name, 1000, 1_000_000, 8, 100, 1, null)).ToList();
        var plan = new ExperimentPlan(experiment, 5, TwinScale.Full, 1000, [1, 2, 3], cells);
        return new ExperimentResults(plan, [.. cells.Select((c, i) => new CellResult(c, [.. errors[i].Select((e, s) => Run(c, (ulong)s + 1, e))], null))], "wrn experiment rows");
    }

    /// <summary>A run whose error falls to the given one.</summary>
    public static SeedResult Run(PlannedCell cell, ulong seed, double error)
    {
        var epochs = Enumerable.Range(1, cell.Epochs).Select(e => new EpochRecord(
            e, 0.1f, 1, error, null, null, 1, error + ((90 - error) * Math.Pow(1 - ((double)e / cell.Epochs), 3)), 2.5));
        return new SeedResult(seed, $"runs/{cell.Network}-{cell.Dataset}-seed{seed}", error, [.. epochs], []);
    }

    private static string Twin(string name) => name[..(name.LastIndexOf('-') + 1)] + $"{double.Parse(name[(name.LastIndexOf('-') + 1)..]) / 4:0.##}";
}
