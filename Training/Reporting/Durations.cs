namespace WrnEngine.Training.Reporting;

/// <summary>Durations for people: two units at most.</summary>
internal static class Durations
{
    /// <summary>"1.2 s", "42 s", "5 min 20 s", "3 h 4 min", "2 days 5 h".</summary>
    public static string Text(TimeSpan time) => time switch
    {
        { TotalSeconds: < 10 } => $"{time.TotalSeconds:F1} s",
        { TotalMinutes: < 1 } => $"{time.TotalSeconds:F0} s",
        { TotalHours: < 1 } => $"{time.Minutes} min {time.Seconds} s",
        { TotalDays: < 1 } => $"{time.Hours} h {time.Minutes} min",
        { Days: 1 } => $"1 day {time.Hours} h",
        _ => $"{time.Days:N0} days {time.Hours} h",
    };
}
