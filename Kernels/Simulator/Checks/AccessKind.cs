namespace WrnEngine.Kernels.Simulator.Checks;

internal enum AccessKind : byte
{
    Read,
    Write,
    Atomic,
}
