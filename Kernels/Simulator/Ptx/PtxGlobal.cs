namespace WrnEngine.Kernels.Simulator.Ptx;

/// <summary>A module variable in global or constant memory (<paramref name="Space"/>: <c>global</c> or <c>const</c>).</summary>
public sealed record PtxGlobal(string Name, string Space, long Size, int Alignment);
