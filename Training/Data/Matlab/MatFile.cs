using System.Buffers.Binary;

namespace WrnEngine.Training.Data.Matlab;

/// <summary>
/// A MATLAB file of level 5 (version 7.3 is HDF5 and is refused by name): a header of 128 bytes, then one element per variable, plain or
/// compressed. Opening it reads the variables' headers only; <see cref="OpenValues"/> streams the values of one. Whatever it holds, no more
/// is allocated than a few buffers.
/// </summary>
/// <remarks>Source: MathWorks, "MAT-File Format".</remarks>
internal sealed class MatFile : IDisposable
{
    private const int HeaderSize = 128, TagSize = 8;
    private const int MaxVariables = 32;

    private readonly Stream _stream;
    private readonly List<MatVariable> _variables = [];

    /// <summary>Reads the header and the headers of all variables.</summary>
    /// <param name="path">The file's name, for messages.</param>
    /// <param name="open">Opens the file, which is closed with this.</param>
    /// <exception cref="DatasetException">It isn't such a file, or is damaged.</exception>
    public MatFile(string path, Func<Stream> open)
    {
        Path = path;
        _stream = open();
        try
        {
            CheckHeader();
            Scan();
        }
        catch
        {
            _stream.Dispose();
            throw;
        }
    }

    /// <summary>The file's name.</summary>
    public string Path { get; }

    /// <summary>Opens a file.</summary>
    /// <exception cref="DatasetException">It can't be read, isn't such a file, or is damaged.</exception>
    public static MatFile Open(string path) => DataFolder.Guard(
        path, () => new MatFile(path, () => new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1)));

    /// <summary>The numeric variable of that name.</summary>
    /// <exception cref="DatasetException">There is none, or more than one.</exception>
    public MatVariable Find(string name)
    {
        MatVariable[] found = [.. _variables.Where(variable => variable.Name == name)];
        return found.Length switch
        {
            1 => found[0],
            0 => throw MatProblem.In(Path, $"has no numeric array {name}, only {MatProblem.List(_variables.Select(v => v.Name))}"),
            _ => throw MatProblem.In(Path, $"has {found.Length} arrays {name}"),
        };
    }

    /// <summary>Goes to the values of a variable. Only the latest reader of a file is valid.</summary>
    /// <exception cref="DatasetException">The file is damaged.</exception>
    public MatValueReader OpenValues(MatVariable variable)
    {
        var reader = new MatValueReader(Path, _stream, variable.Offset, variable.Length, variable.IsCompressed);
        try
        {
            reader.ReadHeader();
            return reader;
        }
        catch
        {
            reader.Dispose();
            throw;
        }
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _stream.Dispose();

    private void CheckHeader()
    {
        Span<byte> header = stackalloc byte[HeaderSize];
        int read = _stream.ReadAtLeast(header, HeaderSize, throwOnEndOfStream: false);
        if (header.StartsWith("MATLAB 7.3 MAT-file"u8))
            throw MatProblem.In(Path, "is a MATLAB file of version 7.3, and only level 5 (save -v7) is read");
        if (read < HeaderSize)
            throw MatProblem.In(Path, $"ends after {read} bytes, inside its header of {HeaderSize}");
        if (header[126..].SequenceEqual("MI"u8))
            throw MatProblem.In(Path, "is a big-endian MATLAB file, and only little-endian ones are read");
        if (!header[126..].SequenceEqual("IM"u8) || BinaryPrimitives.ReadUInt16LittleEndian(header[124..]) != 0x0100)
            throw MatProblem.In(Path, "is not a MATLAB file of level 5");
    }

    private void Scan()
    {
        Span<byte> tag = stackalloc byte[TagSize];
        long end = _stream.Length, offset = HeaderSize;
        for (int elements = 0; offset < end; elements++)
        {
            if (elements == MaxVariables)
                throw MatProblem.In(Path, $"has more than {MaxVariables} variables");
            _stream.Position = offset;
            if (_stream.ReadAtLeast(tag, TagSize, throwOnEndOfStream: false) < TagSize)
                throw MatProblem.In(Path, $"ends inside the head of the element at byte {offset}");
            uint type = BinaryPrimitives.ReadUInt32LittleEndian(tag), length = BinaryPrimitives.ReadUInt32LittleEndian(tag[4..]);
            if (type is not (uint)MatType.Matrix and not (uint)MatType.Compressed)
                throw MatProblem.In(Path, $"has an element of the unknown type {type} at byte {offset}");
            if (length > end - offset - TagSize)
                throw MatProblem.In(Path, $"ends inside the element at byte {offset}, which needs {length} bytes");
            using (var reader = new MatValueReader(Path, _stream, offset + TagSize, length, type == (uint)MatType.Compressed))
            {
                if (reader.ReadHeader() is { } variable)
                    _variables.Add(variable);
            }

            offset += TagSize + length;
            if (type == (uint)MatType.Matrix) // its parts are padded, and whoever left out the last padding did no harm
                offset = Math.Min(end, offset + (-length & 7));
        }
    }
}
