using System.Buffers.Binary;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;

namespace WrnEngine.Training.Data.Download;

/// <summary>
/// Unpacks the expected members of a .tar.gz and looks at nothing else in it: no name from the archive ever becomes a path, a link is never
/// made, and what an entry says of its size is believed only as far as the bytes go. (System.Formats.Tar would take the memory that an
/// extended header asks for.)
/// </summary>
internal static class TarArchive
{
    private const int BlockSize = 512;
    private const long OtherBytes = 16 << 20; // what further entries, headers and padding may take

    /// <summary>Unpacks into a temporary folder that takes the place of the target, or whose files do, when all of it is right.</summary>
    /// <param name="archive">The file.</param>
    /// <param name="members">What it must hold.</param>
    /// <param name="folder">Where the members go.</param>
    /// <exception cref="DatasetException">The archive is not what it should be, or the folder cannot be written.</exception>
    public static void Unpack(string archive, IReadOnlyList<ArchiveMember> members, string folder)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        string temporary = Path.Combine(Path.GetDirectoryName(full)!, $".{Path.GetFileName(full)}.unpacking");
        try
        {
            if (Directory.Exists(temporary)) Directory.Delete(temporary, recursive: true);
            Directory.CreateDirectory(temporary);
            Read(archive, members, temporary);
            if (!Directory.Exists(full))
            {
                Directory.Move(temporary, full);
                return;
            }

            foreach (var member in members) File.Move(Path.Combine(temporary, member.Name), Path.Combine(full, member.Name), overwrite: true);
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            throw Bad(archive, e.Message.TrimEnd('.'), e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DatasetException(
                DatasetError.Unreadable, $"{archive} cannot be unpacked into {folder} ({e.Message.TrimEnd('.')}); make room, or give another --data-dir.", e);
        }
        finally
        {
            DeleteQuietly(temporary);
        }
    }

    private static void Read(string archive, IReadOnlyList<ArchiveMember> members, string folder)
    {
        using var file = File.OpenRead(archive);
        using var unpacked = new GZipStream(file, CompressionMode.Decompress);
        var waiting = members.ToDictionary(m => m.Path, StringComparer.Ordinal);
        long left = members.Sum(m => m.Size) + OtherBytes;
        byte[] buffer = new byte[1 << 17];
        Span<byte> header = stackalloc byte[BlockSize];
        while (unpacked.ReadAtLeast(header, BlockSize, throwOnEndOfStream: false) is var count and > 0)
        {
            if (count < BlockSize) throw Bad(archive, "it is cut off");
            if (!header.ContainsAnyExcept((byte)0)) break; // the end
            if (!HasChecksum(header)) throw Bad(archive, "an entry's header is damaged");
            long size = Number(header.Slice(124, 12));
            long stored = size + ((BlockSize - (size % BlockSize)) % BlockSize);
            if (size < 0 || stored < size || (left -= BlockSize + stored) < 0) throw Bad(archive, "it unpacks to more than it should");

            string name = Name(header);
            if (members.Any(m => m.Path == name))
            {
                if (!waiting.Remove(name, out var member)) throw Bad(archive, $"it holds {name} twice");
                if (header[156] is not (0 or (byte)'0')) throw Bad(archive, $"{name} in it is not a file");
                if (size != member.Size) throw Bad(archive, $"{name} in it has {size:N0} bytes instead of {member.Size:N0}");
                Extract(archive, unpacked, member, folder, buffer);
                stored -= size;
            }

            for (; stored > 0; stored -= Math.Min(stored, buffer.Length)) unpacked.ReadExactly(buffer, 0, (int)Math.Min(stored, buffer.Length));
        }

        if (waiting.Count > 0) throw Bad(archive, $"it lacks {string.Join(", ", waiting.Keys.Order(StringComparer.Ordinal))}");
    }

    private static void Extract(string archive, GZipStream source, ArchiveMember member, string folder, byte[] buffer)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var target = new FileStream(Path.Combine(folder, member.Name), FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 1);
        for (long left = member.Size; left > 0;)
        {
            int count = (int)Math.Min(left, buffer.Length);
            source.ReadExactly(buffer, 0, count);
            hash.AppendData(buffer, 0, count);
            target.Write(buffer, 0, count);
            left -= count;
        }

        target.Flush(flushToDisk: true);
        if (Convert.ToHexStringLower(hash.GetHashAndReset()) is var actual && actual != member.Sha256)
            throw Bad(archive, $"the SHA-256 of {member.Path} in it is {actual} instead of {member.Sha256}");
    }

    private static string Name(ReadOnlySpan<byte> header)
    {
        string name = Text(header[..100]);
        bool hasPrefix = header.Slice(257, 6).SequenceEqual("ustar\0"u8) && header[345] != 0;
        return hasPrefix ? $"{Text(header.Slice(345, 155))}/{name}" : name;
    }

    private static string Text(ReadOnlySpan<byte> field) => Encoding.UTF8.GetString(field.IndexOf((byte)0) is >= 0 and var end ? field[..end] : field);

    /// <summary>The sum of the header's bytes, with spaces for the sum itself.</summary>
    private static bool HasChecksum(ReadOnlySpan<byte> header)
    {
        long sum = 8 * ' ';
        for (int i = 0; i < BlockSize; i++) sum += i is >= 148 and < 156 ? 0 : header[i];
        return Number(header.Slice(148, 8)) == sum;
    }

    /// <summary>Octal digits, or, with the first bit set, a binary number; -1 for anything else.</summary>
    private static long Number(ReadOnlySpan<byte> field)
    {
        if ((field[0] & 0x80) != 0) return field[..^8].ContainsAnyExcept((byte)0x80, (byte)0) ? -1 : BinaryPrimitives.ReadInt64BigEndian(field[^8..]);
        long value = 0;
        foreach (byte digit in field.Trim((byte)' ').TrimEnd((byte)0).TrimEnd((byte)' '))
        {
            if (digit is < (byte)'0' or > (byte)'7') return -1;
            value = (value * 8) + (digit - '0');
        }

        return value;
    }

    private static DatasetException Bad(string archive, string problem, Exception? cause = null) =>
        new(DatasetError.Invalid, $"{archive} is not the archive that it should be: {problem}; remove it and fetch it again.", cause);

    private static void DeleteQuietly(string folder)
    {
        try
        {
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The next unpacking tries again; an error that led here is the one to report.
        }
    }
}
