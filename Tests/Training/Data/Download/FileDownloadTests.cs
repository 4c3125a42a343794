using System.Diagnostics;
using System.Net.Sockets;
using WrnEngine.Training;
using WrnEngine.Training.Data;

namespace WrnEngine.Tests.Training.Data.Download;

/// <summary>Servers that do as they should, and servers that don't.</summary>
[TestFixture]
[Category("Training")]
public class FileDownloadTests
{
    private const string A = "http://a.test/f", B = "https://b.test/f";

    private static readonly byte[] Content = TestDownload.Bytes(200_000);

    private readonly TempFolder _folder = new();

    private string Target => _folder["set/file.bin"];

    private string Part => Target + ".part";

    [TearDown]
    public void Clean()
    {
        foreach (string file in Directory.GetFiles(_folder.Path, "*", SearchOption.AllDirectories)) File.Delete(file);
    }

    [OneTimeTearDown]
    public void Remove() => _folder.Dispose();

    [Test]
    public void AFileComesWithItsProgress()
    {
        using var server = new TestServer((request, answer) => answer.SendFile(request, Content));
        string output = TestDownload.Get(server, _folder, TestDownload.File(Content, B));
        CheckFile();
        Assert.That(server.Log, Is.EqualTo("b.test/f"));
        Assert.That(output, Does.StartWith($"Downloading {B} (200 kB) to {Target}\n").And.Contain("file.bin is here, in").And.EndWith($"The Set is in {_folder["set"]}.\n"));
    }

    [Test]
    public void ABodyWithoutLengthComesAsWell()
    {
        using var server = new TestServer((_, answer) =>
        {
            answer.Head(200);
            answer.Body(Content);
        });
        TestDownload.Get(server, _folder, TestDownload.File(Content, A));
        CheckFile();
    }

    [Test]
    public void AShortBodyIsGoneOnWith()
    {
        using var server = new TestServer((request, answer) =>
        {
            if (request.RangeStart is not null)
            {
                answer.SendFile(request, Content);
                return;
            }

            answer.Head(200, $"Content-Length: {Content.Length}");
            answer.Body(Content.AsSpan(0, 150_000));
        });
        string output = TestDownload.Get(server, _folder, TestDownload.File(Content, A));
        CheckFile();
        Assert.That(server.Log, Is.EqualTo("a.test/f a.test/f@150000"));
        Assert.That(output, Does.Contain("no further: ").And.Contain("going on after 150 kB that are there"));
    }

    [Test]
    public void AnEarlierPartIsGoneOnWith()
    {
        _folder.Write("set/file.bin.part", Content.AsSpan(0, 1234));
        using var server = new TestServer((request, answer) => answer.SendFile(request, Content));
        TestDownload.Get(server, _folder, TestDownload.File(Content, A));
        CheckFile();
        Assert.That(server.Log, Is.EqualTo("a.test/f@1234"));
    }

    [Test]
    public void AServerThatIgnoresTheRangeSendsAllOfIt()
    {
        _folder.Write("set/file.bin.part", TestDownload.Bytes(1234, seed: 2));
        using var server = new TestServer((_, answer) => answer.Send(200, Content));
        TestDownload.Get(server, _folder, TestDownload.File(Content, A));
        CheckFile();
    }

    [Test]
    public void AServerThatResumesElsewhereIsAskedFromTheStart([Values("bytes 0-199999/200000", "bytes 1234-199999/300000", "lines 1234-5/6", "")] string range)
    {
        _folder.Write("set/file.bin.part", Content.AsSpan(0, 1234));
        using var server = new TestServer((request, answer) =>
        {
            if (request.RangeStart is null) answer.Send(200, Content);
            else answer.Send(206, Content.AsSpan(1234), range.Length > 0 ? [$"Content-Range: {range}"] : []);
        });
        TestDownload.Get(server, _folder, TestDownload.File(Content, A));
        CheckFile();
        Assert.That(server.Log, Is.EqualTo("a.test/f@1234 a.test/f"));
    }

    [Test]
    public void ARangeThatIsRefusedStartsAgain()
    {
        _folder.Write("set/file.bin.part", Content.AsSpan(0, 1234));
        using var server = new TestServer((request, answer) =>
        {
            if (request.RangeStart is null) answer.Send(200, Content);
            else answer.Send(416);
        });
        TestDownload.Get(server, _folder, TestDownload.File(Content, A));
        CheckFile();
    }

    [Test]
    public void APartThatWasWrongIsFetchedAgain([Values(1234, 200_000, 200_001)] int length)
    {
        _folder.Write("set/file.bin.part", TestDownload.Bytes(length, seed: 2));
        using var server = new TestServer((request, answer) => answer.SendFile(request, Content));
        TestDownload.Get(server, _folder, TestDownload.File(Content, A));
        CheckFile();
    }

    [Test]
    public void ServerErrorsAreTriedAgain([Values(500, 503, 429, 408)] int status)
    {
        int requests = 0;
        using var server = new TestServer((request, answer) =>
        {
            if (Interlocked.Increment(ref requests) < 3) answer.Send(status);
            else answer.SendFile(request, Content);
        });
        TestDownload.Get(server, _folder, TestDownload.File(Content, A));
        CheckFile();
        Assert.That(requests, Is.EqualTo(3));
    }

    [Test]
    public void AfterSomeRoundsItGivesUpAndNamesEveryPlace()
    {
        using var server = new TestServer((request, answer) => answer.Send(request.Host == "a.test" ? 500 : 404));
        var file = TestDownload.File(Content, A, B);
        var error = Fails(server, file);
        Assert.That(error.Message, Is.EqualTo(
            $"The Set could not be downloaded: {A} (HTTP 500); {B} (HTTP 404). Get file.bin (200 kB, SHA-256 {file.Sha256}) in another way and put it "
            + $"into {_folder["set"]}, or use --dataset synthetic."));
        Assert.That(server.Log, Is.EqualTo("a.test/f b.test/f a.test/f a.test/f"), "who says no is not asked again");
        Assert.That(File.Exists(Target), Is.False);
    }

    [Test]
    public void AMissingFileComesFromTheNextPlace()
    {
        using var server = new TestServer((request, answer) =>
        {
            if (request.Host == "a.test") answer.Send(404);
            else answer.SendFile(request, Content);
        });
        TestDownload.Get(server, _folder, TestDownload.File(Content, A, B));
        CheckFile();
    }

    [Test]
    public void AWrongHashIsNotKeptAndTheNextPlaceIsAsked()
    {
        byte[] other = TestDownload.Bytes(Content.Length, seed: 5);
        using var server = new TestServer((request, answer) => answer.SendFile(request, request.Host == "a.test" ? other : Content));
        TestDownload.Get(server, _folder, TestDownload.File(Content, A, B));
        CheckFile();
        Clean();
        var error = Fails(server, TestDownload.File(Content, A));
        Assert.That(error.Message, Does.Contain($"{A} (its MD5 is "));
        Assert.That(File.Exists(Part) || File.Exists(Target), Is.False);
        error = Fails(server, TestDownload.File(other, A) with { Sha256 = TestDownload.Sha256(Content) });
        Assert.That(error.Message, Does.Contain($"its SHA-256 is {TestDownload.Sha256(other)} instead of {TestDownload.Sha256(Content)}"));
    }

    [Test]
    public void PiecesOfTwoPlacesThatDoNotFitAreFetchedAgain()
    {
        byte[] other = TestDownload.Bytes(Content.Length, seed: 5);
        using var server = new TestServer((request, answer) =>
        {
            if (request.Host != "a.test")
            {
                answer.SendFile(request, Content);
                return;
            }

            answer.Head(200, $"Content-Length: {Content.Length}");
            answer.Body(other.AsSpan(0, 100_000));
        });
        TestDownload.Get(server, _folder, TestDownload.File(Content, A, B));
        CheckFile();
    }

    [Test]
    public void ALongBodyIsRefused([Values] bool saysSo)
    {
        using var server = new TestServer((_, answer) =>
        {
            answer.Head(200, saysSo ? ["Content-Length: 900000"] : []);
            answer.Body(new byte[900_000]);
        });
        var error = Fails(server, TestDownload.File(Content, A));
        Assert.That(error.Message, Does.Contain(saysSo ? "it has 900,000 bytes instead of 200,000" : "it is longer than 200,000 bytes"));
        Assert.That(_folderBytes(), Is.LessThanOrEqualTo(Content.Length));

        long _folderBytes() => Directory.GetFiles(_folder.Path, "*", SearchOption.AllDirectories).Sum(f => new FileInfo(f).Length);
    }

    [Test]
    public void RedirectsAreFollowedToOtherHostsAndRelativePlaces()
    {
        using var server = new TestServer((request, answer) =>
        {
            switch (request.Host + request.Path)
            {
                case "a.test/f": answer.Redirect("https://c.test/x", 301); break;
                case "c.test/x": answer.Redirect("y/z", 307); break;
                case "c.test/y/z": answer.SendFile(request, Content); break;
                default: answer.Send(404); break;
            }
        });
        TestDownload.Get(server, _folder, TestDownload.File(Content, A));
        CheckFile();
        Assert.That(server.Log, Is.EqualTo("a.test/f c.test/x c.test/y/z"));
    }

    [Test]
    public void ARedirectLoopEnds()
    {
        using var server = new TestServer((_, answer) => answer.Redirect(A));
        Assert.That(Fails(server, TestDownload.File(Content, A)).Message, Does.Contain($"{A} (more than 5 redirects)"));
        Assert.That(server.Requests, Has.Count.EqualTo(6));
    }

    [Test]
    public void ARedirectWithoutAPlaceIsAnError()
    {
        using var server = new TestServer((_, answer) => answer.Send(302));
        Assert.That(Fails(server, TestDownload.File(Content, A)).Message, Does.Contain("HTTP 302 without a place to go to"));
    }

    [Test]
    public void WithoutASha256NothingComesOverHttp()
    {
        using var server = new TestServer((request, answer) =>
        {
            if (request.Path == "/down") answer.Redirect("http://c.test/f");
            else answer.SendFile(request, Content);
        });
        var file = TestDownload.File(Content, A) with { Sha256 = null };
        Assert.That(Fails(server, file).Message, Does.Contain($"{A} is not https, and no SHA-256 of the file is known"));
        Assert.That(Fails(server, file with { Urls = ["https://b.test/down"] }).Message, Does.Contain("http://c.test/f is not https"));
        Assert.That(Fails(server, file with { Urls = ["ftp://b.test/f"] }).Message, Does.Contain("ftp://b.test/f is not https"));
        Assert.That(server.Log, Is.EqualTo("b.test/down"));
        TestDownload.Get(server, _folder, file with { Urls = [B] });
        CheckFile();
    }

    [Test]
    public void AStalledServerIsLeft([Values] bool dripsOn)
    {
        using var end = new ManualResetEventSlim();
        using var server = new TestServer((request, answer) =>
        {
            if (request.Host != "a.test")
            {
                answer.SendFile(request, Content);
                return;
            }

            answer.Head(200, $"Content-Length: {Content.Length}");
            answer.Body(Content.AsSpan(0, 5000));
            for (int i = 5000; !end.Wait(50) && i < 5400; i++)
                if (dripsOn) answer.Body(Content.AsSpan(i, 1));
        });
        long start = Stopwatch.GetTimestamp();
        var limits = TestDownload.Limits with { BeforeNextPlace = TimeSpan.FromHours(1) };
        string output = TestDownload.Get(server, _folder, TestDownload.File(Content, A, B), limits: limits);
        end.Set();
        CheckFile();
        Assert.That(Stopwatch.GetElapsedTime(start).TotalSeconds, Is.LessThan(10));
        Assert.That(output, Does.Contain("no further: it stalled after 5 kB"));
        Assert.That(server.Requests[1].RangeStart, Is.InRange(5000, 5399), "the next place goes on where it ended");
    }

    [Test]
    public void AServerThatDoesNotAnswerIsLeft()
    {
        using var end = new ManualResetEventSlim();
        using var server = new TestServer((_, _) => end.Wait(20_000));
        var limits = TestDownload.Limits with { Connect = TimeSpan.FromSeconds(0.2), Rounds = 1 };
        var error = Fails(server, TestDownload.File(Content, A), limits: limits);
        end.Set();
        Assert.That(error.Message, Does.Contain($"{A} (no answer within "));
    }

    [Test]
    public void UnaskedAllPlacesTogetherGetTheConnectLimit()
    {
        using var end = new ManualResetEventSlim();
        using var server = new TestServer((_, _) => end.Wait(20_000));
        var limits = TestDownload.Limits with { Connect = TimeSpan.FromSeconds(0.3) };
        long start = Stopwatch.GetTimestamp();
        var error = Fails(server, TestDownload.File(Content, A, B, "https://c.test/f"), isAsked: false, limits: limits);
        end.Set();
        Assert.That(Stopwatch.GetElapsedTime(start).TotalSeconds, Is.LessThan(5));
        Assert.That(error.Message, Does.Contain("https://c.test/f (not tried, as there was no answer so far)"));
        Assert.That(server.Requests, Has.Count.EqualTo(1));
    }

    [Test]
    public void AHostThatDoesNotExistIsAskedOnce()
    {
        int asked = 0;
        using var server = new TestServer((_, answer) => answer.Send(500));
        var error = Fails(server, TestDownload.File(Content, A), refuse: _ =>
        {
            asked++;
            throw new SocketException((int)SocketError.HostNotFound);
        });
        Assert.That(error.Message, Does.Contain($"{A} (there is no such host, or no network)"));
        Assert.That(asked, Is.EqualTo(1));
    }

    [Test]
    public void ARefusedConnectionIsTriedAgain()
    {
        int asked = 0;
        using var server = new TestServer((request, answer) => answer.SendFile(request, Content));
        TestDownload.Get(server, _folder, TestDownload.File(Content, A), refuse: _ =>
        {
            if (Interlocked.Increment(ref asked) < 3) throw new SocketException((int)SocketError.ConnectionRefused);
        });
        CheckFile();
        Assert.That(asked, Is.EqualTo(3));
    }

    [Test]
    public void ASlowPlaceGivesWayAndIsUsedWhenThereIsNoFasterOne()
    {
        using var server = new TestServer((request, answer) =>
        {
            if (request.Host == "b.test")
            {
                answer.Send(503);
                return;
            }

            int start = (int)(request.RangeStart ?? 0);
            answer.Head(
                request.RangeStart is null ? 200 : 206, $"Content-Length: {Content.Length - start}",
                $"Content-Range: bytes {start}-{Content.Length - 1}/{Content.Length}");
            for (int i = start; i < Content.Length; i += 2000)
            {
                answer.Body(Content.AsSpan(i, Math.Min(2000, Content.Length - i)));
                if (request.RangeStart is null) Thread.Sleep(50); // 40 kB/s: 5 s in all
            }
        });
        string output = TestDownload.Get(server, _folder, TestDownload.File(Content, A, B));
        CheckFile();
        Assert.That(output, Does.Match("no further: it would take .* more at .* kB/s"));
        Assert.That(string.Join(' ', server.Requests.Select(r => r.Host)), Is.EqualTo("a.test b.test a.test"));
    }

    [Test]
    public void UnaskedASlowDownloadEnds()
    {
        using var end = new ManualResetEventSlim();
        using var server = new TestServer((_, answer) =>
        {
            answer.Head(200, $"Content-Length: {Content.Length}");
            for (int i = 0; i < Content.Length && !end.Wait(50); i += 2000) answer.Body(Content.AsSpan(i, 2000));
        });
        var error = Fails(server, TestDownload.File(Content, A), isAsked: false);
        end.Set();
        Assert.That(error.Message, Does.Match(@"a.test/f \(it would take .* more at .* kB/s\)"));
        Assert.That(new FileInfo(Part).Length, Is.GreaterThan(0), "what has arrived is kept");
    }

    [Test]
    public void StoppingKeepsThePart()
    {
        using var stop = new StopSignal();
        using var end = new ManualResetEventSlim();
        using var server = new TestServer((_, answer) =>
        {
            answer.Head(200, $"Content-Length: {Content.Length}");
            answer.Body(Content.AsSpan(0, 5000));
            while (!File.Exists(Part) || new FileInfo(Part).Length < 5000) Thread.Sleep(5);
            stop.Request(ExitCode.Terminated);
            end.Wait(20_000);
        });
        var limits = TestDownload.Limits with { Stall = TimeSpan.FromSeconds(20) };
        long start = Stopwatch.GetTimestamp();
        var error = Assert.Throws<UserException>(() => TestDownload.Get(server, _folder, TestDownload.File(Content, A), stop: stop, limits: limits))!;
        end.Set();
        Assert.That((error.ExitCode, error.Message), Is.EqualTo(
            (ExitCode.Terminated, "the download was stopped; what has arrived is kept, and the same command goes on from there.")));
        Assert.That(File.ReadAllBytes(Part), Is.EqualTo(Content[..5000]));
        Assert.That(Stopwatch.GetElapsedTime(start).TotalSeconds, Is.LessThan(10));
    }

    private DatasetException Fails(
        TestServer server, WrnEngine.Training.Data.Download.RemoteFile file, bool isAsked = true, Action<string>? refuse = null,
        WrnEngine.Training.Data.Download.DownloadLimits? limits = null)
    {
        var error = Assert.Throws<DatasetException>(() => TestDownload.Get(server, _folder, file, isAsked, refuse: refuse, limits: limits))!;
        Assert.That(error.Error, Is.EqualTo(DatasetError.NotFound));
        return error;
    }

    private void CheckFile()
    {
        Assert.That(File.ReadAllBytes(Target), Is.EqualTo(Content));
        Assert.That(File.Exists(Part), Is.False);
    }
}
