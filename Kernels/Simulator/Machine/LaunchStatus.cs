namespace WrnEngine.Kernels.Simulator.Machine;

/// <summary>How a launch ended; the numbers are CUDA's <c>CUresult</c>.</summary>
public enum LaunchStatus
{
    Success = 0,
    InvalidValue = 1,

    /// <summary>A loaded or stored address lies outside of every memory the thread can reach.</summary>
    IllegalAddress = 700,

    /// <summary>Parameter bytes, block size, registers or shared memory do not fit the kernel or the device.</summary>
    LaunchOutOfResources = 701,

    /// <summary>The step limit was reached, or every thread waits for something that cannot happen.</summary>
    LaunchTimeout = 702,
    Assert = 710,

    /// <summary>Call depth or local memory exhausted.</summary>
    HardwareStackError = 714,
    IllegalInstruction = 715,
    MisalignedAddress = 716,
    InvalidAddressSpace = 717,
    InvalidPc = 718,

    /// <summary>The kernel executed <c>trap</c>.</summary>
    LaunchFailed = 719,
    CooperativeLaunchTooLarge = 720,
}
