using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace WrnEngine.Tools.PtxSim;

/// <summary>
/// Makes a .cu file compile whose host code does not: headers that are missing count as empty, host statements, functions and declarations
/// with errors are taken out of copies that the compiler reads in place of the files. Device code is never touched.
/// </summary>
internal sealed partial class HostCodeRepair : IDisposable
{
    private readonly string _main;
    private readonly Dictionary<string, CudaSource> _sources = [];
    private readonly List<string> _missing = [];
    private readonly SortedSet<(string File, int Line)> _lines = [];
    private readonly string _overlay;

    public HostCodeRepair(string path)
    {
        _main = Path.GetFullPath(path);
        Folder = Directory.CreateTempSubdirectory("ptxsim").FullName;
        _overlay = Path.Combine(Folder, "overlay.json");
        Directory.CreateDirectory(Path.Combine(Folder, "missing"));
    }

    /// <summary>A folder that lives as long as this object.</summary>
    public string Folder { get; }

    public IReadOnlyCollection<string> MissingHeaders => _missing;

    /// <summary>What the compiler needs to see the repaired files.</summary>
    public IReadOnlyList<string> Arguments =>
    [
        "-idirafter", Path.GetDirectoryName(_main)!, "-idirafter", Path.Combine(Folder, "missing"),
        .. _sources.Count > 0 ? ["-ivfsoverlay", _overlay] : Array.Empty<string>(),
    ];

    /// <summary>What was left out, or null.</summary>
    public string? Note
    {
        get
        {
            if (_missing.Count == 0 && _lines.Count == 0)
            {
                return null;
            }

            string headers = _missing.Count > 0 ? $"took missing headers as empty ({string.Join(", ", _missing)})" : "";
            string code = _lines.Count > 0 ? $"left out host code that does not compile here ({_lines.Count} {(_lines.Count == 1 ? "place" : "places")}, one in {_lines.Min.File}:{_lines.Min.Line})" : "";
            return $"{Path.GetFileName(_main)}: {headers}{(headers.Length > 0 && code.Length > 0 ? ", " : "")}{code}.";
        }
    }

    /// <summary>Repairs what the compiler complained about.</summary>
    /// <returns>False when nothing could be done.</returns>
    public bool Apply(string errors, bool wholeFunctions)
    {
        bool changed = false;
        foreach (Match match in ErrorLine().Matches(errors))
        {
            string message = match.Groups["message"].Value;
            if (MissingHeader().Match(message) is { Success: true } header)
            {
                changed |= AddEmptyHeader(header.Groups[1].Value);
                continue;
            }

            string file = Path.GetFullPath(match.Groups["file"].Value);
            if (file.StartsWith(AppContext.BaseDirectory, StringComparison.Ordinal) || file.StartsWith("/usr/", StringComparison.Ordinal) || !File.Exists(file))
            {
                continue;
            }

            if (!_sources.TryGetValue(file, out CudaSource? source))
            {
                // Bytes as characters: the compiler counts columns in bytes.
                source = new CudaSource(File.ReadAllText(file, Encoding.Latin1));
                if (source.JoinLaunchBrackets())
                {
                    _sources.Add(file, source);
                    return Write();
                }
            }

            int line = int.Parse(match.Groups["line"].Value, CultureInfo.InvariantCulture);
            int column = int.Parse(match.Groups["column"].Value, CultureInfo.InvariantCulture);
            int position = source.Position(line, column);
            if (position >= 0 && source.RemoveHostCode(position, wholeFunctions))
            {
                _sources[file] = source;
                _lines.Add((Path.GetFileName(file), line));
                changed = true;
            }
        }

        return changed && Write();
    }

    public void Dispose() => Directory.Delete(Folder, true);

    private bool AddEmptyHeader(string name)
    {
        string path = Path.GetFullPath(Path.Combine(Folder, "missing", name));
        if (_missing.Contains(name) || !path.StartsWith(Folder, StringComparison.Ordinal))
        {
            return false;
        }

        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, "");
        _missing.Add(name);
        return true;
    }

    private bool Write()
    {
        var roots = new List<Dictionary<string, string>>();
        foreach ((string file, CudaSource source) in _sources)
        {
            string copy = Path.Combine(Folder, $"copy{roots.Count}.cu");
            File.WriteAllText(copy, source.Text, Encoding.Latin1);
            roots.Add(new() { ["type"] = "file", ["name"] = file, ["external-contents"] = copy });
        }

        File.WriteAllText(_overlay, JsonSerializer.Serialize(new Dictionary<string, object> { ["version"] = 0, ["use-external-names"] = false, ["roots"] = roots }));
        return true;
    }

    [GeneratedRegex(@"^(?<file>[^\n]+?):(?<line>\d+):(?<column>\d+): (?:fatal )?error: (?<message>[^\n]*)$", RegexOptions.Multiline)]
    private static partial Regex ErrorLine();

    [GeneratedRegex(@"^'([^']+)' file not found")]
    private static partial Regex MissingHeader();
}
