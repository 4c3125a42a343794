namespace WrnEngine.Tests.Documents;

/// <summary>A heading and what stands between it and the next one.</summary>
/// <param name="Heading">The whole line; empty for what stands above the first heading.</param>
internal sealed record MarkdownSection(string Heading, int Line, IReadOnlyList<MarkdownPart> Parts)
{
    /// <summary>How many # the heading has.</summary>
    public int Level => Heading.TakeWhile(c => c == '#').Count();
}
