using System.Text.Json;

namespace WrnEngine.Tests.Tools.PtxSim;

public sealed class RunTests : PtxSimFixture
{
    [Test]
    public void BuffersGoInAndOut()
    {
        Write<float>("x.bin", 1, 2, 3, 4);
        int exitCode = Run(
            "run", Kernels, "--entry", "affine_f32", "--grid", "1", "--block", "32", "--arg", $"inout:{InFolder("x.bin")}:{InFolder("y.bin")}",
            "--arg", "f32:2", "--arg", "f32:0.5", "--arg", "s32:3");
        Assert.That(exitCode, Is.Zero, () => Output + Error);
        Assert.That(Read<float>("y.bin"), Is.EqualTo(Scaled));
        Assert.That(Error, Is.Empty);
    }

    [Test]
    public void OutBufferIsZeroedAndWritten()
    {
        int exitCode = Run(
            "run", Kernels, "--entry", "two_params", "--grid", "1", "--block", "1", "--arg", $"out:{InFolder("y.bin")}:12", "--arg", "u32:0x7f");
        Assert.That(exitCode, Is.Zero, () => Output + Error);
        Assert.That(Read<int>("y.bin"), Is.EqualTo(Poked));
    }

    [Test]
    public void StatsAndJsonTellTheSame()
    {
        Write<float>("x.bin", 1, 2, 3, 4);
        int exitCode = Run(
            "run", Kernels, "--entry", "affine_f32", "--grid", "2,1,1", "--block", "32,1", "--arg", $"in:{InFolder("x.bin")}", "--arg", "f32:2",
            "--arg", "f32:0", "--arg", "u32:4", "--stats", "--json", InFolder("run.json"), "--seed", "3", "--device", "sm_75");
        Assert.That(exitCode, Is.Zero, () => Output + Error);
        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(InFolder("run.json")));
        JsonElement root = json.RootElement;
        Assert.That(root.GetProperty("entry").GetString(), Is.EqualTo("affine_f32"));
        Assert.That(root.GetProperty("device").GetString(), Is.EqualTo("sm_75"));
        Assert.That(root.GetProperty("status").GetString(), Is.EqualTo("Success"));
        Assert.That(root.GetProperty("grid")[0].GetInt32(), Is.EqualTo(2));
        Assert.That(root.GetProperty("findings").GetArrayLength(), Is.Zero);
        long warpInstructions = root.GetProperty("metrics").GetProperty("warpInstructions").GetInt64();
        Assert.That(warpInstructions, Is.Positive);
        Assert.That(Output, Does.Contain("warp instructions").And.Contain("theoretical occupancy"));
        Assert.That(Output.Replace(",", "", StringComparison.Ordinal), Does.Contain($"{warpInstructions}"));
    }

    [Test]
    public void WildAddressIsADeviceFault() => Refuses(
        7, "700", "run", Kernels, "--entry", "two_params", "--grid", "1", "--block", "1", "--arg", "u64:16", "--arg", "u32:1", "--check", "none");

    [Test]
    public void EndlessLoopIsEnded() => Refuses(
        7, "spin", "run", Kernels, "--entry", "spin", "--grid", "1", "--block", "1", "--arg", "u64:0", "--arg", "u64:0", "--step-limit", "10000");

    [Test]
    public void MistakesAreOneSentence()
    {
        string[] shape = ["--grid", "1", "--block", "1"];
        Refuses(1, "--grid", "run", Kernels, "--block", "1");
        Refuses(1, "--block", ["run", Kernels, "--grid", "1", "--block", "32,x"]);
        Refuses(1, "at most 1024", ["run", Kernels, "--entry", "spin", "--grid", "1", "--block", "64,32"]);
        Refuses(1, "it has affine_f32, poke_u32", ["run", Kernels, "--entry", "frob", .. shape]);
        Refuses(1, "name one with --entry", ["run", Kernels, .. shape]);
        Refuses(1, "takes 2 parameters", ["run", Kernels, "--entry", "two_params", .. shape, "--arg", "u64:1"]);
        Refuses(1, "one struct of 24 bytes", ["run", Kernels, "--entry", "affine_f32", .. shape, "--arg", "u32:1"]);
        Refuses(1, "does not fit parameter 2", ["run", Kernels, "--entry", "two_params", .. shape, "--arg", "u64:1", "--arg", "f64:1"]);
        Refuses(1, "KIND:VALUE", ["run", Kernels, "--entry", "spin", .. shape, "--arg", "frob"]);
        Refuses(1, "none of in, out", ["run", Kernels, "--entry", "spin", .. shape, "--arg", "frob:1"]);
        Refuses(1, "from 0 to 4294967295", ["run", Kernels, "--entry", "spin", .. shape, "--arg", "u32:-1"]);
        Refuses(1, "positive number of bytes", ["run", Kernels, "--entry", "spin", .. shape, "--arg", "out:x.bin"]);
        Refuses(1, "shared memory", ["run", Kernels, "--entry", "bounded", .. shape, "--shared", "200000"]);
        Refuses(1, "no check 'frobcheck'", ["run", Kernels, .. shape, "--check", "frobcheck"]);
        Refuses(1, "no device 'sm_42'", ["run", Kernels, .. shape, "--device", "sm_42"]);
        Refuses(1, "--frob", ["run", Kernels, .. shape, "--frob"]);
        Refuses(1, "frob", "frob");
        Refuses(4, "no file", ["run", InFolder("absent.ptx"), .. shape]);
        Refuses(4, "absent.bin", ["run", Kernels, "--entry", "two_params", .. shape, "--arg", $"in:{InFolder("absent.bin")}", "--arg", "u32:1"]);
        Refuses(4, "no folder", ["run", Kernels, "--entry", "two_params", .. shape, "--arg", $"out:{InFolder("no/y.bin")}:4", "--arg", "u32:1"]);
        File.WriteAllText(InFolder("bad.ptx"), "this is no PTX");
        Refuses(5, "bad.ptx:1", ["run", InFolder("bad.ptx"), .. shape]);
    }

    private static readonly float[] Scaled = [2.5f, 4.5f, 6.5f, 4];
    private static readonly int[] Poked = [0x7f, 0, 0];
}
