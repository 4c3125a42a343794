using WrnEngine.Kernels.Driver;
using WrnEngine.Kernels.Simulator.Machine;
using Dim3 = WrnEngine.Kernels.Simulator.Machine.Dim3;

namespace WrnEngine.Kernels.Simulator.Driver;

/// <summary>A launch with its own copy of the parameters.</summary>
internal sealed class KernelWork(DriverFunction function, Dim3 grid, Dim3 block, int dynamicSharedBytes, byte[] parameters) : Work
{
    public DriverFunction Function => function;

    public override CudaResult Execute(DriverContext context)
    {
        if (function.Module.IsUnloaded)
        {
            context.Explain($"kernel {function.Entry.Name} was launched after its module was unloaded");
            return CudaResult.InvalidHandle;
        }

        LaunchResult result = context.Device.Launch(
            function.Module.Loaded, function.Entry, grid, block, dynamicSharedBytes, parameters, SimulatorDriver.LaunchOptions);
        SimulatorDriver.Completed(new LaunchRecord(function.Entry, grid, block, dynamicSharedBytes, result));
        if (!result.IsSuccess)
        {
            context.Explain(result.Message);
        }

        // The numbers of LaunchStatus are those of CUresult.
        return (CudaResult)result.Status;
    }
}
