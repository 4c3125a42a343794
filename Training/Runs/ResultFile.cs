using System.Text.Json.Nodes;

namespace WrnEngine.Training.Runs;

/// <summary>The file of <c>--result</c>.</summary>
internal sealed class ResultFile
{
    private readonly string? _path;

    private ResultFile(string? path) => _path = path;

    /// <summary>Finds out before any work whether the file can be written; null writes nothing.</summary>
    /// <exception cref="UserException">It can't.</exception>
    public static ResultFile Prepare(string? path)
    {
        if (path is not null) WriteCheck.File(path, "--result");
        return new ResultFile(path);
    }

    /// <summary>Writes the result, if somebody wants it.</summary>
    public void Write(JsonObject result)
    {
        if (_path is not null) JsonFile.Write(_path, result);
    }
}
