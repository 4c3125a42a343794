using System.Globalization;
using System.Reflection;
using WrnEngine.Kernels.Driver;

namespace WrnEngine.Tests.Kernels.Driver;

/// <summary>Every signature and every value of the driver table against the header, as <see cref="CudaHeader"/> holds it.</summary>
[Category("Kernels")]
public sealed class CudaHeaderTests
{
    // What the header calls the C# types; flags are plain numbers there.
    private static readonly Dictionary<Type, string> HeaderNames = new()
    {
        [typeof(uint)] = "unsigned int",
        [typeof(int)] = "int",
        [typeof(byte)] = "char",
        [typeof(float)] = "float",
        [typeof(void)] = "void",
        [typeof(nuint)] = "size_t",
        [typeof(ulong)] = "unsigned long long",
        [typeof(CudaResult)] = "CUresult",
        [typeof(CudaUuid)] = "CUuuid",
        [typeof(CudaDeviceAttribute)] = "CUdevice_attribute",
        [typeof(CudaFunctionAttribute)] = "CUfunction_attribute",
        [typeof(CudaJitOption)] = "CUjit_option",
        [typeof(CudaCaptureMode)] = "CUstreamCaptureMode",
        [typeof(CudaCaptureStatus)] = "CUstreamCaptureStatus",
        [typeof(CudaGraphUpdateInfo)] = "CUgraphExecUpdateResultInfo",
        [typeof(CuContext)] = "CUcontext",
        [typeof(CuModule)] = "CUmodule",
        [typeof(CuFunction)] = "CUfunction",
        [typeof(CuStream)] = "CUstream",
        [typeof(CuEvent)] = "CUevent",
        [typeof(CuGraph)] = "CUgraph",
        [typeof(CuGraphExec)] = "CUgraphExec",
        [typeof(CuGraphNode)] = "CUgraphNode",
        [typeof(CudaContextFlags)] = "unsigned int",
        [typeof(CudaStreamFlags)] = "unsigned int",
        [typeof(CudaEventFlags)] = "unsigned int",
        [typeof(CudaHostAllocFlags)] = "unsigned int",
        [typeof(CudaHostRegisterFlags)] = "unsigned int",
    };

    [Test]
    public void SignaturesAreThoseOfTheHeader()
    {
        FieldInfo[] fields = [.. typeof(CudaApi).GetFields(BindingFlags.Public | BindingFlags.Instance).OrderBy(field => field.MetadataToken)];
        Assert.That(CudaHeader.Entries.Select(entry => entry.Export), Is.EqualTo(CudaSymbols.All.ToArray().Select(symbol => symbol.Export)));
        Assert.That(fields, Has.Length.EqualTo(CudaHeader.Entries.Length));
        for (int i = 0; i < fields.Length; i++)
        {
            HeaderEntry entry = CudaHeader.Entries[i];
            Type pointer = fields[i].FieldType;
            Assert.That(pointer.IsUnmanagedFunctionPointer, Is.True, entry.Export);
            Assert.That(pointer.GetFunctionPointerReturnType(), Is.EqualTo(typeof(CudaResult)), entry.Export);
            string ours = string.Join(", ", pointer.GetFunctionPointerParameterTypes().Select(NameOf));
            Assert.That(ours, Is.EqualTo(Plain(entry.Parameters)), entry.Export);
        }
    }

    [Test]
    public void CallingConventionIsCs()
    {
        foreach (FieldInfo field in typeof(CudaApi).GetFields(BindingFlags.Public | BindingFlags.Instance))
        {
            Assert.That(
                field.GetModifiedFieldType().GetFunctionPointerCallingConventions(), Is.EqualTo(new[] { typeof(System.Runtime.CompilerServices.CallConvCdecl) }), field.Name);
        }
    }

    /// <summary>The message about a driver that is too old names this version.</summary>
    [Test]
    public void TheNewestEntryIsOfCuda12()
    {
        Assert.That(CudaHeader.Entries.Max(entry => entry.Since), Is.EqualTo(12000));
        Assert.That(new CudaLoadResult(null, "libcuda.so.1", "cuInit", []).Explain(), Does.Contain("CUDA 12.0"));
    }

    [Test]
    public void ResultsAreThoseOfTheHeader()
    {
        var ours = Enum.GetValues<CudaResult>().Where(result => result != CudaResult.Success).ToDictionary(result => Letters(result.ToString()), result => (int)result);
        Assert.That(ours, Is.EquivalentTo(Read(CudaHeader.Results)));
        Assert.That((int)CudaResult.Success, Is.Zero);
    }

    [Test]
    public void ValuesAreThoseOfTheHeader()
    {
        foreach ((Type type, string header) in CudaHeader.Values)
        {
            var ours = Enum.GetNames(type).ToDictionary(Letters, name => Convert.ToInt32(Enum.Parse(type, name), CultureInfo.InvariantCulture));
            Assert.That(ours, Is.EquivalentTo(Read(header)), type.Name);
            Assert.That(Enum.GetUnderlyingType(type), Is.EqualTo(typeof(int)), type.Name);
        }
    }

    private static string NameOf(Type type) =>
        type.IsPointer ? NameOf(type.GetElementType()!) + "*" : type.IsFunctionPointer ? "CUoccupancyB2DSize" : HeaderNames[type];

    // Typedefs that C# has no type of its own for.
    private static string Plain(string parameters) => string.Join(", ", parameters.Split(", ").Select(parameter => parameter
        .Replace("CUdeviceptr", "unsigned long long", StringComparison.Ordinal)
        .Replace("unsigned char", "char", StringComparison.Ordinal) switch
    {
        "CUdevice" => "int",
        "CUdevice*" => "int*",
        string other => other,
    }));

    // Spelling aside, names agree: NoBinaryForGpu is NO_BINARY_FOR_GPU.
    private static string Letters(string name) => name.Replace("_", "", StringComparison.Ordinal).ToUpperInvariant();

    private static Dictionary<string, int> Read(string table)
    {
        var values = new Dictionary<string, int>();
        foreach (string entry in table.Split(',', StringSplitOptions.TrimEntries))
        {
            string[] words = entry.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            values.Add(Letters(words[0]), words.Length > 1 ? int.Parse(words[1], CultureInfo.InvariantCulture) : values.Count);
        }

        return values;
    }
}
