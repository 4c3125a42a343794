namespace WrnEngine.Kernels.Simulator.Machine;

/// <summary>Ends a launch from inside an instruction. Never leaves the machine.</summary>
internal sealed class KernelFault(LaunchStatus status, string message, int lane = 0, ulong? address = null) : Exception(message)
{
    public LaunchStatus Status { get; } = status;

    public int Lane { get; } = lane;

    public ulong? Address { get; } = address;
}
