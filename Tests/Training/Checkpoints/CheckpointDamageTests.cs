using WrnEngine.Devices.Cpu;
using WrnEngine.Models;
using WrnEngine.Nn;
using WrnEngine.Optim;
using WrnEngine.Tests.Support;
using WrnEngine.Training.Checkpoints;

namespace WrnEngine.Tests.Training.Checkpoints;

/// <summary>
/// A damaged checkpoint is refused with the typed error, or holds the same content as before: never another content, another exception, a
/// hang, or memory out of proportion.
/// </summary>
[Category("Training")]
public class CheckpointDamageTests
{
    private const int Mutations = 20_000;

    private static readonly CheckpointState State = new(new WideResNetOptions(10, 1), "synthetic", 7, 3, 1234, new EpochSums(0.1 + 0.2, 5, 128));

    private CpuDevice _device = null!;
    private BatchNorm2d _layer = null!;
    private Sgd _optimizer = null!;
    private byte[] _original = null!;
    private float[][] _content = null!;

    [OneTimeSetUp]
    public void Create()
    {
        _device = new CpuDevice(1);
        _layer = new BatchNorm2d(3, new Initializer(1, _device));
        _optimizer = new Sgd(_layer.NamedParameters(), 0.1f, momentum: 0.9f);
        _optimizer.LoadMomentum("weight", [1, 2, 3]);
        _optimizer.LoadMomentum("bias", [-4, -5, -6]);
        using var stream = new MemoryStream();
        Checkpoint.Writer(_layer, _optimizer, State).WriteTo(stream);
        _original = stream.ToArray();
        _content = Content();
    }

    [OneTimeTearDown]
    public void CloseDevice()
    {
        _optimizer.Dispose();
        _layer.Dispose();
        _device.Dispose();
    }

    [Test]
    public void TheWholeFileLoads() => Assert.That(Loads(_original, "whole"), Is.True);

    [Test]
    public void EveryTruncation()
    {
        for (int length = 0; length < _original.Length; length++)
            Assert.That(Loads(_original[..length], $"{length} bytes"), Is.False, $"{length} bytes");
    }

    [Test]
    public void EveryByteFlip()
    {
        for (int i = 0; i < _original.Length; i++)
        {
            foreach (int flip in new[] { 0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0xff })
            {
                byte[] damaged = (byte[])_original.Clone();
                damaged[i] ^= (byte)flip;
                Loads(damaged, $"byte {i} ^ {flip}");
            }
        }
    }

    [Test]
    public void RandomMutations()
    {
        var random = TestData.For("checkpoint mutations");
        for (int m = 0; m < Mutations; m++)
        {
            var bytes = _original.ToList();
            for (int edits = 1 + random.Next(3); edits > 0; edits--)
            {
                int at = random.Next(bytes.Count), length = Math.Min(1 + random.Next(20), bytes.Count - at);
                int kind = random.Next(4);
                if (kind == 0) bytes[at] = (byte)random.Next(256);
                else if (kind == 1) bytes.RemoveRange(at, length);
                else if (kind == 2) bytes.InsertRange(at, bytes.GetRange(random.Next(bytes.Count - length + 1), length));
                else bytes[at] = "0123456789abcdef"u8[random.Next(16)];
            }
            Loads([.. bytes], $"mutation {m}");
        }
    }

    /// <summary>True when the bytes load; then they must have given the original's content.</summary>
    private bool Loads(byte[] bytes, string what)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        bool loads = LoadsInto(bytes, what);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        if (allocated > 2 * bytes.Length + (1 << 20)) Assert.Fail($"{what}: {allocated} bytes allocated for a file of {bytes.Length}");
        if (loads) Assert.That(Content(), Is.EqualTo(_content), what);
        return loads;
    }

    private bool LoadsInto(byte[] bytes, string what)
    {
        try
        {
            using var stream = new MemoryStream(bytes);
            using var checkpoint = Checkpoint.Open(stream, "x.safetensors");
            checkpoint.LoadInto(_layer, _optimizer);
            Assert.That(checkpoint.ReadState() with { Extra = State.Extra }, Is.EqualTo(State), what);
            return true;
        }
        catch (CheckpointException e)
        {
            if (!e.Message.StartsWith("'x.safetensors' ", StringComparison.Ordinal) || e.Message.Contains('\n', StringComparison.Ordinal)) Assert.Fail($"{what}: {e.Message}");
            return false;
        }
    }

    private float[][] Content() =>
        [.. _layer.NamedParameters().Concat(_layer.NamedBuffers()).Concat(_optimizer.MomentumBuffers()).Select(t => t.Value.ToArray<float>())];
}
