using System.Net;
using System.Net.Http;
using System.Net.Sockets;
using System.Text;

namespace WrnEngine.Tests.Training.Data.Download;

/// <summary>One request as the server got it.</summary>
internal sealed record TestRequest(string Host, string Path, long? RangeStart);

/// <summary>
/// A small HTTP server that answers for every host, over a socket file: no test needs a network, not even a loopback interface. https
/// addresses reach it as http.
/// </summary>
internal sealed class TestServer : IDisposable
{
    private readonly string _path = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"wrn-{Guid.NewGuid():N}.sock");
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly Action<TestRequest, TestAnswer> _answer;
    private readonly List<TestRequest> _requests = [];

    public TestServer(Action<TestRequest, TestAnswer> answer)
    {
        _answer = answer;
        _listener.Bind(new UnixDomainSocketEndPoint(_path));
        _listener.Listen();
        new Thread(Listen) { IsBackground = true }.Start();
    }

    /// <summary>The requests so far.</summary>
    public IReadOnlyList<TestRequest> Requests
    {
        get
        {
            lock (_requests) return [.. _requests];
        }
    }

    /// <summary>The requests so far: "host/path", with "@start" where a range was asked for.</summary>
    public string Log => string.Join(' ', Requests.Select(r => r.Host + r.Path + (r.RangeStart is { } start ? $"@{start}" : "")));

    /// <summary>The way to this server for an HTTP client.</summary>
    /// <param name="refuse">Throws for hosts that cannot be reached.</param>
#pragma warning disable IDISP001, IDISP004 // The handler and the stream own what they get.
    public HttpMessageHandler CreateHandler(Action<string>? refuse = null) => new PlainHandler(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseProxy = false,
        ConnectCallback = async (context, token) =>
        {
            refuse?.Invoke(context.DnsEndPoint.Host);
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(_path), token);
            return new NetworkStream(socket, ownsSocket: true);
        },
    });
#pragma warning restore IDISP001, IDISP004

    public void Dispose()
    {
        _listener.Dispose();
        File.Delete(_path);
    }

    private void Listen()
    {
        while (true)
        {
            Socket socket;
            try
            {
                socket = _listener.Accept();
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return;
            }

            new Thread(() => Serve(socket)) { IsBackground = true }.Start();
        }
    }

    private void Serve(Socket socket)
    {
        using var stream = new NetworkStream(socket, ownsSocket: true);
        try
        {
            string[] lines = ReadHead(stream).Split("\r\n");
            string? range = lines.FirstOrDefault(l => l.StartsWith("Range: bytes=", StringComparison.OrdinalIgnoreCase));
            string host = lines.First(l => l.StartsWith("Host: ", StringComparison.OrdinalIgnoreCase))["Host: ".Length..];
            var request = new TestRequest(host, lines[0].Split(' ')[1], range is null ? null : long.Parse(range["Range: bytes=".Length..^1]));
            lock (_requests) _requests.Add(request);
            _answer(request, new TestAnswer(stream));
        }
        catch (IOException)
        {
            // The client has hung up, as it should in some tests.
        }
    }

    private static string ReadHead(NetworkStream stream)
    {
        var head = new StringBuilder();
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && stream.ReadByte() is >= 0 and var next) head.Append((char)next);
        return head.ToString();
    }

    private sealed class PlainHandler(HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.RequestUri = new UriBuilder(request.RequestUri!) { Scheme = "http", Port = 80 }.Uri;
            return base.SendAsync(request, cancellationToken);
        }
    }
}

/// <summary>What a server says. The connection ends afterwards.</summary>
internal sealed class TestAnswer(Stream stream)
{
    /// <summary>A whole answer.</summary>
    public void Send(int status, ReadOnlySpan<byte> body = default, params IEnumerable<string> headers)
    {
        Head(status, [$"Content-Length: {body.Length}", .. headers]);
        Body(body);
    }

    /// <summary>The file, or the rest of it that is asked for.</summary>
    public void SendFile(TestRequest request, byte[] file)
    {
        if (request.RangeStart is { } start) Send(206, file.AsSpan((int)start), $"Content-Range: bytes {start}-{file.Length - 1}/{file.Length}");
        else Send(200, file);
    }

    public void Redirect(string location, int status = 302) => Send(status, default, $"Location: {location}");

    /// <summary>Only the status line and the headers.</summary>
    public void Head(int status, params IEnumerable<string> headers) =>
        Body(Encoding.ASCII.GetBytes($"HTTP/1.1 {status} X\r\nConnection: close\r\n{string.Concat(headers.Select(h => h + "\r\n"))}\r\n"));

    /// <summary>Bytes of a body, or of anything.</summary>
    public void Body(ReadOnlySpan<byte> bytes)
    {
        stream.Write(bytes);
        stream.Flush();
    }
}
