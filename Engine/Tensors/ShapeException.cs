namespace WrnEngine.Tensors;

/// <summary>An op was given tensors whose shapes, types or devices do not fit. The message names the op, the shapes and the fix.</summary>
public sealed class ShapeException : ArgumentException
{
    /// <summary>Creates the error with the full sentence.</summary>
    public ShapeException(string message) : base(message) { }

    /// <summary>Creates the error with a default sentence.</summary>
    public ShapeException() : base("the shapes do not fit") { }

    /// <summary>Creates the error with its cause.</summary>
    public ShapeException(string message, Exception innerException) : base(message, innerException) { }
}
