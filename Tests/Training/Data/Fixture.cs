namespace WrnEngine.Tests.Training.Data;

/// <summary>The files in Fixtures/, which other programs made.</summary>
internal static class Fixture
{
    public static byte[] Bytes(string name)
    {
        using Stream stream = typeof(Fixture).Assembly.GetManifestResourceStream($"Fixtures/{name}")
            ?? throw new ArgumentException($"There is no fixture {name}.");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
