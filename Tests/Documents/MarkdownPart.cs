namespace WrnEngine.Tests.Documents;

/// <summary>Something in a document that is the same in every language.</summary>
/// <param name="Kind">One of the names below, as messages have it.</param>
/// <param name="Value">What has to be the same.</param>
/// <param name="Line">Where it begins, from 1.</param>
internal sealed record MarkdownPart(string Kind, string Value, int Line)
{
    /// <summary>A fenced block, with its language and the comment line above it.</summary>
    public const string CodeBlock = "code block";

    /// <summary>An HTML comment that belongs to no code block.</summary>
    public const string Comment = "comment";

    /// <summary>A table, by its size.</summary>
    public const string Table = "table";

    /// <summary>A paragraph or an item of a list: that there is one.</summary>
    public const string Paragraph = "paragraph or list item";

    /// <summary>Code within a line.</summary>
    public const string CodeSpan = "code span";

    /// <summary>The target of a link or an image.</summary>
    public const string Link = "link to";

    /// <summary>A number in digits, without separators of thousands.</summary>
    public const string Number = "number";

    /// <summary>A number that stands as an English word, as its digits.</summary>
    public const string SpelledNumber = "spelled number";
}
