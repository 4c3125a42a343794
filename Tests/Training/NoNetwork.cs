using WrnEngine.Training.Data.Download;
using WrnEngine.Training.Data.Whitening;

namespace WrnEngine.Tests.Training;

/// <summary>Keeps every command line of these tests, also those of child processes, off the network and out of the user's cache folder.</summary>
[SetUpFixture]
public class NoNetwork
{
    [OneTimeSetUp]
    public void Forbid()
    {
        Environment.SetEnvironmentVariable(DownloadStep.ModeVariable, "no");
        Environment.SetEnvironmentVariable(DownloadStep.MirrorVariable, null);
        Environment.SetEnvironmentVariable(ZcaCache.FolderVariable, Directory.CreateTempSubdirectory("wrn-cache-").FullName);
    }

    [OneTimeTearDown]
    public void Clean() => Directory.Delete(Environment.GetEnvironmentVariable(ZcaCache.FolderVariable)!, recursive: true);
}
