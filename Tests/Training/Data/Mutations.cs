namespace WrnEngine.Tests.Training.Data;

/// <summary>
/// Damaged versions of a file, the same in every run: each byte flipped in turn, each length cut to in turn, and any number of random
/// changes (bits, bytes that are often limits, words, parts removed, repeated or put in).
/// </summary>
internal static class Mutations
{
    private static readonly byte[] Limits = [0, 1, 0x7F, 0x80, 0xFE, 0xFF];

    /// <summary>Every byte, changed in all bits, in one and in some.</summary>
    public static IEnumerable<byte[]> Flips(byte[] file)
    {
        foreach (byte mask in (byte[])[0xFF, 0x01, 0x54])
        {
            for (int at = 0; at < file.Length; at++)
            {
                byte[] changed = [.. file];
                changed[at] ^= mask;
                yield return changed;
            }
        }
    }

    /// <summary>Every length below the whole one.</summary>
    public static IEnumerable<byte[]> Truncations(byte[] file) => Enumerable.Range(0, file.Length).Select(length => file[..length]);

    /// <summary>Random changes, one to four at a time.</summary>
    public static IEnumerable<byte[]> Random(byte[] file, int count, int seed)
    {
        uint state = (uint)seed | 1;
        for (int i = 0; i < count; i++)
        {
            byte[] changed = [.. file];
            for (int changes = 1 + Next(4); changes > 0; changes--)
                changed = Change(changed);
            yield return changed;
        }

        byte[] Change(byte[] old)
        {
            if (old.Length == 0)
                return [(byte)Next(256)];
            int at = Next(old.Length), length = Math.Min(old.Length - at, 1 + Next(16));
            switch (Next(8))
            {
                case 0 or 1:
                    old[at] ^= (byte)(1 << Next(8));
                    return old;
                case 2:
                    old[at] = Limits[Next(Limits.Length)];
                    return old;
                case 3:
                    old.AsSpan(at, Math.Min(4, old.Length - at)).Fill(Limits[Next(Limits.Length)]);
                    return old;
                case 4:
                    old[at] = (byte)Next(256);
                    return old;
                case 5:
                    return [.. old[..at], .. old[(at + length)..]];
                case 6:
                    return [.. old[..at], .. old[at..(at + length)], .. old[at..]];
                default:
                    return Next(4) == 0 ? old[..at] : [.. old[..at], (byte)Next(256), .. old[at..]];
            }
        }

        int Next(int limit) // xorshift
        {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            return (int)(state % (uint)limit);
        }
    }
}
