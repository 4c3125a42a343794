using System.Globalization;
using System.Text;
using WrnEngine.Training.CommandLine;

namespace WrnEngine.Training.Experiments.Running;

/// <summary>Names of folders.</summary>
internal static class RunNames
{
    // Not below runs/, so that "wrn report runs/*" finds nothing but runs.
    private const string Parent = "experiments";

    /// <summary>A row's name as a part of a folder's: small letters and digits, and one dash for what else there is.</summary>
    public static string Slug(string name)
    {
        var slug = new StringBuilder();
        foreach (char c in name.ToLowerInvariant())
        {
            if (char.IsAsciiLetterOrDigit(c) || c == '.') slug.Append(c);
            else if (slug.Length > 0 && slug[^1] != '-') slug.Append('-');
        }

        return slug.ToString().Trim('-', '.') is { Length: > 0 } text ? text : "row";
    }

    /// <summary>The folder of a run, in the experiment's: <c>wrn-40-4-cifar10-seed2</c>.</summary>
    public static string Run(string row, string dataset, ulong seed) => string.Create(CultureInfo.InvariantCulture, $"{Slug(row)}-{dataset}-seed{seed}");

    /// <summary>The folder of an experiment where none is given.</summary>
    public static string Experiment(string name, double? minutes) => Path.Combine(Parent, minutes is { } m ? $"{Slug(name)}-{ValueText.Of(m)}min" : Slug(name));

    /// <summary>The folder of all claims where none is given.</summary>
    public static string Claims(double minutes) => Path.Combine(Parent, $"claims-{ValueText.Of(minutes)}min");
}
