namespace WrnEngine.Tests.Support.Oracle;

/// <summary>Philox4x32-10 in plain 64-bit arithmetic (Salmon et al., SC 2011).</summary>
public static class PhiloxOracle
{
    public static uint[] Draw(uint[] counter, ulong key)
    {
        var c = (uint[])counter.Clone();
        uint k0 = (uint)key, k1 = (uint)(key >> 32);
        for (int round = 0; round < 10; round++)
        {
            ulong p0 = 0xD2511F53UL * c[0], p1 = 0xCD9E8D57UL * c[2];
            c = [(uint)(p1 >> 32) ^ c[1] ^ k0, (uint)p1, (uint)(p0 >> 32) ^ c[3] ^ k1, (uint)p0];
            k0 = unchecked(k0 + 0x9E3779B9);
            k1 = unchecked(k1 + 0xBB67AE85);
        }
        return c;
    }
}
