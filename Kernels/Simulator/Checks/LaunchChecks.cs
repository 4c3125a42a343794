#pragma warning disable CA1822
using WrnEngine.Kernels.Simulator.Machine;
using WrnEngine.Kernels.Simulator.Ptx;

namespace WrnEngine.Kernels.Simulator.Checks;

internal sealed class LaunchChecks(SimulatedDevice device, KernelProgram program, Dim3 grid, Dim3 block, LaunchOptions options)
{
    public IReadOnlyList<Finding> Findings { get; } = [];
    public string Name => $"{device}{program}{grid}{block}{options}";
    public void OnInstruction(Warp w, Instr instr, uint active, uint mask) { }
    public void OnAccess(Warp w, Instr instr, StateSpace space, AccessKind kind, int size) { }
    public void OnBadAddress(Warp w, int lane, ulong address, int size, string message) { }
    public void OnCollective(Warp w, CollectiveInstr instr, uint group, uint members) { }
    public void OnWarpSync(Warp w, uint mask) { }
    public void OnUndefinedSource(Warp w, Instr instr, int lane, int from) { }
    public void OnBarrier(Warp w, BarrierInstr instr, uint mask, int number, int expected, int current) { }
    public void OnBarrierComplete(Block block, List<(Warp Warp, uint Lanes)> arrived, List<(Warp Warp, Split Split, BarrierInstr Instr, uint Lanes)> waiting) { }
    public void OnExit(Warp w, uint lanes) { }
    public void OnDeadlock(Warp w, Split split, string what) { }
    public void OnBlockStart(Block block) { }
    public void OnAsyncIssue(Warp w, Instr instr, int size) { }
    public void OnAsyncComplete(Warp w, int lane, IntPtr destination, int size) { }
    public void OnFence(Warp w) { }
    public void OnAcquire(Warp w, int lane, ulong address) { }
    public void OnRelease(Warp w, int lane, ulong address) { }
}

internal sealed class BlockShadow
{
}
