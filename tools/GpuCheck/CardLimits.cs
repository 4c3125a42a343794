namespace WrnEngine.Tools.GpuCheck;

/// <summary>Peaks of a card by its data sheet, dense: multiplications and additions a second, and bytes of memory a second.</summary>
internal sealed record CardLimits(double Float32, double Tf32, double BFloat16, double BytesPerSecond)
{
    private const double Tera = 1e12;

    /// <summary>By a part of the driver's name; the first that fits.</summary>
    private static readonly (string Part, CardLimits Limits)[] Known =
    [
        ("H200", new(67 * Tera, 495 * Tera, 990 * Tera, 4.8 * Tera)),
        ("H100 NVL", new(60 * Tera, 418 * Tera, 835 * Tera, 3.9 * Tera)),
        ("H100 PCIe", new(51 * Tera, 378 * Tera, 756 * Tera, 2.0 * Tera)),
        ("H100", new(67 * Tera, 495 * Tera, 990 * Tera, 3.35 * Tera)),
        ("A100-SXM4-80GB", new(19.5 * Tera, 156 * Tera, 312 * Tera, 2.04 * Tera)),
        ("A100 80GB PCIe", new(19.5 * Tera, 156 * Tera, 312 * Tera, 1.94 * Tera)),
        ("A100", new(19.5 * Tera, 156 * Tera, 312 * Tera, 1.56 * Tera)),
        ("L40S", new(91.6 * Tera, 183 * Tera, 362 * Tera, 0.864 * Tera)),
        ("RTX 4090", new(82.6 * Tera, 82.6 * Tera, 165.2 * Tera, 1.008 * Tera)),
    ];

    /// <summary>The peaks of a card, or null where they are not known.</summary>
    public static CardLimits? Find(string? name) => name is null ? null : Array.Find(Known, k => name.Contains(k.Part, StringComparison.Ordinal)).Limits;

    /// <summary>The arithmetic peak of a precision.</summary>
    public double FlopsPerSecond(string precision) => precision switch
    {
        "float32" => Float32,
        "tf32" => Tf32,
        "bf16" => BFloat16,
        _ => throw new ArgumentOutOfRangeException(nameof(precision), precision, "float32, tf32 or bf16"),
    };
}
