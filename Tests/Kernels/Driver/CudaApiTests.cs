using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using WrnEngine.Kernels.Driver;

namespace WrnEngine.Tests.Kernels.Driver;

/// <summary>The table against cuda.h: names, order, values and layouts, held as data.</summary>
[Category("Kernels")]
public sealed unsafe partial class CudaApiTests
{
    [GeneratedRegex(@"_v\d$")]
    private static partial Regex VersionSuffix();

    [Test]
    public void FieldsStandInTheOrderOfTheSymbols()
    {
        FieldInfo[] fields = typeof(CudaApi).GetFields(BindingFlags.Public | BindingFlags.Instance);
        var documented = new List<string>();
        foreach (CudaSymbol symbol in CudaSymbols.All)
        {
            documented.Add(VersionSuffix().Replace(symbol.Export, ""));
        }

        Assert.That(fields.OrderBy(field => field.MetadataToken).Select(field => "cu" + field.Name), Is.EqualTo(documented));
        Assert.That(typeof(CudaApi).GetFields(BindingFlags.NonPublic | BindingFlags.Instance), Is.Empty);
    }

    [Test]
    public void EntriesLineUpWithFields()
    {
        (CudaApi? api, string? missing) = CudaLibrary.Bind(name => 1000 + CudaSymbols.IndexOf(name));
        Assert.That(missing, Is.Null);
        Assert.That((nint)api!.Init, Is.EqualTo((nint)1000 + CudaSymbols.IndexOf("cuInit")));
        Assert.That((nint)api.MemAlloc, Is.EqualTo((nint)1000 + CudaSymbols.IndexOf("cuMemAlloc_v2")));
        Assert.That((nint)api.LaunchKernel, Is.EqualTo((nint)1000 + CudaSymbols.IndexOf("cuLaunchKernel")));
        Assert.That((nint)api.OccupancyMaxPotentialBlockSize, Is.EqualTo((nint)1000 + CudaSymbols.All.Length - 1));

        CudaApi copy = api.Clone();
        copy.Entries[0] = 7;
        Assert.That((nint)copy.Init, Is.EqualTo((nint)7));
        Assert.That((nint)api.Init, Is.EqualTo((nint)1000), "a copy is independent");
        Assert.That((nint)copy.GraphLaunch, Is.EqualTo((nint)api.GraphLaunch));
    }

    [Test]
    public void MissingSymbolIsNamed()
    {
        (CudaApi? api, string? missing) = CudaLibrary.Bind(name => name == "cuGraphExecUpdate_v2" ? 0 : 1);
        Assert.That(api, Is.Null);
        Assert.That(missing, Is.EqualTo("cuGraphExecUpdate_v2"));
    }

    [TestCase("cuMemAlloc_v2", "cuMemAlloc_v2")]
    [TestCase("cuMemcpyHtoD_v2", "cuMemcpyHtoD_v2_ptds")]
    [TestCase("cuMemcpyDtoHAsync_v2", "cuMemcpyDtoHAsync_v2_ptsz")]
    [TestCase("cuMemsetD8_v2", "cuMemsetD8_v2_ptds")]
    [TestCase("cuMemsetD32Async", "cuMemsetD32Async_ptsz")]
    [TestCase("cuLaunchKernel", "cuLaunchKernel_ptsz")]
    [TestCase("cuStreamBeginCapture_v2", "cuStreamBeginCapture_v2_ptsz")]
    [TestCase("cuStreamDestroy_v2", "cuStreamDestroy_v2")]
    [TestCase("cuEventRecord", "cuEventRecord_ptsz")]
    [TestCase("cuEventSynchronize", "cuEventSynchronize")]
    [TestCase("cuGraphLaunch", "cuGraphLaunch_ptsz")]
    [TestCase("cuGraphInstantiateWithFlags", "cuGraphInstantiateWithFlags")]
    public void PerThreadVariantHasItsOwnName(string legacy, string perThread)
    {
        var legacyNames = new List<string>();
        var perThreadNames = new List<string>();
        CudaLibrary.Bind(name => Remember(legacyNames, name));
        CudaLibrary.Bind(name => Remember(perThreadNames, name), perThreadDefaultStream: true);
        int index = legacyNames.IndexOf(legacy);
        Assert.That(index, Is.Not.Negative);
        Assert.That(perThreadNames[index], Is.EqualTo(perThread));

        static nint Remember(List<string> names, string name)
        {
            names.Add(name);
            return 1;
        }
    }

    // Values as cuda.h of CUDA 12.0 and 13.0 gives them.
    [TestCase((int)CudaResult.OutOfMemory, 2)]
    [TestCase((int)CudaResult.NoDevice, 100)]
    [TestCase((int)CudaResult.InvalidContext, 201)]
    [TestCase((int)CudaResult.InvalidPtx, 218)]
    [TestCase((int)CudaResult.UnsupportedPtxVersion, 222)]
    [TestCase((int)CudaResult.InvalidHandle, 400)]
    [TestCase((int)CudaResult.NotFound, 500)]
    [TestCase((int)CudaResult.NotReady, 600)]
    [TestCase((int)CudaResult.IllegalAddress, 700)]
    [TestCase((int)CudaResult.LaunchOutOfResources, 701)]
    [TestCase((int)CudaResult.Assert, 710)]
    [TestCase((int)CudaResult.MisalignedAddress, 716)]
    [TestCase((int)CudaResult.StreamCaptureUnsupported, 900)]
    [TestCase((int)CudaResult.StreamCaptureUnjoined, 904)]
    [TestCase((int)CudaResult.StreamCaptureImplicit, 906)]
    [TestCase((int)CudaResult.GraphExecUpdateFailure, 910)]
    [TestCase((int)CudaDeviceAttribute.MaxThreadsPerBlock, 1)]
    [TestCase((int)CudaDeviceAttribute.WarpSize, 10)]
    [TestCase((int)CudaDeviceAttribute.MultiprocessorCount, 16)]
    [TestCase((int)CudaDeviceAttribute.ComputeCapabilityMajor, 75)]
    [TestCase((int)CudaDeviceAttribute.ComputeCapabilityMinor, 76)]
    [TestCase((int)CudaDeviceAttribute.MaxSharedMemoryPerBlockOptin, 97)]
    [TestCase((int)CudaDeviceAttribute.MaxBlocksPerMultiprocessor, 106)]
    [TestCase((int)CudaFunctionAttribute.MaxDynamicSharedSizeBytes, 8)]
    [TestCase((int)CudaJitOption.ErrorLogBufferSizeBytes, 6)]
    [TestCase((int)CudaCaptureMode.Relaxed, 2)]
    [TestCase((int)CudaGraphUpdateResult.ErrorParametersChanged, 5)]
    [TestCase((int)CudaEventFlags.DisableTiming, 2)]
    [TestCase((int)CudaHostAllocFlags.WriteCombined, 4)]
    public void ValueIsThatOfTheHeader(int ours, int header) => Assert.That(ours, Is.EqualTo(header));

    [Test]
    public void StructuresHaveTheSizesOfTheHeader()
    {
        Assert.That(sizeof(CudaUuid), Is.EqualTo(16));
        Assert.That(sizeof(CudaGraphUpdateInfo), Is.EqualTo(24));
        Assert.That(sizeof(CuStream), Is.EqualTo(sizeof(nint)));
        Assert.That(Unsafe.SizeOf<CudaResult>(), Is.EqualTo(4));
        var info = new CudaGraphUpdateInfo(default, new(1), new(2));
        nint* words = (nint*)&info;
        Assert.That((words[1], words[2]), Is.EqualTo(((nint)1, (nint)2)), "the nodes follow the padded result");
    }

    [Test]
    public void StructuresKeepHandlesApart()
    {
        Assert.That(CuStream.Legacy.Value, Is.EqualTo((nint)1));
        Assert.That(CuStream.PerThread.Value, Is.EqualTo((nint)2));
        Assert.That(default(CuEvent), Is.EqualTo(new CuEvent(0)));
    }
}
