namespace WrnEngine.Tools.GpuCheck;

/// <summary>What the user got wrong, as one sentence.</summary>
public sealed class CheckException(string message, Exception? cause = null) : Exception(message, cause);
