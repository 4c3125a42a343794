namespace WrnEngine.Tools.GpuCheck.Steps;

/// <summary>A network, a precision, and whose convolutions.</summary>
internal sealed record Configuration(int Depth, int K, string Precision, string Conv)
{
    /// <summary>As figures are named: <c>WRN-16-8, bf16, cudnn</c>.</summary>
    public string Name => $"{Network}, {Precision}, {Conv}";

    /// <summary><c>WRN-16-8</c>.</summary>
    public string Network => $"WRN-{Depth}-{K}";

    /// <summary>Every precision, the widest first.</summary>
    public static IReadOnlyList<string> Precisions { get; } = ["float32", "tf32", "bf16"];

    /// <summary>Our kernels, and the library's.</summary>
    public static IReadOnlyList<string> Convs { get; } = ["native", "cudnn"];

    /// <summary>The networks that are measured; a rehearsal has its own.</summary>
    public static IReadOnlyList<(int Depth, int K)> Networks(bool small) => small ? [(10, 1)] : [(16, 8), (28, 10)];

    /// <summary>The network and the size of a step.</summary>
    public IReadOnlyList<string> Size(bool small) =>
        ["--depth", $"{Depth}", "--k", $"{K}", .. small ? new[] { "-b", "2", "--image-size", "8" } : ["-b", "128"]];

    /// <summary>The options of this configuration.</summary>
    /// <param name="help">The help of the verb that they are for: options that it does not name are not in this build.</param>
    /// <param name="missing">Such an option that is needed, or null.</param>
    public IReadOnlyList<string> Options(string help, out string? missing)
    {
        string? absent = null;
        var options = new List<string>();
        void Add(string option, string? value, bool needed)
        {
            if (Has(help, option)) options.AddRange(value is null ? [option] : [option, value]);
            else if (needed) absent = option;
        }

        if (Precision == "tf32") Add("--tf32", null, needed: true);
        if (Precision == "bf16") Add("--amp", null, needed: true);
        Add("--conv", Conv, needed: Conv != "native");
        if (Conv == "native") Add("--norm", "native", needed: false);
        missing = absent;
        return options;
    }

    /// <summary>Whether a help page has an option.</summary>
    public static bool Has(string help, string option) => help.Split([' ', '\n', ','], StringSplitOptions.RemoveEmptyEntries).Contains(option);
}
