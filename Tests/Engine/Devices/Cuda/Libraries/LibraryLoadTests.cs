using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using WrnEngine.Devices.Cuda.CuBlas;
using WrnEngine.Devices.Cuda.CuDnn;
using WrnEngine.Devices.Cuda.Libraries;
using WrnEngine.Kernels.Driver;
using WrnEngine.Tests.Engine.Devices.Cuda.CuBlas;
using WrnEngine.Tests.Engine.Devices.Cuda.CuDnn;

namespace WrnEngine.Tests.Engine.Devices.Cuda.Libraries;

/// <summary>Looking for the libraries: where, and what is made of what is there.</summary>
[Category("Kernels")]
public unsafe class LibraryLoadTests
{
    [Test]
    public void AbsenceIsNoError()
    {
        var load = CuDnnLibrary.Load(["/no/libcudnn.so.9", "libwrn-no-such-cudnn.so.9"], OpenedLibrary.Open);
        Assert.That(load.Api, Is.Null);
        Assert.That(load.Notes, Is.Empty);
        Assert.That(load.Attempts.Select(a => a.Outcome), Is.EqualTo(new[] { "no such file", "not on the loader's path" }));
        string sentence = new CudaLibraries(LibraryLoad<CuBlasApi>.None, load).CuDnnSentence();
        Assert.That(sentence, Does.StartWith("No cuDNN 9 was found").And.Contain("/no/libcudnn.so.9: no such file").And.Contain(CudaLibrary.PathVariable));
    }

    [Test]
    public void AnotherMajorVersionIsIgnoredWithANote()
    {
        var load = CuDnnLibrary.Load(["libcudnn.so.8"], path => (Opened((nint)(delegate* unmanaged[Cdecl]<nuint>)&Version8), "loaded"));
        Assert.That(load.Api, Is.Null);
        Assert.That(load.Attempts.Single().Outcome, Is.EqualTo("is cuDNN 8.9.7"));
        Assert.That(load.Notes.Single(), Is.EqualTo("cuDNN 8.9.7 (libcudnn.so.8) is ignored: this program uses cuDNN 9."));
    }

    [Test]
    public void TheOneThatFitsIsTakenBehindOneThatDoesNot()
    {
        var load = CuDnnLibrary.Load(
            ["a", "b", "c"],
            path => path switch
            {
                "a" => (Opened((nint)(delegate* unmanaged[Cdecl]<nuint>)&Version8), "loaded"),
                "b" => (Opened(TestCuDnn.Table.Entries[0], "cudnnConvolutionForward"), "loaded"),
                _ => (Opened(TestCuDnn.Table.Entries[0]), "loaded"),
            });
        Assert.That((load.Path, load.Version), Is.EqualTo(("c", "9.6.0")));
        Assert.That(load.Api!.Entries.ToArray(), Is.EqualTo(TestCuDnn.Table.Entries.ToArray()));
        Assert.That(load.Notes, Has.Count.EqualTo(2));
        Assert.That(load.Notes[1], Is.EqualTo("cuDNN 9.6.0 (b) is ignored: has no cudnnConvolutionForward."));
    }

    [Test]
    public void ALibraryWithoutASymbolIsNotTaken()
    {
        var open = new OpenedLibrary(name => name == "cublasGemmEx" ? 0 : 1, () => { });
        var load = CuBlasLibrary.Load(["old"], _ => (open, "loaded"));
        Assert.That(load.Api, Is.Null);
        Assert.That(load.Attempts.Single().Outcome, Is.EqualTo("has no cublasGemmEx"));
    }

    [Test]
    [Platform("Linux")]
    public void ALibraryOfAnotherKindIsNotTaken()
    {
        Assert.That(CuBlasLibrary.Load(["libc.so.6"], OpenedLibrary.Open).Attempts.Single().Outcome, Is.EqualTo("has no cublasCreate_v2"));
        Assert.That(CuDnnLibrary.Load(["libc.so.6"], OpenedLibrary.Open).Attempts.Single().Outcome, Is.EqualTo("is not cuDNN"));
    }

    [Test]
    [Platform("Linux")]
    public void CuBlasIsOfNoLaterCudaThanTheDriver()
    {
        Assert.That(CuBlasLibrary.Names(13000), Is.EqualTo(new[] { "libcublas.so.13", "libcublas.so.12", "libcublas.so.11" }));
        Assert.That(CuBlasLibrary.Names(12080), Is.EqualTo(new[] { "libcublas.so.12", "libcublas.so.11" }));
        Assert.That(CuBlasLibrary.Names(10020), Is.Empty);
    }

    [Test]
    [Platform("Linux")]
    public void PlacesComeInOrder()
    {
        string root = Directory.CreateTempSubdirectory("wrn-libraries-").FullName;
        try
        {
            foreach (string folder in (string[])["site-packages/nvidia/cudnn/lib", "toolkit/lib64", "own"]) Directory.CreateDirectory(Path.Combine(root, folder));
            var variables = new Dictionary<string, string>
            {
                [CudaLibrary.PathVariable] = $"{root}/own:{root}/site-packages:{root}/other/libcuda.so.1:{root}/mine/libx.so.9",
                ["CUDA_PATH"] = $"{root}/toolkit",
            };
            string[] found = [.. LibraryPlaces.Candidates(["libx.so.9", "libx.so"], "cudnn", ["CUDNN_PATH", "CUDA_PATH"], variables.GetValueOrDefault)];
            Assert.That(found, Is.EqualTo(new[]
            {
                $"{root}/own/libx.so.9", $"{root}/own/libx.so",
                $"{root}/site-packages/libx.so.9", $"{root}/site-packages/libx.so",
                $"{root}/site-packages/nvidia/cudnn/lib/libx.so.9", $"{root}/site-packages/nvidia/cudnn/lib/libx.so",
                $"{root}/mine/libx.so.9",
                $"{root}/toolkit/libx.so.9", $"{root}/toolkit/libx.so", $"{root}/toolkit/lib64/libx.so.9", $"{root}/toolkit/lib64/libx.so",
                "libx.so.9", "libx.so",
                "/usr/local/cuda/lib64/libx.so.9", "/usr/local/cuda/lib64/libx.so",
            }));
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nuint Version8() => 8907;

    /// <summary>The test table as a library, with a version of its own.</summary>
    private static OpenedLibrary Opened(nint getVersion, string? without = null) => new(
        name => name == without ? 0 : name == "cudnnGetVersion" ? getVersion : CuDnnApi.Symbols.IndexOf(name) is >= 0 and int at ? TestCuDnn.Table.Entries[at] : 0, () => { });
}
