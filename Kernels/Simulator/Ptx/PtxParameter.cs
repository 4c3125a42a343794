namespace WrnEngine.Kernels.Simulator.Ptx;

/// <summary>One kernel parameter: <paramref name="Size"/> and <paramref name="Alignment"/> in bytes, <paramref name="Offset"/> in the parameter block.</summary>
public sealed record PtxParameter(string Name, string Type, int Size, int Alignment, int Offset);
