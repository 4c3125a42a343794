using System.Security.Cryptography;

namespace WrnEngine.Training.Data.Download;

/// <summary>Compares a file with what it must be.</summary>
internal static class FileHashes
{
    /// <summary>What is wrong with a file, in a few words, or null.</summary>
    public static string? Problem(string path, RemoteFile file)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1);
        if (stream.Length != file.Size) return $"it has {stream.Length:N0} bytes instead of {file.Size:N0}";
#pragma warning disable CA5351 // What the official pages publish; SHA-256 is what protects.
        using var md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
#pragma warning restore CA5351
        using var sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[1 << 17];
        for (int count; (count = stream.Read(buffer)) > 0;)
        {
            md5.AppendData(buffer, 0, count);
            sha256.AppendData(buffer, 0, count);
        }

        return Differs("MD5", md5, file.Md5) ?? (file.Sha256 is { } expected ? Differs("SHA-256", sha256, expected) : null);
    }

    private static string? Differs(string name, IncrementalHash hash, string expected)
    {
        string actual = Convert.ToHexStringLower(hash.GetHashAndReset());
        return actual == expected ? null : $"its {name} is {actual} instead of {expected}";
    }
}
