namespace WrnEngine.Kernels.Simulator.Ptx;

internal enum TypeKind
{
    Bits,
    Unsigned,
    Signed,
    Float,
    Predicate,
}

/// <summary>A fundamental PTX type.</summary>
internal sealed record PtxType(string Name, TypeKind Kind, int Size)
{
    /// <summary>A pair of half-precision numbers in 32 bits.</summary>
    public bool IsPacked => Name.EndsWith("x2", StringComparison.Ordinal);

    public bool IsFloat => Kind == TypeKind.Float;

    public bool IsSigned => Kind == TypeKind.Signed;

    public bool IsInteger => Kind is TypeKind.Signed or TypeKind.Unsigned or TypeKind.Bits;

    public bool IsBfloat => Name.StartsWith("bf16", StringComparison.Ordinal);

    public static PtxType? Find(string name) => All.GetValueOrDefault(name);

    public static PtxType Get(string name) => All[name];

    private static readonly Dictionary<string, PtxType> All = new PtxType[]
    {
        new("b8", TypeKind.Bits, 1), new("b16", TypeKind.Bits, 2), new("b32", TypeKind.Bits, 4), new("b64", TypeKind.Bits, 8), new("b128", TypeKind.Bits, 16),
        new("u8", TypeKind.Unsigned, 1), new("u16", TypeKind.Unsigned, 2), new("u32", TypeKind.Unsigned, 4), new("u64", TypeKind.Unsigned, 8),
        new("s8", TypeKind.Signed, 1), new("s16", TypeKind.Signed, 2), new("s32", TypeKind.Signed, 4), new("s64", TypeKind.Signed, 8),
        new("u16x2", TypeKind.Unsigned, 4), new("s16x2", TypeKind.Signed, 4),
        new("f16", TypeKind.Float, 2), new("f16x2", TypeKind.Float, 4), new("bf16", TypeKind.Float, 2), new("bf16x2", TypeKind.Float, 4),
        new("f32", TypeKind.Float, 4), new("f64", TypeKind.Float, 8), new("tf32", TypeKind.Float, 4),
        new("pred", TypeKind.Predicate, 0),
    }.ToDictionary(static type => type.Name);

    public override string ToString() => "." + Name;
}
