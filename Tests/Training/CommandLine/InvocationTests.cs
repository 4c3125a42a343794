using WrnEngine.Tests.Training.Data;
using WrnEngine.Training.CommandLine;

namespace WrnEngine.Tests.Training.CommandLine;

[Category("Training")]
public class InvocationTests
{
    [Test]
    public void ABuildOutputIsRunThroughTheSdk()
    {
        using var folder = new TempFolder();
        folder.Write("repo/Training/Training.csproj", "<Project />"u8);
        string output = folder["repo/Training/bin/Debug/net10.0/"];
        Assert.That(Invocation.Prefix(output, folder["repo"]), Is.EqualTo("dotnet run --project Training --"));
        Assert.That(Invocation.Prefix(output, folder["repo/Training"]), Is.EqualTo("dotnet run --"));
        Assert.That(Invocation.Prefix(output, folder["repo/docs"]), Is.EqualTo("dotnet run --project ../Training --"));
    }

    [Test]
    public void AnInstalledToolIsRunByItsName() =>
        Assert.That(Invocation.Prefix("/home/u/.dotnet/tools/.store/wrnengine.training/0.1.0/tools/net10.0/any/", "/home/u"), Is.EqualTo("wrn"));
}
