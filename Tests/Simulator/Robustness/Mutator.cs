using System.Globalization;
using System.Reflection;
using System.Text;
using WrnEngine.Tests.Simulator.Driver;
using WrnEngine.Tests.Simulator.Speed;

namespace WrnEngine.Tests.Simulator.Robustness;

/// <summary>Real PTX with something changed, the same for the same seed: characters, tokens, lines, numbers, whole stretches.</summary>
internal sealed class Mutator(int seed)
{
    private static readonly string[] Spice =
    [
        "{", "}", "(", ")", "[", "]", ";", ",", ":", "@%p1 ", "@!", "%r1", "%rd1", "%p", "%tid.x", "-1", "0", "1", "0x7fffffff", "0xffffffffffffffff", "4294967296",
        "99999999999", "0f7FC00000", "0d7FF8000000000000", "1e400", "<1000000>", "[1000000]", ".v4", ".v2", ".b8", ".b128", ".pred", ".f16x2", ".shared", ".local", ".const",
        ".global", ".param", ".align 16", ".align 3", ".reg .b32 %z<100000>;", ".shared .b8 big[200000];", ".local .b8 deep[500000];", ".func f;", ".entry", ".visible",
        "ret;", "exit;", "trap;", "bra $L;", "$L:", "bar.sync 0;", "bar.sync 17, 33;", "call f, (%r1);", "call.uni (%r1), %rd1, (%r1), P;", "brx.idx %r1, T;",
        "shfl.sync.idx.b32 %r1, %r1, 99, 99, -1;", "bar.warp.sync 0;", ".loc 1 2 3", ".file 1 \"x.cu\"", "\"", "/*", "*/", "//", "\0", "\uFFFF", "é", "\t", "\n", ".version 9.9", ".target sm_10",
    ];

    private readonly Random _random = new(seed);

    /// <summary>
    /// The kernels of the instruction tests, of the driver's and the speed tests, what clang makes of the example, and the files of the folder
    /// WRN_PTX_FOLDER, if it is set.
    /// </summary>
    public static string[] Sources { get; } = [.. Embedded(), SpeedKernels.Ptx, TestKernels.Ptx, .. OnDisk()];

    public string Next()
    {
        var text = new StringBuilder(Sources[_random.Next(Sources.Length)]);
        for (int changes = _random.Next(1, 5); changes > 0 && text.Length > 0; changes--)
        {
            Change(text);
        }
        return text.ToString();
    }

    /// <summary>One small change that mostly still parses: a number, or a word of the same kind from elsewhere.</summary>
    public string NextGentle()
    {
        var text = new StringBuilder(Sources[_random.Next(Sources.Length)]);
        // The declarations at the top are of little interest.
        int body = Math.Max(0, text.ToString().IndexOf("ld.param", StringComparison.Ordinal));
        for (int changes = _random.Next(1, 3); changes > 0; changes--)
        {
            int at = _random.Next(body, text.Length);
            if (_random.Next(2) == 0)
            {
                Number(text, at);
                continue;
            }
            string word = "";
            Token(text, at, token => word = token);
            string[] alike = [.. text.ToString(body, text.Length - body).Split([' ', ',', ';', '\n', '\t', '[', ']', '{', '}', '+', '@', '!'], StringSplitOptions.RemoveEmptyEntries).Where(other => Alike(word, other))];
            if (alike.Length > 0)
            {
                Token(text, at, _ => alike[_random.Next(alike.Length)]);
            }
        }
        return text.ToString();
    }

    private static bool Alike(string a, string b) => a.Length > 1 && b.Length > 1 && a != b && a[0] == b[0] && a[1] == b[1] && a.Contains('.', StringComparison.Ordinal) == b.Contains('.', StringComparison.Ordinal);

    private static IEnumerable<string> Embedded()
    {
        var assembly = Assembly.GetExecutingAssembly();
        foreach (string name in assembly.GetManifestResourceNames().Where(static name => name.StartsWith("Instructions/", StringComparison.Ordinal) || (name.StartsWith("Examples/", StringComparison.Ordinal) && name.EndsWith(".ptx", StringComparison.Ordinal))).Order(StringComparer.Ordinal))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            yield return reader.ReadToEnd();
        }
    }

    private static IEnumerable<string> OnDisk() => Environment.GetEnvironmentVariable("WRN_PTX_FOLDER") is { Length: > 0 } folder
        ? Directory.GetFiles(folder, "*.ptx").Order(StringComparer.Ordinal).Select(File.ReadAllText)
        : [];

    private void Change(StringBuilder text)
    {
        int at = _random.Next(text.Length);
        switch (_random.Next(9))
        {
            case 0:
                text[at] = (char)_random.Next(32, 127);
                break;
            case 1:
                text.Remove(at, Math.Min(_random.Next(1, 4), text.Length - at));
                break;
            case 2:
                text.Insert(at, Spice[_random.Next(Spice.Length)]);
                break;
            case 3:
                Token(text, at, static _ => "");
                break;
            case 4:
                Token(text, at, _ => Spice[_random.Next(Spice.Length)]);
                break;
            case 5:
                // Another token of the same text: most likely to parse and mean something else.
                int from = _random.Next(text.Length);
                string other = "";
                Token(text, from, token => other = token);
                Token(text, Math.Min(at, text.Length - 1), _ => other);
                break;
            case 6:
                Number(text, at);
                break;
            case 7:
                Lines(text);
                break;
            default:
                text.Length = at;
                break;
        }
    }

    private static bool IsWord(char c) => char.IsLetterOrDigit(c) || c is '.' or '%' or '_' or '$';

    /// <summary>Replaces the word at a place.</summary>
    private static void Token(StringBuilder text, int at, Func<string, string> change)
    {
        int start = at;
        int end = at;
        while (start > 0 && IsWord(text[start - 1]) && at - start < 64)
        {
            start--;
        }
        while (end < text.Length && IsWord(text[end]) && end - at < 64)
        {
            end++;
        }
        string token = text.ToString(start, end - start);
        text.Remove(start, end - start).Insert(start, change(token));
    }

    /// <summary>Changes the next number.</summary>
    private void Number(StringBuilder text, int at)
    {
        while (at < text.Length && !char.IsAsciiDigit(text[at]))
        {
            at++;
        }
        int end = at;
        while (end < text.Length && char.IsAsciiDigit(text[end]))
        {
            end++;
        }
        long[] values = [0, 1, -1, 3, 31, 32, 33, 255, 65536, int.MaxValue, uint.MaxValue, long.MaxValue, _random.Next(100), _random.Next()];
        text.Remove(at, end - at).Insert(at, values[_random.Next(values.Length)].ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>Removes, doubles or exchanges lines.</summary>
    private void Lines(StringBuilder text)
    {
        List<string> lines = [.. text.ToString().Split('\n')];
        int at = _random.Next(lines.Count);
        int other = _random.Next(lines.Count);
        switch (_random.Next(4))
        {
            case 0: lines.RemoveAt(at); break;
            case 1: lines.Insert(at, lines[at]); break;
            case 2: lines.Insert(other, lines[at]); break;
            default: (lines[at], lines[other]) = (lines[other], lines[at]); break;
        }
        text.Clear().AppendJoin('\n', lines);
    }
}
