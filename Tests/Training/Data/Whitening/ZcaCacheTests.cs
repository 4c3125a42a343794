using WrnEngine.Training.Data.Whitening;

namespace WrnEngine.Tests.Training.Data.Whitening;

[TestFixture]
[Category("Training")]
public class ZcaCacheTests
{
    private readonly List<string> _notices = [];

    [SetUp]
    public void Forget() => _notices.Clear();

    [Test]
    public void TheSecondTimeItIsReadToTheBit()
    {
        using var folder = new TempFolder();
        var images = TestImages.Create(100, 4, 4);
        using var fitted = Cache(folder["cache"]).Get(images, threads: 2);
        Assert.That(_notices, Has.One.Items.And.All.Contains("Fitting the ZCA transform to 100 images"));
        _notices.Clear();
        using var read = Cache(folder["cache"]).Get(images, threads: 2);
        Assert.That(_notices, Is.Empty);
        Assert.That(read.Mean, Is.EqualTo(fitted.Mean));
        Assert.That(read.Matrix.ToArray(), Is.EqualTo(fitted.Matrix.ToArray()));
        Assert.That(read.Residual, Is.EqualTo(fitted.Residual));
    }

    [Test]
    public void OtherImagesHaveAnotherKey()
    {
        string[] keys =
        [
            ZcaCache.Key(TestImages.Create(100, 4, 4)), ZcaCache.Key(TestImages.Create(99, 4, 4)),
            ZcaCache.Key(TestImages.Create(100, 4, 4, seed: 2)), ZcaCache.Key(TestImages.Create(100, 2, 8)),
        ];
        Assert.That(keys, Is.Unique);
        Assert.That(ZcaCache.Key(TestImages.Create(100, 4, 4)), Is.EqualTo(keys[0]));
    }

    [Test]
    public void ADamagedFileIsComputedAgainAndSaid([Values(0, 0.5, 0.999)] double where, [Values] bool isCutOff)
    {
        using var folder = new TempFolder();
        var images = TestImages.Create(100, 4, 4);
        using var fitted = Cache(folder.Path).Get(images, threads: 2);
        string path = Directory.GetFiles(folder.Path).Single();
        byte[] bytes = File.ReadAllBytes(path);
        int at = (int)(where * bytes.Length);
        bytes[at] ^= 1;
        File.WriteAllBytes(path, isCutOff ? bytes[..at] : bytes);
        _notices.Clear();
        using var again = Cache(folder.Path).Get(images, threads: 2);
        Assert.That(_notices, Has.Count.EqualTo(2).And.Some.Contains($"The ZCA transform in {path} cannot be used and is computed again"));
        Assert.That(again.Matrix.ToArray(), Is.EqualTo(fitted.Matrix.ToArray()));
        _notices.Clear();
        using var whole = Cache(folder.Path).Get(images, threads: 2);
        Assert.That(_notices, Is.Empty, "the file was written anew");
    }

    [Test]
    public void AFileOfOtherImagesUnderThisNameIsNotBelieved()
    {
        using var folder = new TempFolder();
        using (Cache(folder.Path).Get(TestImages.Create(100, 4, 4), threads: 2)) { }
        string path = Directory.GetFiles(folder.Path).Single();
        var others = TestImages.Create(100, 4, 4, seed: 9);
        File.Move(path, folder[$"zca-{ZcaCache.Key(others)[..16]}.safetensors"]);
        _notices.Clear();
        using var fitted = Cache(folder.Path).Get(others, threads: 2);
        Assert.That(_notices, Has.Some.Contains("it belongs to other images"));
    }

    [Test]
    public void AFolderThatCannotBeWrittenGivesWayToTheNext()
    {
        using var folder = new TempFolder();
        string file = folder.Write("a-file", [1]);
        var images = TestImages.Create(50, 2, 2);
        using (Cache(Path.Combine(file, "cache"), folder["second"]).Get(images, threads: 1)) { }
        Assert.That(Directory.GetFiles(folder["second"]), Has.One.Items);
        Assert.That(_notices, Has.One.Items);
        using (Cache(Path.Combine(file, "cache")).Get(images, threads: 1)) { }
        Assert.That(_notices[^1], Does.StartWith("The ZCA transform could not be kept for the next run"));
    }

    [Test]
    public void TheUsualFoldersAreBesideTheDataAndTheUsersCache()
    {
        using var folder = new TempFolder();
        string? before = Environment.GetEnvironmentVariable(ZcaCache.FolderVariable);
        try
        {
            Environment.SetEnvironmentVariable(ZcaCache.FolderVariable, null);
            Assert.That(ZcaCache.UsualFolders(folder.Path)[0], Is.EqualTo(folder[".wrn-cache"]));
            Assert.That(ZcaCache.UsualFolders(folder["nothing"]), Has.One.Items.And.All.EndsWith("wrn"));
            Environment.SetEnvironmentVariable(ZcaCache.FolderVariable, "/somewhere");
            Assert.That(ZcaCache.UsualFolders(folder.Path), Has.One.Items.And.All.EqualTo("/somewhere"));
        }
        finally
        {
            Environment.SetEnvironmentVariable(ZcaCache.FolderVariable, before);
        }
    }

    private ZcaCache Cache(params string[] folders) => new(folders, _notices.Add);
}
