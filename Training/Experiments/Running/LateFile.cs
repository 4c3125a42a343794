using System.Text;

namespace WrnEngine.Training.Experiments.Running;

/// <summary>
/// A text file that is opened by the first word that is written to it: a run says nothing before it has its folder, so what another run holds is not touched.
/// </summary>
/// <param name="path">Where; what is there already stays in front.</param>
internal sealed class LateFile(string path) : TextWriter
{
    private StreamWriter? _file;

    /// <inheritdoc/>
    public override Encoding Encoding => Encoding.UTF8;

    /// <inheritdoc/>
    public override void Write(char value) => Open().Write(value);

    /// <inheritdoc/>
    public override void Write(string? value) => Open().Write(value);

    /// <inheritdoc/>
    public override void Write(char[] buffer, int index, int count) => Open().Write(buffer, index, count);

    /// <inheritdoc/>
    public override void Flush() => _file?.Flush();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) _file?.Dispose();
        base.Dispose(disposing);
    }

    private StreamWriter Open() => _file ??= new StreamWriter(path, append: true);
}
