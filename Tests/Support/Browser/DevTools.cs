using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace WrnEngine.Tests.Support.Browser;

/// <summary>The Chrome DevTools Protocol over a web socket: commands that wait for their answers, and events for those who ask.</summary>
internal sealed class DevTools : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ClientWebSocket _socket = new();
    private readonly CancellationTokenSource _end = new();
    private readonly ConcurrentDictionary<int, TaskCompletionSource<JsonObject>> _waiting = new();
    private Task _reader = Task.CompletedTask;
    private int _lastId;

    private DevTools()
    {
    }

    /// <summary>Called for each event with its session, name and parameters, on the thread that reads.</summary>
    public event Action<string?, string, JsonObject>? Event;

    /// <summary>Connects to a browser.</summary>
    public static DevTools Connect(Uri address)
    {
        var tools = new DevTools();
        try
        {
            tools._socket.ConnectAsync(address, tools._end.Token).WaitAsync(Patience).GetAwaiter().GetResult();
            tools._reader = Task.Run(tools.Read);
            return tools;
        }
        catch
        {
            tools.Dispose();
            throw;
        }
    }

    /// <summary>Sends a command and waits for its result.</summary>
    /// <exception cref="InvalidOperationException">The browser refuses it.</exception>
    public JsonObject Send(string method, JsonObject? parameters = null, string? session = null)
    {
        int id = Interlocked.Increment(ref _lastId);
        var answer = new TaskCompletionSource<JsonObject>(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting[id] = answer;
        var message = new JsonObject { ["id"] = id, ["method"] = method, ["params"] = parameters ?? [] };
        if (session is not null) message["sessionId"] = session;
        _socket.SendAsync(Encoding.UTF8.GetBytes(message.ToJsonString()), WebSocketMessageType.Text, endOfMessage: true, _end.Token)
            .WaitAsync(Patience).GetAwaiter().GetResult();
        var reply = answer.Task.WaitAsync(Patience).GetAwaiter().GetResult();
        return reply["error"] is { } error
            ? throw new InvalidOperationException($"{method}: {error["message"]} {error["data"]}") : reply["result"]!.AsObject();
    }

    private async Task Read()
    {
        byte[] buffer = new byte[1 << 16];
        try
        {
            while (true)
            {
                using var message = new MemoryStream();
                ValueWebSocketReceiveResult part;
                do
                {
                    part = await _socket.ReceiveAsync(buffer.AsMemory(), _end.Token);
                    if (part.MessageType == WebSocketMessageType.Close) throw new WebSocketException("the browser closed the connection");
                    message.Write(buffer, 0, part.Count);
                }
                while (!part.EndOfMessage);
                message.Position = 0;
                var json = JsonNode.Parse(message)!.AsObject();
                if (json["id"] is { } id)
                {
                    if (_waiting.TryRemove((int)id, out var answer)) answer.TrySetResult(json);
                }
                else
                {
                    Event?.Invoke((string?)json["sessionId"], (string)json["method"]!, json["params"]!.AsObject());
                }
            }
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or JsonException)
        {
            foreach (var answer in _waiting.Values) answer.TrySetException(e);
        }
    }

    public void Dispose()
    {
        _end.Cancel();
        _reader.Wait(Patience);
        _socket.Dispose();
        _end.Dispose();
    }
}
