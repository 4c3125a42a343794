namespace WrnEngine.Training.Experiments.Reporting;

/// <summary>Names in drawings, where nothing wraps.</summary>
internal static class PlotText
{
    /// <summary>A name of at most so many characters; what is cut ends in an ellipsis.</summary>
    public static string Short(string text, int most) => text.Length <= most ? text : text[..(char.IsHighSurrogate(text[most - 2]) ? most - 2 : most - 1)] + "…";
}
