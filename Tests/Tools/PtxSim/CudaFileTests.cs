using WrnEngine.Tools.PtxSim;

namespace WrnEngine.Tests.Tools.PtxSim;

/// <summary>.cu files through clang and the headers that stand in for the SDK's.</summary>
public sealed class CudaFileTests : PtxSimFixture
{
    [OneTimeSetUp]
    public static void NeedsClang()
    {
        if (!ClangIsInstalled())
        {
            Assert.Ignore("clang-19 is not installed");
        }
    }

    [Test]
    public void CourseKernelRunsWithItsHostCodeBesideIt()
    {
        File.WriteAllText(InFolder("saxpy.cu"), """
            #include <cstdio>
            #include <vector>
            #include <cuda_runtime.h>

            #define CHECK(call) if ((call) != cudaSuccess) { fprintf(stderr, "%s\n", cudaGetErrorString(cudaGetLastError())); return 1; }

            __global__ void saxpy(int n, float a, const float* x, float* y)
            {
                int i = blockIdx.x * blockDim.x + threadIdx.x;
                if (i < n)
                    y[i] = a * x[i] + y[i];
            }

            int main()
            {
                std::vector<float> host(1024, 1.0f);
                float* x;
                CHECK(cudaMalloc(&x, 4096));
                CHECK(cudaMemcpy(x, host.data(), 4096, cudaMemcpyHostToDevice));
                saxpy<<<dim3(4), 256>>>(1024, 2.0f, x, x);
                CHECK(cudaDeviceSynchronize());
                return 0;
            }
            """);
        Write<float>("x.bin", 1, 2, 3, 4, 5);
        Write<float>("y.bin", 10, 20, 30, 40, 50);
        int exitCode = Run(
            "run", InFolder("saxpy.cu"), "--entry", "saxpy", "--grid", "1", "--block", "32", "--arg", "s32:5", "--arg", "f32:2",
            "--arg", $"in:{InFolder("x.bin")}", "--arg", $"inout:{InFolder("y.bin")}:{InFolder("z.bin")}");
        Assert.That(exitCode, Is.Zero, () => Output + Error);
        Assert.That(Read<float>("z.bin"), Is.EqualTo(Sums));
    }

    [Test]
    public void MathsFunctionsAgreeWithTheHosts()
    {
        File.WriteAllText(InFolder("maths.cu"), """
            __global__ void maths(const double* x, double* y, float* z)
            {
                int i = threadIdx.x;
                double v = x[i];
                double all[] = {exp(v), log(v), sin(v), cos(v), tan(v), pow(v, 2.5), atan(v), tanh(v), cbrt(v), fmod(v, 0.3), exp2(v), log10(v)};
                float f = (float)v;
                float single[] = {expf(f), logf(f), sinf(f), cosf(f), sqrtf(f), powf(f, 1.5f), tanhf(f), roundf(f), fminf(f, 1.0f), fabsf(-f), max(f, 2.0f), rsqrtf(f)};
                for (int k = 0; k < 12; k++)
                {
                    y[i * 12 + k] = all[k];
                    z[i * 12 + k] = single[k];
                }
            }
            """);
        double[] x = [.. Enumerable.Range(1, 64).Select(static i => 0.173 * i)];
        Write("x.bin", x);
        int exitCode = Run(
            "run", InFolder("maths.cu"), "--grid", "1", "--block", "64", "--arg", $"in:{InFolder("x.bin")}", "--arg", $"out:{InFolder("y.bin")}:6144",
            "--arg", $"out:{InFolder("z.bin")}:3072");
        Assert.That(exitCode, Is.Zero, () => Output + Error);
        double[] y = Read<double>("y.bin");
        float[] z = Read<float>("z.bin");
        for (int i = 0; i < x.Length; i++)
        {
            double v = x[i];
            float f = (float)v;
            double[] expected =
            [
                Math.Exp(v), Math.Log(v), Math.Sin(v), Math.Cos(v), Math.Tan(v), Math.Pow(v, 2.5), Math.Atan(v), Math.Tanh(v), Math.Cbrt(v),
                Math.IEEERemainder(v, 0.3) is var r && r < 0 ? r + 0.3 : r, Math.Pow(2, v), Math.Log10(v),
            ];
            double[] single =
            [
                Math.Exp(f), Math.Log(f), Math.Sin(f), Math.Cos(f), Math.Sqrt(f), Math.Pow(f, 1.5), Math.Tanh(f),
                Math.Round(f, MidpointRounding.AwayFromZero), Math.Min(f, 1), f, Math.Max(f, 2), 1 / Math.Sqrt(f),
            ];
            for (int k = 0; k < 12; k++)
            {
                Near(y[i * 12 + k], expected[k], 1e-13, $"f64 function {k} at {v}");
                Near(z[i * 12 + k], single[k], 3e-7, $"f32 function {k} at {f}");
            }
        }

        static void Near(double actual, double expected, double tolerance, string what)
        {
            Assert.That(double.IsFinite(actual), Is.True, what);
            Assert.That(actual, Is.EqualTo(expected).Within(tolerance * Math.Max(1, Math.Abs(expected))), what);
        }
    }

    [Test]
    public void TensorCoreProductOfHalves()
    {
        File.WriteAllText(InFolder("wmma.cu"), """
            #include <cuda_fp16.h>
            #include <mma.h>
            using namespace nvcuda;

            __global__ void product(const half* a, const half* b, float* c)
            {
                wmma::fragment<wmma::matrix_a, 16, 16, 16, half, wmma::row_major> fa;
                wmma::fragment<wmma::matrix_b, 16, 16, 16, half, wmma::row_major> fb;
                wmma::fragment<wmma::accumulator, 16, 16, 16, float> fc;
                wmma::fill_fragment(fc, 0.0f);
                wmma::load_matrix_sync(fa, a, 16);
                wmma::load_matrix_sync(fb, b, 16);
                wmma::mma_sync(fc, fa, fb, fc);
                wmma::store_matrix_sync(c, fc, 16, wmma::mem_row_major);
            }
            """);
        Half[] a = [.. Enumerable.Range(0, 256).Select(static i => (Half)(i % 7 - 3))];
        Half[] b = [.. Enumerable.Range(0, 256).Select(static i => (Half)(i % 5 - 2))];
        Write("a.bin", a);
        Write("b.bin", b);
        int exitCode = Run(
            "run", InFolder("wmma.cu"), "--grid", "1", "--block", "32", "--arg", $"in:{InFolder("a.bin")}", "--arg", $"in:{InFolder("b.bin")}",
            "--arg", $"out:{InFolder("c.bin")}:1024");
        Assert.That(exitCode, Is.Zero, () => Output + Error);
        float[] c = Read<float>("c.bin");
        for (int i = 0; i < 256; i++)
        {
            float expected = Enumerable.Range(0, 16).Sum(k => (float)a[i / 16 * 16 + k] * (float)b[k * 16 + i % 16]);
            Assert.That(c[i], Is.EqualTo(expected), $"element {i}");
        }
    }

    [Test]
    public void HostCodeThatDoesNotCompileIsLeftOut()
    {
        File.WriteAllText(InFolder("mixed.cu"), """
            #include <no_such_library.h>

            static library_handle handle;

            template <int Factor> __global__ void scale(int* x) { x[threadIdx.x] *= Factor; }

            struct Engine
            {
                library_stream stream;
                Engine(int n) : count(n) { library_open(&handle, n); }
                int count;
            };

            void check(library_status status, const char* what)
            {
                if (status != LIBRARY_OK) { printf("}%s\n", what); }
            }

            int main()
            {
                check(library_create(&handle), "create");
                for (int i = 0; i < 3; i++)
                {
                    library_call(handle, [](int x) { return x; });
                }
                int* x = nullptr;
                scale<3> << <1, 32 >> > (x);
                return 0;
            }
            """);
        Write("x.bin", 1, 2, 3, 4);
        int exitCode = Run("run", InFolder("mixed.cu"), "--grid", "1", "--block", "4", "--arg", $"inout:{InFolder("x.bin")}:{InFolder("y.bin")}");
        Assert.That(exitCode, Is.Zero, () => Output + Error);
        Assert.That(Read<int>("y.bin"), Is.EqualTo(Tripled));
        Assert.That(Error, Does.Contain("no_such_library.h").And.Contain("left out host code"));
    }

    [Test]
    public void MissingHeaderOfDeviceCodeIsNamed()
    {
        File.WriteAllText(InFolder("needs.cu"), """
            #include "own_types.h"
            __device__ int twice(int x) { return own_add(x, x); }
            __global__ void k(int* x) { x[0] = twice(x[0]); }
            """);
        Refuses(5, "own_types.h", "run", InFolder("needs.cu"), "--grid", "1", "--block", "1", "--arg", "u64:0");
        Directory.CreateDirectory(InFolder("headers"));
        File.WriteAllText(InFolder("headers/own_types.h"), "__device__ inline int own_add(int a, int b) { return a + b + OFFSET; }\n");
        Write("x.bin", 5);
        int exitCode = Run(
            "run", InFolder("needs.cu"), "-I", InFolder("headers"), "-D", "OFFSET=7", "--grid", "1", "--block", "1", "--arg",
            $"inout:{InFolder("x.bin")}:{InFolder("y.bin")}");
        Assert.That(exitCode, Is.Zero, () => Output + Error);
        Assert.That(Read<int>("y.bin"), Is.EqualTo(Seventeen));
    }

    [Test]
    public void CooperativeGroupsReduceAndShuffle()
    {
        File.WriteAllText(InFolder("groups.cu"), """
            #include <cooperative_groups.h>
            #include <cooperative_groups/reduce.h>
            namespace cg = cooperative_groups;

            struct Pair { float a, b; };

            __global__ void groups(const float* x, float* y)
            {
                cg::thread_block block = cg::this_thread_block();
                cg::thread_block_tile<32> warp = cg::tiled_partition<32>(block);
                auto tile = cg::tiled_partition<8>(block);
                float v = x[block.thread_rank()];
                float sum = cg::reduce(warp, v, cg::plus<float>{});
                float most = cg::reduce(tile, v, cg::greater<float>{});
                Pair next = warp.shfl_down(Pair{v, 2 * v}, 1);
                float odd = 0;
                if (warp.thread_rank() % 2 == 1)
                {
                    cg::coalesced_group active = cg::coalesced_threads();
                    odd = cg::reduce(active, v, cg::plus<float>()) + active.thread_rank();
                }
                block.sync();
                int i = 5 * block.thread_rank();
                y[i] = sum;
                y[i + 1] = most;
                y[i + 2] = next.b;
                y[i + 3] = odd;
                y[i + 4] = warp.meta_group_rank() + 10 * tile.meta_group_size();
            }
            """);
        float[] x = [.. Enumerable.Range(0, 64).Select(static i => (float)i)];
        Write("x.bin", x);
        int exitCode = Run(
            "run", InFolder("groups.cu"), "--grid", "1", "--block", "64", "--arg", $"in:{InFolder("x.bin")}", "--arg", $"out:{InFolder("y.bin")}:1280");
        Assert.That(exitCode, Is.Zero, () => Output + Error);
        float[] y = Read<float>("y.bin");
        for (int i = 0; i < 64; i++)
        {
            int first = i / 32 * 32;
            float odd = i % 2 == 0 ? 0 : Enumerable.Range(first, 32).Where(static k => k % 2 == 1).Sum() + (i % 32 / 2);
            float next = 2 * (i % 32 == 31 ? i : i + 1);
            float[] expected = [Enumerable.Range(first, 32).Sum(), i | 7, next, odd, (i / 32) + 80];
            Assert.That(y[(5 * i)..((5 * i) + 5)], Is.EqualTo(expected), $"thread {i}");
        }
    }

    private static readonly int[] Tripled = [3, 6, 9, 12];

    private static readonly int[] Seventeen = [17];

    [Test]
    public void CompilerErrorIsOneSentence()
    {
        File.WriteAllText(InFolder("broken.cu"), "__global__ void k(int* x) { x[0] = frob; }\n");
        Refuses(5, "broken.cu:1", "run", InFolder("broken.cu"), "--grid", "1", "--block", "1", "--arg", "u64:0");
    }

    [Test]
    public void MissingCompilerIsNamed()
    {
        string? before = Environment.GetEnvironmentVariable(ClangCompiler.PathVariable);
        try
        {
            Environment.SetEnvironmentVariable(ClangCompiler.PathVariable, "no-such-clang");
            File.WriteAllText(InFolder("k.cu"), "__global__ void k() {}\n");
            Refuses(1, "no-such-clang", "info", InFolder("k.cu"));
        }
        finally
        {
            Environment.SetEnvironmentVariable(ClangCompiler.PathVariable, before);
        }
    }

    private static readonly float[] Sums = [12, 24, 36, 48, 60];
}
