using System.Globalization;
using System.Text.RegularExpressions;

namespace WrnEngine.Training.CommandLine;

/// <summary>Durations as one types them: <c>90s</c>, <c>10m</c>, <c>1h30m</c>.</summary>
internal static partial class DurationText
{
    private const int LongestHours = 1_000_000; // a century or so

    /// <summary>Reads one; null for anything else, and for no time at all.</summary>
    public static TimeSpan? Parse(string text)
    {
        var match = Pattern().Match(text);
        if (!match.Success) return null;
        double hours = Number("h"), minutes = Number("m"), seconds = Number("s");
        double total = (hours * 3600) + (minutes * 60) + seconds;
        return total > 0 && total <= LongestHours * 3600.0 ? TimeSpan.FromSeconds(total) : null;

        double Number(string unit) => match.Groups[unit] is { Success: true } g ? double.Parse(g.Value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture) : 0;
    }

    /// <summary>Writes one so that it can be read again.</summary>
    public static string Of(TimeSpan time)
    {
        double seconds = (time - TimeSpan.FromMinutes(Math.Floor(time.TotalMinutes))).TotalSeconds;
        string text = (Math.Floor(time.TotalHours) is > 0 and var h ? Text(h) + "h" : "") + (time.Minutes > 0 ? Text(time.Minutes) + "m" : "");
        return seconds > 0 || text.Length == 0 ? text + Text(seconds) + "s" : text;

        static string Text(double number) => number.ToString("0.#######", CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(@"^(?=[0-9])((?<h>[0-9]{1,9}(\.[0-9]{1,9})?)h)?((?<m>[0-9]{1,9}(\.[0-9]{1,9})?)m)?((?<s>[0-9]{1,9}(\.[0-9]{1,9})?)s)?\z", RegexOptions.ExplicitCapture)]
    private static partial Regex Pattern();
}
