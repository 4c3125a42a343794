using System.Text.RegularExpressions;

namespace WrnEngine.Tools.PtxSim;

/// <summary>
/// Finds its way in CUDA C++ source without parsing it: where functions, declarations and statements begin and end, and which of them are
/// device code. Keeps the length and the lines of the text, so that positions stay right after an edit.
/// </summary>
internal sealed partial class CudaSource
{
    private static readonly string[] DeviceMarks = ["__device__", "__global__", "__constant__", "__shared__", "__managed__"];
    private readonly char[] _text;

    // The same text with comments, literals and preprocessor lines blanked: what brackets and names are searched in.
    private readonly char[] _code;
    private readonly bool[] _directive;

    public CudaSource(string text)
    {
        _text = text.ToCharArray();
        _code = text.ToCharArray();
        _directive = new bool[text.Length];
        BlankNonCode();
    }

    public string Text => new(_text);

    /// <summary>The position of a line and column (both from 1), or -1.</summary>
    public int Position(int line, int column)
    {
        int at = 0;
        for (int i = 1; i < line; i++)
        {
            at = Array.IndexOf(_text, '\n', at) + 1;
            if (at == 0)
            {
                return -1;
            }
        }

        return at + column - 1 < _text.Length ? at + column - 1 : -1;
    }

    /// <summary>Takes the host code around a position out: the statement, or the whole function's body.</summary>
    /// <returns>False when the position is in device code, or in nothing that can be taken out.</returns>
    public bool RemoveHostCode(int position, bool wholeFunction)
    {
        if (Declaration(position, 0, _code.Length) is not Item item || item.IsDevice(_code, DeviceMarks))
        {
            return false;
        }

        if (item.Body < 0 || position < item.Body)
        {
            Blank(item.Start, item.End);
            return true;
        }

        if (wholeFunction || Statement(position, item.Body + 1, item.End - 1) is not Item statement)
        {
            // What is left is a declaration: device code that calls it all the same is refused later.
            int body = InitializerList(item);
            Blank(body, item.End);
            _text[body] = _code[body] = ';';
            return true;
        }

        Blank(statement.Start, statement.End);
        return true;
    }

    /// <summary>Old formatters wrote the launch brackets apart: <c>&lt;&lt; &lt;</c> and <c>&gt;&gt; &gt;</c>.</summary>
    public bool JoinLaunchBrackets()
    {
        bool changed = false;
        for (int i = 0; i + 3 < _code.Length; i++)
        {
            string four = new(_code, i, 4);
            if (four is "<< <" or ">> >")
            {
                char bracket = four[0];
                _text[i] = _code[i] = ' ';
                _text[i + 2] = _code[i + 2] = bracket;
                changed = true;
            }
        }

        return changed;
    }

    private readonly record struct Item(int Start, int Body, int End)
    {
        public bool IsDevice(char[] code, string[] marks)
        {
            string head = new(code, Start, (Body < 0 ? End : Body) - Start);
            return Array.Exists(marks, mark => head.Contains(mark, StringComparison.Ordinal));
        }
    }

    /// <summary>The innermost declaration around a position; namespaces, extern "C" and classes are looked into.</summary>
    private Item? Declaration(int position, int from, int to)
    {
        for (int at = from; at < to;)
        {
            at = SkipBlanks(at, to);
            if (at >= to)
            {
                return null;
            }

            Item item = NextDeclaration(at, to);
            if (position < item.End)
            {
                if (position < item.Start)
                {
                    return null;
                }

                return item.Body >= 0 && position > item.Body && IsContainer(item) ? Declaration(position, item.Body + 1, item.End - 1) : item;
            }

            at = Math.Max(item.End, at + 1);
        }

        return null;
    }

    private Item NextDeclaration(int at, int to)
    {
        int start = at;
        int body = -1;
        int depth = 0;
        for (; at < to; at++)
        {
            switch (_code[at])
            {
                case '(' or '[': depth++; break;
                case ')' or ']': depth--; break;
                case ';' when depth <= 0: return new Item(start, body, at + 1);
                case ':' when depth <= 0 && Word(start, at) is "public" or "private" or "protected":
                    return new Item(start, -1, at + 1);
                case '{' when depth <= 0:
                    int end = Math.Min(Closing(at, to) + 1, to);
                    var item = new Item(start, body = at, end);
                    // A class, an enumeration or an initial value goes on to its semicolon.
                    if (IsFunction(item) || IsNamespace(item))
                    {
                        return item;
                    }

                    at = end - 1;
                    break;
            }
        }

        return new Item(start, body, to);
    }

    /// <summary>The innermost statement around a position within a body.</summary>
    private Item? Statement(int position, int from, int to)
    {
        for (int at = from; at < to;)
        {
            at = SkipBlanks(at, to);
            int start = at;
            int depth = 0;
            int body = -1;
            for (; at < to; at++)
            {
                char c = _code[at];
                depth += c is '(' or '[' ? 1 : c is ')' or ']' ? -1 : 0;
                if (c == ';' && depth <= 0)
                {
                    at++;
                    break;
                }

                if (c == '{' && depth <= 0)
                {
                    body = at;
                    int close = Math.Min(Closing(at, to), to);
                    if (position > at && position < close)
                    {
                        return Statement(position, at + 1, close) ?? new Item(start, body, close + 1);
                    }

                    at = close + 1;
                    int next = SkipBlanks(at, to);
                    if (StartsWith(next, "else") || StartsWith(next, "while") || StartsWith(next, "catch") || (next < to && _code[next] is ',' or ';' or ')' or '.'))
                    {
                        at--;
                        continue;
                    }

                    break;
                }
            }

            if (position < at)
            {
                return position >= start ? new Item(start, body, at) : null;
            }

            at = Math.Max(at, start + 1);
        }

        return null;
    }

    private bool IsNamespace(Item item)
    {
        string head = new(_code, item.Start, item.Body - item.Start);
        return head.Contains("namespace", StringComparison.Ordinal) || head.Trim() == "extern";
    }

    private bool IsFunction(Item item)
    {
        // A parameter list in front of the brace, and no '=' outside of it; the list of an alignas does not count.
        string head = new string(_code, item.Start, item.Body - item.Start).Trim();
        if (!head.EndsWith(')') && ClassHead().IsMatch(head))
        {
            return false;
        }

        int depth = 0;
        bool list = false;
        for (int i = item.Start + TemplateList().Match(head).Length; i < item.Body; i++)
        {
            char c = _code[i];
            depth += c is '(' ? 1 : c is ')' ? -1 : 0;
            list |= c == ')' && depth == 0;
            if (c == '=' && depth == 0 && !list)
            {
                return false;
            }
        }

        return list;
    }

    [GeneratedRegex(@"^(template\s*<[^<>]*>\s*)+")]
    private static partial Regex TemplateList();

    [GeneratedRegex(@"^(template\s*<[^{]*>\s*)?(typedef\s+)?(struct|class|union|enum)\b")]
    private static partial Regex ClassHead();

    private bool IsContainer(Item item) => IsNamespace(item) || (!IsFunction(item) && !new string(_code, item.Start, item.Body - item.Start).Contains('=', StringComparison.Ordinal));

    /// <summary>Where a constructor's initialisers begin, or its body.</summary>
    private int InitializerList(Item item)
    {
        int depth = 0;
        bool list = false;
        for (int i = item.Start; i < item.Body; i++)
        {
            char c = _code[i];
            depth += c is '(' ? 1 : c is ')' ? -1 : 0;
            list |= c == ')' && depth == 0;
            if (list && depth == 0 && c == ':' && _code[i - 1] != ':' && _code[i + 1] != ':')
            {
                return i;
            }
        }

        return item.Body;
    }

    private string Word(int start, int end) => new string(_code, start, end - start).Trim();

    private bool StartsWith(int at, string word) => at + word.Length <= _code.Length && new string(_code, at, word.Length) == word;

    private int SkipBlanks(int at, int to)
    {
        while (at < to && char.IsWhiteSpace(_code[at]))
        {
            at++;
        }

        return at;
    }

    private int Closing(int open, int to)
    {
        int depth = 0;
        for (int i = open; i < to; i++)
        {
            depth += _code[i] == '{' ? 1 : _code[i] == '}' ? -1 : 0;
            if (depth == 0)
            {
                return i;
            }
        }

        return to;
    }

    private void Blank(int from, int to)
    {
        for (int i = from; i < to; i++)
        {
            // Preprocessor lines within stay: conditions must stay balanced.
            if (_text[i] is not ('\n' or '\r') && !_directive[i])
            {
                _text[i] = _code[i] = ' ';
            }
        }
    }

    private void BlankNonCode()
    {
        bool lineStart = true;
        for (int i = 0; i < _code.Length;)
        {
            char c = _text[i];
            char next = i + 1 < _text.Length ? _text[i + 1] : '\0';
            int end = i + 1;
            bool blank = true;
            if (c == '/' && next == '/')
            {
                end = LineEnd(i, false);
            }
            else if (c == '/' && next == '*')
            {
                end = Find("*/", i + 2);
            }
            else if (c == '#' && lineStart)
            {
                end = LineEnd(i, true);
                Array.Fill(_directive, true, i, end - i);
            }
            else if (c == 'R' && next == '"')
            {
                int open = Array.IndexOf(_text, '(', i);
                end = open < 0 ? _text.Length : Find(")" + new string(_text, i + 2, open - i - 2) + "\"", open);
            }
            else if (c == '"' || (c == '\'' && (i == 0 || !char.IsAsciiLetterOrDigit(_text[i - 1]))))
            {
                while (end < _text.Length && _text[end] != c && _text[end] != '\n')
                {
                    end += _text[end] == '\\' ? 2 : 1;
                }

                end = Math.Min(end + 1, _text.Length);
            }
            else
            {
                blank = false;
            }

            for (int k = i; blank && k < end; k++)
            {
                _code[k] = _text[k] is '\n' or '\r' ? _text[k] : ' ';
            }

            lineStart = c == '\n' || (lineStart && char.IsWhiteSpace(c));
            i = end;
        }
    }

    private int LineEnd(int at, bool continued)
    {
        for (; at < _text.Length; at++)
        {
            if (_text[at] == '\n' && !(continued && (_text[at - 1] == '\\' || (_text[at - 1] == '\r' && _text[at - 2] == '\\'))))
            {
                return at;
            }
        }

        return at;
    }

    private int Find(string what, int from)
    {
        int at = new string(_text).IndexOf(what, Math.Min(from, _text.Length), StringComparison.Ordinal);
        return at < 0 ? _text.Length : at + what.Length;
    }
}
