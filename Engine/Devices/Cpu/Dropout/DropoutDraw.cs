using System.Runtime.CompilerServices;
using WrnEngine.Devices.Cpu.Simd;
using WrnEngine.Rng;

namespace WrnEngine.Devices.Cpu.Dropout;

/// <summary>Which numbers one dropout draws, and what it does with them.</summary>
internal readonly unsafe struct DropoutDraw(in DropoutKey key, float p, int* samples, bool accumulate)
{
    private readonly ulong _seed = key.Seed;
    private readonly uint _step = key.Step;
    private readonly uint _domain = Philox.Domain(RandomPurpose.Dropout, key.Layer);
    private readonly float _scale = 1 / (1 - p);

    // u = (word >> 8) 2^-24 is below p exactly when word >> 8 is below this.
    private readonly uint _threshold = (uint)Math.Ceiling(Math.Clamp((double)p, 0, 1) * (1 << 24));

    /// <summary>The data-set index of a row of the batch.</summary>
    public uint Sample(long n) => samples == null ? 0 : (uint)samples[n];

    /// <summary>The words of whole blocks of four elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public (V Word0, V Word1, V Word2, V Word3) Words<V>(V blocks, uint sample) where V : unmanaged, IVec<V> =>
        PhiloxVector.Words(_seed, blocks, sample, _step, _domain);

    /// <summary>Drops or scales the elements at <paramref name="x"/> by one word each.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Apply<V>(V words, float* x, float* y) where V : unmanaged, IVec<V>
    {
        var dropped = V.LessThanBits(V.ShiftRightBits(words, 8), V.CreateBits(_threshold));
        var result = V.Select(dropped, V.Zero, V.Load(x) * V.Create(_scale));
        if (accumulate) result = V.Load(y) + result;
        result.Store(y);
    }
}
