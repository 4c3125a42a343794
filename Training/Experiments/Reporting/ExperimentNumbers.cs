using WrnEngine.Training.Experiments.Judgement;
using WrnEngine.Training.Experiments.Results;

namespace WrnEngine.Training.Experiments.Reporting;

/// <summary>Numbers of experiments as text: the same on the console, on the page and in the document.</summary>
internal static class ExperimentNumbers
{
    private const double HoursFrom = 120, DaysFrom = 48;

    /// <summary>A percentage; "-" where it is none.</summary>
    public static string Error(double error) => double.IsFinite(error) ? $"{error:F2}" : "-";

    /// <summary>"5.33 ± 0.12 (3)": mean, deviation, number of seeds; "(2 of 3)" where some are missing.</summary>
    public static string Errors(Summary errors, int seeds)
    {
        string spread = double.IsFinite(errors.Deviation) ? $" ± {errors.Deviation:F2}" : "";
        string count = errors.Count < seeds ? $"{errors.Count} of {seeds}" : $"{errors.Count}";
        return $"{Error(errors.Mean)}{spread} ({count})";
    }

    /// <summary>Millions as the paper prints them.</summary>
    public static string Millions(double millions) => $"{millions:0.0##}M";

    /// <summary>1e9 multiply-adds.</summary>
    public static string Giga(long macs) => Significant(macs / 1e9);

    /// <summary>Three digits that count, without an exponent.</summary>
    public static string Significant(double value) => value switch
    {
        0 => "0",
        _ when !double.IsFinite(value) => "-",
        _ => value.ToString($"F{Math.Clamp(2 - (int)Math.Floor(Math.Log10(Math.Abs(value))), 0, 9)}", null),
    };

    /// <summary>The median time of a step, in milliseconds.</summary>
    public static double StepMilliseconds(StepTime time) => 1e3 * Summary.Of(time.Seconds).Median;

    /// <summary>The median time of a step of so many images for each 1e9 multiply-adds of an image's forward pass, in milliseconds.</summary>
    public static double MillisecondsPerGiga(CellResult cell, int batchSize) => 1e12 * TimeJudge.Times(cell).Median * batchSize;

    /// <summary>"20 minutes", "3.5 hours", "9 days".</summary>
    public static string Span(TimeSpan time) =>
        time.TotalMinutes < HoursFrom ? Counted(time.TotalMinutes, "minute")
        : time.TotalHours < DaysFrom ? Counted(time.TotalHours, "hour")
        : Counted(time.TotalDays, "day");

    private static string Counted(double value, string unit)
    {
        string text = value.ToString(value < 10 ? "0.#" : "N0", null);
        return $"{text} {unit}{(text == "1" ? "" : "s")}";
    }
}
