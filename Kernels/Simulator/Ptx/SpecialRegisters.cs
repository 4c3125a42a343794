namespace WrnEngine.Kernels.Simulator.Ptx;

/// <summary>Names of the predefined read-only registers.</summary>
internal static class SpecialRegisters
{
    /// <summary>Those whose value does not change while a block runs; each has a fixed place in the register file.</summary>
    public static readonly string[] Fixed =
    [
        "%tid.x", "%tid.y", "%tid.z", "%ntid.x", "%ntid.y", "%ntid.z", "%ctaid.x", "%ctaid.y", "%ctaid.z", "%nctaid.x", "%nctaid.y", "%nctaid.z",
        "%laneid", "%warpid", "%nwarpid", "%smid", "%nsmid", "%lanemask_eq", "%lanemask_le", "%lanemask_lt", "%lanemask_ge", "%lanemask_gt",
        "%dynamic_smem_size", "%total_smem_size", "%aggr_smem_size", "%reserved_smem_offset_begin", "%reserved_smem_offset_end", "%reserved_smem_offset_cap",
        "%clusterid.x", "%clusterid.y", "%clusterid.z", "%nclusterid.x", "%nclusterid.y", "%nclusterid.z",
        "%cluster_ctaid.x", "%cluster_ctaid.y", "%cluster_ctaid.z", "%cluster_nctaid.x", "%cluster_nctaid.y", "%cluster_nctaid.z",
        "%cluster_ctarank", "%cluster_nctarank", "%zero", "%one",
    ];

    /// <summary>Those read at the moment of use.</summary>
    private static readonly string[] Changing = ["%clock", "%clock_hi", "%clock64", "%globaltimer", "%globaltimer_lo", "%globaltimer_hi", "%gridid", "%is_explicit_cluster"];

    private static readonly Dictionary<string, int> Slots = Fixed.Select((name, index) => (name, index)).ToDictionary(static x => x.name, static x => x.index);

    /// <summary>Bytes at the start of a register file that hold them: 32 lanes of 4 bytes each.</summary>
    public static int FileBytes => Fixed.Length * 128;

    public static bool IsSpecial(string name) => Slots.ContainsKey(name) || Changing.Contains(name) || name.StartsWith("%envreg", StringComparison.Ordinal) || name.StartsWith("%pm", StringComparison.Ordinal);

    public static bool IsFixed(string name) => Slots.ContainsKey(name) || name.StartsWith("%envreg", StringComparison.Ordinal) || name.StartsWith("%pm", StringComparison.Ordinal);

    /// <summary>Byte offset in the register file.</summary>
    public static int SlotOf(string name) => 128 * Slots.GetValueOrDefault(name, Slots["%zero"]);

    public static int SizeOf(string name) => name is "%clock64" or "%globaltimer" or "%gridid" ? 8 : name == "%is_explicit_cluster" ? 0 : 4;
}
