using System.Text;
using WrnEngine.Tests.Training.Data;
using WrnEngine.Training;
using WrnEngine.Training.Runs;

namespace WrnEngine.Tests.Training.Runs;

[Category("Training")]
public class MetricsCsvTests
{
    [Test]
    public void WhatIsWrittenIsReadBackToTheBit()
    {
        using var folder = new TempFolder();
        EpochRecord[] records =
        [
            new(1, 0.1f, 2.3025850929940457, 90.123456789, null, null, null, null, 12.5),
            new(2, 0.02f, 1.0 / 3, 33.3, 1.25, 40, 1.5, 41.25, 1e-3),
        ];
        MetricsCsv.Write(folder["m.csv"], records);
        Assert.That(File.ReadAllLines(folder["m.csv"])[0], Is.EqualTo("epoch,lr,trainLoss,trainError,valLoss,valError,testLoss,testError,seconds"));
        Assert.That(MetricsCsv.Read(folder["m.csv"]), Is.EqualTo(records));
        Assert.That(MetricsCsv.Read(folder["none.csv"]), Is.Empty);
    }

    [TestCase("a,b\n")]
    [TestCase("epoch,lr,trainLoss,trainError,valLoss,valError,testLoss,testError,seconds\n1,2,3\n")]
    [TestCase("epoch,lr,trainLoss,trainError,valLoss,valError,testLoss,testError,seconds\nx,0.1,1,1,,,,,1\n")]
    public void AnotherFileIsRefused(string text)
    {
        using var folder = new TempFolder();
        string path = folder.Write("m.csv", Encoding.UTF8.GetBytes(text));
        var error = Assert.Throws<UserException>(() => MetricsCsv.Read(path))!;
        Assert.That(error.ExitCode, Is.EqualTo(ExitCode.BadData));
        Assert.That(error.Message, Does.Contain(path));
    }
}
