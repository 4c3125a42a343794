using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using WrnEngine.Kernels.Simulator.Driver;
using WrnEngine.Kernels.Simulator.Machine;

namespace WrnEngine.Training.Explain;

/// <summary>
/// Writes down how a kernel on the simulator makes a tensor: which warp of which block stored each value with which instruction, what was in shared memory
/// then, which of it each lane had read last, and the lines of CUDA through which the data went.
/// </summary>
internal sealed class WarpRecording : IAccessObserver, IDisposable
{
    /// <summary>No more bytes of shared memory are kept, over all blocks.</summary>
    private const int MaxSharedBytes = 260_000;

    private const int Lanes = 32, WordBytes = 4;

    private readonly SimulatorDriverOptions _before = SimulatorDriver.Options;
    private readonly List<Store> _stores = [];
    private readonly List<LaunchRecord> _launches = [];
    private readonly Dictionary<(string Role, string Instruction, string? File, int Line), long> _lines = [];
    private readonly Dictionary<int, byte[]> _shared = [];
    private readonly Dictionary<int, List<SharedRead>> _reads = []; // by warp of the first block
    private ulong _from, _end;
    private int _sharedBytes;

    /// <summary>One store of a warp into the tensor.</summary>
    private sealed record Store(int Block, int Warp, int Line, uint Mask, int[] Elements, float[] Values);

    /// <summary>One load of a warp from shared memory: the first word for each lane, and how many.</summary>
    private sealed record SharedRead(ushort[] Words, int Width);

    /// <summary>Starts to record; what is stored counts from <see cref="Watch"/> on.</summary>
    public WarpRecording()
    {
        SimulatorDriver.Options = _before with { Observer = this, CollectMetrics = true };
        SimulatorDriver.Launched += OnLaunched;
    }

    /// <summary>The tensor to watch.</summary>
    /// <param name="address">Its address on the device.</param>
    /// <param name="bytes">Its size.</param>
    public void Watch(ulong address, long bytes) => (_from, _end) = (address, address + (ulong)bytes);

    /// <inheritdoc/>
    public void OnAccess(in WarpAccess access)
    {
        int block = access.Block.X;
        Count(access);
        if (access.IsShared)
        {
            if (block != 0) return;
            if (access.IsStore) _reads.Remove(access.Warp); // new data: what was read before is of the past
            else Add(access);
            return;
        }

        if (!access.IsStore || !IsWatched(access)) return;
        Keep(block, access.SharedMemory);
        int width = access.Size / WordBytes;
        var (elements, values) = (new int[Lanes], new float[Lanes * width]);
        Array.Fill(elements, -1);
        for (int lane = 0; lane < Lanes; lane++)
        {
            if ((access.Lanes >> lane & 1) == 0) continue;
            elements[lane] = (int)((access.Addresses[lane] - _from) / WordBytes);
            access.ReadStored(lane, MemoryMarshal.AsBytes(values.AsSpan(lane * width, width)));
        }

        _stores.Add(new Store(block, access.Warp, access.Source.Line, access.Lanes, elements, values));
    }

    /// <summary>What was recorded of the launch that wrote the tensor.</summary>
    public JsonObject ToJson()
    {
        var launch = _launches.Single();
        int width = _stores[0].Values.Length / Lanes;
        var metrics = launch.Result.Metrics!;
        var lines = _lines.OrderBy(l => Array.IndexOf(Roles, l.Key.Role)).ThenByDescending(l => l.Value).GroupBy(l => l.Key.Role).Select(g => g.First()).ToList();
        return new JsonObject
        {
            ["kernel"] = launch.Entry.Name,
            ["grid"] = launch.Grid.X,
            ["block"] = launch.Block.X,
            ["registers"] = launch.Entry.Registers,
            ["sharedBytes"] = launch.Entry.SharedBytes,
            ["warpInstructions"] = metrics.WarpInstructions,
            ["flops"] = metrics.Flops,
            ["bankConflicts"] = metrics.SharedBankConflicts,
            ["width"] = width,
            ["storeBlocks"] = Base64Values.Of<int>(CollectionsMarshal.AsSpan(_stores.ConvertAll(s => s.Block))),
            ["storeWarps"] = Base64Values.Of<int>(CollectionsMarshal.AsSpan(_stores.ConvertAll(s => s.Warp))),
            ["elements"] = Base64Values.Of<int>(_stores.SelectMany(s => s.Elements).ToArray()),
            ["values"] = Base64Values.Of<float>(_stores.SelectMany(s => s.Values).ToArray()),
            ["shared"] = new JsonObject(_shared.Select(s => KeyValuePair.Create($"{s.Key}", (JsonNode?)Base64Values.Of<byte>(s.Value)))),
            ["reads"] = new JsonObject(_reads.Select(r => KeyValuePair.Create($"{r.Key}", (JsonNode?)new JsonObject
            {
                ["width"] = new JsonArray([.. r.Value.Select(read => JsonValue.Create(read.Width))]),
                ["words"] = Base64Values.Of<ushort>(r.Value.SelectMany(read => read.Words).ToArray()),
            }))),
            ["lines"] = new JsonArray([.. lines.Select(l => new JsonObject
            {
                ["role"] = l.Key.Role, ["instruction"] = l.Key.Instruction, ["file"] = l.Key.File, ["line"] = l.Key.Line, ["count"] = l.Value,
                ["text"] = CudaSource.Excerpt(l.Key.File, l.Key.Line),
            })]),
        };
    }

    /// <summary>Stops recording.</summary>
    public void Dispose()
    {
        SimulatorDriver.Launched -= OnLaunched;
        SimulatorDriver.Options = _before;
    }

    private static readonly string[] Roles = ["load from global memory", "store to shared memory", "load from shared memory", "store to global memory"];

    private void Count(in WarpAccess access)
    {
        string role = Roles[access.IsShared ? access.IsStore ? 1 : 2 : access.IsStore ? 3 : 0];
        var key = (role, access.Instruction, access.Source.File, access.Source.Line);
        _lines[key] = _lines.GetValueOrDefault(key) + 1;
    }

    private void Add(in WarpAccess access)
    {
        var words = new ushort[Lanes];
        for (int lane = 0; lane < Lanes; lane++) words[lane] = (ushort)(access.Addresses[lane] / WordBytes);
        if (!_reads.TryGetValue(access.Warp, out var reads)) _reads[access.Warp] = reads = [];
        reads.Add(new SharedRead(words, access.Size / WordBytes));
    }

    private bool IsWatched(in WarpAccess access)
    {
        for (int lane = 0; lane < Lanes; lane++)
            if ((access.Lanes >> lane & 1) != 0 && access.Addresses[lane] >= _from && access.Addresses[lane] < _end) return true;
        return false;
    }

    private void Keep(int block, ReadOnlySpan<byte> shared)
    {
        if (_shared.ContainsKey(block) || _sharedBytes + shared.Length > MaxSharedBytes) return;
        _sharedBytes += shared.Length;
        _shared[block] = shared.ToArray();
    }

    private void OnLaunched(LaunchRecord launch)
    {
        if (launch.Entry.Name.StartsWith("conv2d_forward", StringComparison.Ordinal)) _launches.Add(launch);
    }
}
