namespace WrnEngine.Kernels.Simulator.Ptx;

/// <summary>PTX text that does not parse, or holds something the simulator does not support.</summary>
public sealed class PtxException : Exception
{
    public PtxException(string message, string fileName, int line, string token)
        : base($"{fileName}:{line}: {message}{(token.Length == 0 ? "" : $" (at '{token}')")}")
    {
        FileName = fileName;
        Line = line;
        Token = token;
    }

    public string FileName { get; }

    public int Line { get; }

    /// <summary>The token the parser stood at.</summary>
    public string Token { get; }
}
