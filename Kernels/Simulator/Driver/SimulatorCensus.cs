namespace WrnEngine.Kernels.Simulator.Driver;

/// <summary>How many of each kind of object host code has made on the software driver and not given back.</summary>
/// <param name="ContextReferences">By cuDevicePrimaryCtxRetain.</param>
/// <param name="Allocations">By cuMemAlloc.</param>
/// <param name="PinnedBuffers">By cuMemHostAlloc and cuMemHostRegister.</param>
/// <param name="Modules">By cuModuleLoadData and cuModuleLoadDataEx.</param>
/// <param name="Streams">By cuStreamCreate and cuStreamCreateWithPriority.</param>
/// <param name="Events">By cuEventCreate.</param>
/// <param name="Graphs">By cuStreamEndCapture.</param>
/// <param name="ExecutableGraphs">By cuGraphInstantiateWithFlags.</param>
public readonly record struct SimulatorCensus(
    int ContextReferences, int Allocations, int PinnedBuffers, int Modules, int Streams, int Events, int Graphs, int ExecutableGraphs);
