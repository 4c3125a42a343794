namespace WrnEngine.Tests.Tools.PtxSim;

public sealed class InfoTests : PtxSimFixture
{
    [Test]
    public void InfoListsWhatAKernelNeeds()
    {
        Assert.That(Run("info", Kernels), Is.Zero, () => Error);
        Assert.That(Output, Does.Contain("PTX 7.5, target sm_75, 6 kernels"));
        Assert.That(Output, Does.Contain(".global counter: 4 bytes"));
        Assert.That(Output, Does.Contain("affine_f32 (line 7)").And.Contain("affine_param_0").And.Contain("24 bytes"));
        Assert.That(Output, Does.Contain("2048 bytes per block").And.Contain("at most (128,1,1)"));
        Assert.That(Output, Does.Contain("fma.rn.f32"));
    }

    [Test]
    public void InfoRefusesWhatIsNoPtx()
    {
        File.WriteAllText(InFolder("bad.ptx"), ".version 7.5\n.target sm_80\n.frob\n");
        Refuses(5, "bad.ptx:3", "info", InFolder("bad.ptx"));
        Refuses(4, "absent.ptx", "info", InFolder("absent.ptx"));
        Refuses(1, "argument", "info");
    }
}
