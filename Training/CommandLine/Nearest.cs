namespace WrnEngine.Training.CommandLine;

/// <summary>Finds what somebody meant by a mistyped word.</summary>
internal static class Nearest
{
    /// <summary>Names from other programs.</summary>
    private static readonly Dictionary<string, string> Synonyms = new(StringComparer.Ordinal)
    {
        ["--learning-rate"] = "--lr",
        ["--bs"] = "--batch-size",
        ["--layers"] = "--depth",
        ["--k-factor"] = "--k",
        ["--lr-decay-ratio"] = "--decay-rate",
        ["--epoch-step"] = "--decay-epochs",
        ["--decay-milestones"] = "--decay-epochs",
        ["--model-ema"] = "--model-ema-decay",
        ["--ema"] = "--model-ema-decay",
        ["--ema-decay"] = "--model-ema-decay",
        ["--gradient-clip-val"] = "--clip-grad",
        ["--early-stopping"] = "--patience",
        ["--smoothing"] = "--label-smoothing",
        ["--data"] = "--data-dir",
        ["--out"] = "--output",
        ["--dropout-rate"] = "--dropout",
        ["--droprate"] = "--dropout",
        ["--sched"] = "--schedule",
        ["--workers"] = "--threads",
        ["gpu"] = "cuda",
        ["cifar-10"] = "cifar10",
        ["cifar-100"] = "cifar100",
    };

    /// <summary>The candidate that is closest to what was typed, or null when none is close.</summary>
    public static string? To(string typed, IEnumerable<string> candidates)
    {
        string word = typed.Replace('_', '-').ToLowerInvariant();
        string[] names = [.. candidates];
        if (Synonyms.TryGetValue(word, out string? synonym) && names.Contains(synonym)) return synonym;
        var (name, distance) = names.Select(n => (n, Distance(word, n.ToLowerInvariant()))).OrderBy(p => p.Item2).FirstOrDefault();
        if (name is not null && distance <= Math.Max(1, Math.Max(word.TrimStart('-').Length, name.TrimStart('-').Length) / 3)) return name;
        return word.TrimStart('-').Length < 3 ? null : names.FirstOrDefault(n => n.StartsWith(word, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>"; did you mean X?" for one of the names that <paramref name="sentence"/> lists after "one of", or nothing.</summary>
    public static string Hint(string typed, string sentence)
    {
        const string Before = "one of ";
        int at = sentence.IndexOf(Before, StringComparison.Ordinal);
        return at >= 0 && To(typed, sentence[(at + Before.Length)..].Split(", ")) is { } name ? $"; did you mean {name}?" : "";
    }

    /// <summary>Insertions, deletions, replacements and swaps of neighbours between two words.</summary>
    internal static int Distance(string a, string b)
    {
        var d = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++) d[i, 0] = i;
        for (int j = 0; j <= b.Length; j++) d[0, j] = j;
        for (int i = 1; i <= a.Length; i++)
        {
            for (int j = 1; j <= b.Length; j++)
            {
                int replace = d[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                d[i, j] = Math.Min(replace, Math.Min(d[i - 1, j], d[i, j - 1]) + 1);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) d[i, j] = Math.Min(d[i, j], d[i - 2, j - 2] + 1);
            }
        }

        return d[a.Length, b.Length];
    }
}
