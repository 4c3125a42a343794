using System.Net;
using System.Runtime.CompilerServices;
using System.Text;

namespace WrnEngine.Training.Reporting.Pages;

/// <summary>
/// Markup that is safe to put into a page. The only way to make it is an interpolated string whose holes are escaped, unless they hold markup
/// themselves; so a class named <c>&lt;script&gt;</c> stays a word.
/// </summary>
/// <example><code>Html row = Html.Of($"&lt;td&gt;{className}&lt;/td&gt;&lt;td class=\"number\"&gt;{error:F2}&lt;/td&gt;");</code></example>
internal readonly struct Html
{
    private readonly string? _markup;

    private Html(string markup) => _markup = markup;

    /// <summary>Nothing.</summary>
    public static Html Empty => default;

    /// <summary>Markup from a literal, with its holes escaped.</summary>
    public static Html Of(Interpolation markup) => new(markup.ToString());

    /// <summary>One after the other.</summary>
    public static Html Join(IEnumerable<Html> parts) => new(string.Concat(parts.Select(p => p._markup)));

    /// <summary>The markup.</summary>
    public override string ToString() => _markup ?? "";

    /// <summary>Builds markup from an interpolated string.</summary>
    [InterpolatedStringHandler]
    internal readonly ref struct Interpolation
    {
        private readonly StringBuilder _text;

        /// <summary>Called by the compiler.</summary>
        public Interpolation(int literalLength, int holes) => _text = new StringBuilder(literalLength + (16 * holes));

        /// <summary>What the program's author wrote.</summary>
        public void AppendLiteral(string literal) => _text.Append(literal);

        /// <summary>Markup, as it is.</summary>
        public void AppendFormatted(Html markup) => _text.Append(markup._markup);

        /// <summary>Pieces of markup, as they are.</summary>
        public void AppendFormatted(IEnumerable<Html> markup) => _text.Append(Join(markup)._markup);

        /// <summary>Text, escaped.</summary>
        public void AppendFormatted(string? text) => _text.Append(WebUtility.HtmlEncode(Straight(text)));

        /// <summary>A value, escaped.</summary>
        public void AppendFormatted<T>(T value, string? format = null) where T : IFormattable =>
            _text.Append(WebUtility.HtmlEncode(value.ToString(format, null)));

        /// <inheritdoc/>
        public override string ToString() => _text.ToString();

        /// <summary>The text, with U+FFFD for what would turn the writing direction of the words and numbers behind it.</summary>
        private static string? Straight(string? text) =>
            text is null || !text.Any(TurnsWriting) ? text : string.Concat(text.Select(c => TurnsWriting(c) ? '\uFFFD' : c));

        private static bool TurnsWriting(char c) => c is '\u061C' or (>= '\u200E' and <= '\u200F') or (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069');
    }
}
