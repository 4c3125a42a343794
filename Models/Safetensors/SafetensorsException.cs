namespace WrnEngine.Models.Safetensors;

/// <summary>Why a file is not a safetensors file.</summary>
public enum SafetensorsFault
{
    /// <summary>Fewer than the eight bytes that hold the header's size.</summary>
    HeaderTooSmall,

    /// <summary>The header claims more than 100,000,000 bytes.</summary>
    HeaderTooLarge,

    /// <summary>The header would end behind the end of the file.</summary>
    InvalidHeaderLength,

    /// <summary>The header is not UTF-8.</summary>
    InvalidUtf8,

    /// <summary>The header does not start with a brace.</summary>
    InvalidHeaderStart,

    /// <summary>The header is not JSON.</summary>
    InvalidJson,

    /// <summary>The JSON does not describe tensors: a field is missing, unknown or of the wrong kind.</summary>
    InvalidEntry,

    /// <summary>A name occurs twice.</summary>
    DuplicateKey,

    /// <summary>The element type is not one of the format's.</summary>
    UnknownDType,

    /// <summary>The number of elements or bytes does not fit 64 bits.</summary>
    Overflow,

    /// <summary>Shape and type do not fill the bytes between the offsets.</summary>
    SizeMismatch,

    /// <summary>Offsets that run backwards, overlap or leave a hole.</summary>
    InvalidOffset,

    /// <summary>The tensors end before or behind the end of the file.</summary>
    IncompleteBuffer,

    /// <summary>More metadata than a header is expected to carry.</summary>
    TooMuchMetadata,

    /// <summary>The checksum is malformed or belongs to other content.</summary>
    ChecksumMismatch,
}

/// <summary>A file breaks the safetensors format. The message is one sentence that names the file and the fault.</summary>
public sealed class SafetensorsException : Exception
{
    /// <summary>Creates the error.</summary>
    public SafetensorsException(SafetensorsFault fault, string message, Exception? innerException = null) : base(message, innerException) => Fault = fault;

    /// <summary>Creates the error with a default sentence.</summary>
    public SafetensorsException() : this("not a safetensors file") { }

    /// <summary>Creates the error with the full sentence.</summary>
    public SafetensorsException(string message) : base(message) { }

    /// <summary>Creates the error with its cause.</summary>
    public SafetensorsException(string message, Exception innerException) : base(message, innerException) { }

    /// <summary>What is wrong.</summary>
    public SafetensorsFault Fault { get; }
}
