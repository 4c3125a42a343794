using WrnEngine.Tests.Simulator.Support;

namespace WrnEngine.Tests.Tools.PtxSim;

/// <summary>Everything that a user can get wrong at the command line ends with one clear sentence and the exit code of its kind.</summary>
public sealed class BadInputTests : PtxSimFixture
{
    private static readonly string[] OneThread = ["--grid", "1", "--block", "1"];

    [TestCase("0", "32", "--grid is '0'")]
    [TestCase("-1", "32", "--grid is '-1'")]
    [TestCase("99999999999", "32", "--grid is '99999999999'")]
    [TestCase("1.5", "32", "--grid is '1.5'")]
    [TestCase("", "32", "--grid is ''")]
    [TestCase("1,1,1,1", "32", "--grid is '1,1,1,1'")]
    [TestCase("1,65536", "32", "a grid of (1,65536,1) is not possible")]
    [TestCase("1", "0", "--block is '0'")]
    [TestCase("1", "32,-1", "--block is '32,-1'")]
    [TestCase("1", "2000", "is 2000 threads; a block of WrnEngine PTX simulator (sm_80) has at most 1024")]
    [TestCase("1", "2147483647,2147483647,2147483647", "has at most 1024")]
    [TestCase("1", "1,1,65", "a block of (1,1,65) is not possible")]
    public void Shapes(string grid, string block, string words) =>
        Refuses(1, words, "run", Kernels, "--entry", "two_params", "--grid", grid, "--block", block, "--arg", "u64:0", "--arg", "u32:0");

    [TestCase("--shared", "-1", "from 0 to 2147483647")]
    [TestCase("--shared", "99999999999", "from 0 to 2147483647")]
    [TestCase("--shared", "2147483647", "bytes of shared memory")]
    [TestCase("--seed", "-1", "from 0 to 2147483647")]
    [TestCase("--seed", "1e3", "--seed is '1e3'")]
    [TestCase("--step-limit", "99999999999999999999", "--step-limit")]
    [TestCase("--check", "memchek", "no check 'memchek'")]
    [TestCase("--check", "", "no check ''")]
    [TestCase("--check", "memcheck,,racecheck", "no check ''")]
    [TestCase("--device", "sm_1", "no device 'sm_1'")]
    [TestCase("--entry", "again", "'--entry' expects a single argument but 2 were provided")]
    [TestCase("--grid", "2", "'--grid' expects a single argument but 2 were provided")]
    [TestCase("--frob", "1", "'--frob'")]
    public void Options(string option, string value, string words) =>
        Refuses(1, words, ["run", Kernels, "--entry", "bounded", .. OneThread, option, value]);

    [TestCase("out:y.bin:0", "positive number of bytes")]
    [TestCase("out:y.bin:-4", "positive number of bytes")]
    [TestCase("out:y.bin:99999999999999999999", "positive number of bytes")]
    [TestCase("out::4", "positive number of bytes")]
    [TestCase("in:", "KIND:VALUE")]
    [TestCase("inout:x.bin", "inout:INFILE:OUTFILE")]
    [TestCase("u64:18446744073709551616", "not a whole number from 0 to 18446744073709551615")]
    [TestCase("u64:0x", "not a whole number")]
    [TestCase("f32:x", "not a number")]
    [TestCase("f64:0", "one struct of 24 bytes")]
    public void Arguments(string argument, string words) => Refuses(1, words, ["run", Kernels, "--entry", "affine_f32", .. OneThread, "--arg", argument]);

    [Test]
    public void MoreMemoryThanTheDeviceHas() => Refuses(
        7, "needs 99999999999999 bytes of device memory",
        ["run", Kernels, "--entry", "two_params", .. OneThread, "--arg", $"out:{InFolder("y.bin")}:99999999999999", "--arg", "u32:1"]);

    [Test]
    public void Files()
    {
        string folder = Directory.CreateDirectory(InFolder("folder.ptx")).FullName;
        string empty = InFolder("empty.ptx");
        string noise = InFolder("noise.ptx");
        File.WriteAllText(empty, "");
        File.WriteAllBytes(noise, [0x7F, (byte)'E', (byte)'L', (byte)'F', 0, 0xFF, 0xFE, 10, 0]);
        foreach (string[] command in (string[][])[["info"], ["run", .. OneThread]])
        {
            Refuses(4, "There is no file", [.. command, InFolder("absent.ptx")]);
            Refuses(4, "is a folder, not a file", [.. command, folder]);
            Refuses(5, "empty.ptx:1: there is no .version directive", [.. command, empty]);
            Refuses(5, "noise.ptx:1", [.. command, noise]);
        }

        string[] run = ["run", Kernels, "--entry", "two_params", .. OneThread, "--arg"];
        Refuses(4, "is a folder, not a file (--arg in:", [.. run, $"in:{folder}", "--arg", "u32:1"]);
        Refuses(4, "is a folder and cannot be written (--arg out:", [.. run, $"out:{folder}:4", "--arg", "u32:1"]);
        Refuses(4, "is a folder and cannot be written (--json)", [.. run, $"out:{InFolder("y.bin")}:4", "--arg", "u32:1", "--json", folder]);
    }

    [Test]
    [Platform("Linux")]
    public void FilesThatTheSystemRefuses()
    {
        // Nobody, not even root, creates a file there.
        string[] run = ["run", Kernels, "--entry", "two_params", .. OneThread, "--arg"];
        Refuses(4, "'/proc/y.bin' cannot be written (--arg out:", [.. run, "out:/proc/y.bin:4", "--arg", "u32:1"]);
        Refuses(4, "'/proc/y.json' cannot be written (--json)", [.. run, $"out:{InFolder("y.bin")}:4", "--arg", "u32:1", "--json", "/proc/y.json"]);
    }

    [Test]
    public void WildAddressesEndTheLaunchAndNothingElse()
    {
        string[] run = ["run", Kernels, "--entry", "two_params", .. OneThread, "--arg"];
        foreach (string address in (string[])["0", "16", "0x30000000000000", "18446744073709551612"])
        {
            foreach (string check in (string[])["none", "all"])
            {
                Assert.That(Run([.. run, $"u64:{address}", "--arg", "u32:1", "--check", check]), Is.EqualTo(7), () => Output + Error);
                Assert.That(Error, Does.Contain("CUDA error 700").And.Contain("two_params").And.Contain("block (0,0,0) thread (0,0,0)"));
            }
        }
    }

    [Test]
    public void EndlessLoopsAndDeadlocksEnd()
    {
        string endless = InFolder("endless.ptx");
        File.WriteAllText(endless, Simulation.Kernel("", "$L: bra $L;").Replace("sm_90", "sm_80", StringComparison.Ordinal));
        Refuses(7, "step limit of 10000 warp instructions is reached: the kernel may loop forever in k (", ["run", endless, .. OneThread, "--step-limit", "10000"]);
        Assert.That(Error, Does.Contain("CUDA error 702"));

        string deadlock = InFolder("deadlock.ptx");
        File.WriteAllText(deadlock, Simulation.Kernel("", "barrier.sync 1, 64; ret;").Replace("sm_90", "sm_80", StringComparison.Ordinal));
        Refuses(7, "CUDA error 702", ["run", deadlock, "--grid", "1", "--block", "32", "--check", "none"]);
    }

    [Test]
    public void WhatTheBlockSizeOfTheKernelForbids() =>
        Refuses(1, "at most 128 threads per block", "run", Kernels, "--entry", "bounded", "--grid", "1", "--block", "256");
}
