using System.Text.Json.Nodes;
using Spectre.Console;
using WrnEngine.Training.CommandLine;
using WrnEngine.Training.Data;
using WrnEngine.Training.Prediction;

namespace WrnEngine.Training.Verbs;

/// <summary><c>wrn predict</c>: what pictures show, in a network's opinion.</summary>
internal static class PredictVerb
{
    /// <summary>The verb.</summary>
    public static Verb Verb { get; } = new(
        "predict", "say what pictures show", "docs/samples/fashion --checkpoint wrn-16-1-fashion-mnist", Run, PredictOptions.Group, DeviceOptions.PlainGroup)
    {
        Operands = PredictOptions.Pictures,
    };

    private static int Run(ParsedOptions options, Terminal terminal)
    {
        using var stop = StopSignal.OfProcess();
        string path = TrainedNetworks.Resolve(options.Get(EvalOptions.Checkpoint)
            ?? throw new UserException(ExitCode.Usage, "predict needs --checkpoint with a checkpoint file, a run folder or the name of a trained network."));
        using var device = DeviceChoice.Create(options);
        using var predictor = new Predictor(path, device);
        IPredictionOutput output = options.Get(PredictOptions.Json) ? new PredictionLines(terminal) : new PredictionTable(terminal);
        int exitCode = ExitCode.Ok, top = Math.Min(options.Get(PredictOptions.Top), predictor.State.Model.NumClasses);
        var files = new List<string>();
        var images = new List<byte[]>();
        foreach (string file in Readable(options.Operands, Fail))
        {
            if (stop.IsRequested) break;
            try
            {
                images.Add(predictor.Input.ReadPixels(file));
                files.Add(file);
            }
            catch (DatasetException e)
            {
                Fail(e);
            }

            if (images.Count == options.Get(PredictOptions.BatchSize)) Flush();
        }

        Flush();
        output.Finish();
        return stop.IsRequested ? stop.ExitCode : exitCode;

        void Flush()
        {
            if (images.Count == 0) return;
            foreach (var (file, scores) in files.Zip(predictor.Predict(images, top))) output.Write(file, scores);
            files.Clear();
            images.Clear();
        }

        // The others are predicted all the same; a picture that is none outweighs one that isn't there.
        void Fail(DatasetException error)
        {
            terminal.Error.WriteLine($"wrn: {SafeText.Of(error.Message)}");
            exitCode = Math.Max(exitCode, error.Error == DatasetError.Invalid ? ExitCode.BadData : ExitCode.InputOutput);
        }
    }

    private static IEnumerable<string> Readable(IReadOnlyList<string> arguments, Action<DatasetException> fail)
    {
        foreach (string argument in arguments)
        {
            IEnumerable<string> files = [];
            try
            {
                files = PictureList.Files(argument);
            }
            catch (DatasetException e)
            {
                fail(e);
            }

            foreach (string file in files) yield return file;
        }
    }

    /// <summary>Takes predictions in order.</summary>
    private interface IPredictionOutput
    {
        void Write(string file, ClassScore[] scores);

        void Finish();
    }

    /// <summary>One JSON object a line, as soon as it is known; names are escaped by the format.</summary>
    private sealed class PredictionLines(Terminal terminal) : IPredictionOutput
    {
        public void Write(string file, ClassScore[] scores)
        {
            var line = new JsonObject
            {
                ["file"] = file,
                ["predictions"] = new JsonArray([.. scores.Select(s => new JsonObject { ["class"] = s.Name, ["index"] = s.Index, ["probability"] = s.Probability })]),
            };
            terminal.Out.WriteLine(line.ToJsonString());
        }

        public void Finish()
        {
        }
    }

    /// <summary>A table at the end: its columns are as wide as the longest name.</summary>
    private sealed class PredictionTable(Terminal terminal) : IPredictionOutput
    {
        private readonly Table _table = new Table().Border(TableBorder.Simple)
            .AddColumn("Picture").AddColumn("Class").AddColumn(new TableColumn("Probability").RightAligned());

        public void Write(string file, ClassScore[] scores)
        {
            for (int i = 0; i < scores.Length; i++)
                _table.AddRow(Markup.Escape(i == 0 ? SafeText.Of(file) : ""), Markup.Escape(SafeText.Of(scores[i].Name)), $"{100 * scores[i].Probability:F1} %");
        }

        public void Finish()
        {
            if (_table.Rows.Count > 0) terminal.Ansi.Write(_table);
        }
    }
}
