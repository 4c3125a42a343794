namespace WrnEngine.Training.Data;

/// <summary>What kind of trouble a data set is in, so that the command line can choose the exit code.</summary>
public enum DatasetError
{
    /// <summary>The request can't be met: an unknown name, more images than there are.</summary>
    Request,

    /// <summary>A folder or file is not there.</summary>
    NotFound,

    /// <summary>The system refused to open or read a file.</summary>
    Unreadable,

    /// <summary>A file is there but isn't what it should be.</summary>
    Invalid,
}

/// <summary>A data set can't be loaded. The message is one sentence: which file, what was expected, what was found, what to do.</summary>
public sealed class DatasetException : Exception
{
    /// <summary>An error of the given kind.</summary>
    public DatasetException(DatasetError error, string message, Exception? innerException = null)
        : base(message, innerException) => Error = error;

    /// <summary>The kind of trouble.</summary>
    public DatasetError Error { get; }
}
