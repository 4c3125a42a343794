using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using WrnEngine.Models.Safetensors;

namespace WrnEngine.Training.Data.Whitening;

/// <summary>
/// Keeps fitted transforms in files that are named after the training images they belong to: other images, or another definition of the
/// transform, have another name. A file that is damaged is computed again.
/// </summary>
/// <param name="folders">Where to look, in order; the first one that can be written to gets new files.</param>
/// <param name="notice">Told what takes long, and what is wrong with a file.</param>
internal sealed class ZcaCache(IReadOnlyList<string> folders, Action<string>? notice = null)
{
    /// <summary>The environment variable with the folder to use instead of the usual ones.</summary>
    public const string FolderVariable = "WRN_CACHE_DIR";

    private const string Definition = "wrn-zca-1"; // contrast normalisation to 55, bias 0.1, double precision
    private const string KeyName = "key", ResidualName = "residual", MeanName = "mean", MatrixName = "whitening";

    /// <summary>Beside the data where that folder exists, then the user's cache folder.</summary>
    public static IReadOnlyList<string> UsualFolders(string dataDirectory)
    {
        if (Environment.GetEnvironmentVariable(FolderVariable) is { Length: > 0 } own) return [own];
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        string cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } xdg ? xdg : Path.Combine(home, ".cache");
        string[] beside = Directory.Exists(dataDirectory) ? [Path.Combine(dataDirectory, ".wrn-cache")] : [];
        return [.. beside, Path.Combine(cache, "wrn")];
    }

    /// <summary>The transform of a data set: from a file, or fitted now and written to one.</summary>
    public ZcaTransform Get(ImageDataset images, int threads)
    {
        string key = Key(images);
        string name = $"zca-{key[..16]}.safetensors";
        foreach (string path in folders.Select(folder => Path.Combine(folder, name)).Where(File.Exists))
            if (Read(path, key, images.ImageSize) is { } found) return found;

        notice?.Invoke($"Fitting the ZCA transform to {images.Count:N0} images; about ten seconds on two cores for CIFAR-10, and once.");
        var transform = ZcaTransform.Fit(images, threads);
        Write(transform, key, name);
        return transform;
    }

    /// <summary>SHA-256 over the definition, the sizes and the pixels.</summary>
    internal static string Key(ImageDataset images)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.ASCII.GetBytes(Definition));
        Span<byte> sizes = stackalloc byte[3 * sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(sizes, images.Count);
        BinaryPrimitives.WriteInt32LittleEndian(sizes[4..], images.Height);
        BinaryPrimitives.WriteInt32LittleEndian(sizes[8..], images.Width);
        hash.AppendData(sizes);
        hash.AppendData(images.Pixels);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private ZcaTransform? Read(string path, string key, int features)
    {
        try
        {
            using var file = SafetensorsFile.Open(path);
            if (!file.VerifyChecksum()) return Refuse("it has no checksum");
            var metadata = file.ReadMetadata();
            if (metadata.GetValueOrDefault(KeyName) != key) return Refuse("it belongs to other images");
            if (!double.TryParse(metadata.GetValueOrDefault(ResidualName), CultureInfo.InvariantCulture, out double residual)
                || file.Find(MeanName) is not { DType: SafetensorsDType.F64, Shape: [var meanSize] } mean || meanSize != features
                || file.Find(MatrixName) is not { DType: SafetensorsDType.F64, Shape: [var rows, var columns] } matrix || rows != features || columns != features)
            {
                return Refuse("it does not hold a transform of that size");
            }

            var means = new double[features];
            var values = new double[features * features];
            file.Read(mean, MemoryMarshal.AsBytes(means.AsSpan()));
            file.Read(matrix, MemoryMarshal.AsBytes(values.AsSpan()));
#pragma warning disable IDISP001 // The transform owns it from here on.
            var panels = new PanelMatrix(features, features);
#pragma warning restore IDISP001
            panels.CopyFrom(values);
            return new ZcaTransform(means, panels, residual);
        }
        catch (Exception e) when (e is SafetensorsException or IOException or UnauthorizedAccessException)
        {
            return Refuse(e.Message);
        }

        ZcaTransform? Refuse(string why)
        {
            notice?.Invoke($"The ZCA transform in {path} cannot be used and is computed again: {why.TrimEnd('.')}.");
            return null;
        }
    }

    private void Write(ZcaTransform transform, string key, string name)
    {
        var writer = new SafetensorsWriter { IncludeChecksum = true };
        writer.SetMetadata("format", Definition);
        writer.SetMetadata(KeyName, key);
        writer.SetMetadata(ResidualName, transform.Residual.ToString("R", CultureInfo.InvariantCulture));
        int d = transform.Features;
        writer.Add(MeanName, SafetensorsDType.F64, [d], MemoryMarshal.AsBytes(transform.Mean.AsSpan()).ToArray());
        writer.Add(MatrixName, SafetensorsDType.F64, [d, d], MemoryMarshal.AsBytes(transform.Matrix.ToArray().AsSpan()).ToArray());
        string? reason = null;
        foreach (string folder in folders)
        {
            try
            {
                Directory.CreateDirectory(folder);
                writer.Save(Path.Combine(folder, name));
                return;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                reason ??= e.Message.TrimEnd('.');
            }
        }

        notice?.Invoke($"The ZCA transform could not be kept for the next run: {reason ?? "there is no folder for it"}.");
    }
}
