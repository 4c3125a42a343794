using System.Runtime.CompilerServices;

namespace WrnEngine.Devices.Cpu.Simd;

/// <summary>Philox4x32-10 at as many counters as a register has lanes; the words of <see cref="Rng.Philox"/> to the bit.</summary>
internal static class PhiloxVector
{
    private const uint Multiplier0 = 0xD2511F53;
    private const uint Multiplier1 = 0xCD9E8D57;
    private const uint Weyl0 = 0x9E3779B9;
    private const uint Weyl1 = 0xBB67AE85;
    private const int Rounds = 10;

    /// <summary>The four words at the counters (<paramref name="blocks"/>, c1, c2, c3) for every lane of <paramref name="blocks"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (V Word0, V Word1, V Word2, V Word3) Words<V>(ulong seed, V blocks, uint c1, uint c2, uint c3) where V : unmanaged, IVec<V>
    {
        uint key0 = (uint)seed, key1 = (uint)(seed >> 32);
        V x = blocks, y = V.CreateBits(c1), z = V.CreateBits(c2), w = V.CreateBits(c3);
        for (int round = 0; round < Rounds; round++)
        {
            var (low0, high0) = V.MultiplyBits(x, V.CreateBits(Multiplier0));
            var (low1, high1) = V.MultiplyBits(z, V.CreateBits(Multiplier1));
            x = high1 ^ y ^ V.CreateBits(key0);
            y = low1;
            z = high0 ^ w ^ V.CreateBits(key1);
            w = low0;
            key0 += Weyl0;
            key1 += Weyl1;
        }
        return (x, y, z, w);
    }
}
