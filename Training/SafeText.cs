using System.Globalization;
using System.Text;

namespace WrnEngine.Training;

/// <summary>Names from files and folders, fit for a terminal: they may hold anything, escape sequences and turns of the writing direction included.</summary>
internal static class SafeText
{
    private const int Longest = 300;

    /// <summary>The text in one line, without what acts on a terminal instead of being shown.</summary>
    public static string Of(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string shown = text.Length > Longest ? text[..Longest] + "..." : text;
        var safe = new StringBuilder(shown.Length);
        for (int at = 0; at < shown.Length;)
        {
            Rune.DecodeFromUtf16(shown.AsSpan(at), out var rune, out int length); // a lone half of a pair becomes U+FFFD
            safe.Append(IsShown(rune.Value) ? rune.ToString() : "?");
            at += length;
        }

        return safe.ToString();
    }

    private static bool IsShown(int codePoint)
    {
        var category = codePoint <= char.MaxValue ? char.GetUnicodeCategory((char)codePoint) : UnicodeCategory.OtherSymbol;
        bool turnsDirection = codePoint is 0x061C or (>= 0x200E and <= 0x200F) or (>= 0x202A and <= 0x202E) or (>= 0x2066 and <= 0x2069);
        return category is not (UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator) && !turnsDirection;
    }
}
