namespace WrnEngine.Tests.Documents;

/// <summary>
/// What a translation lacks, or has too much, by all that is the same in every language: headings, code, comments, links, numbers, the sizes of tables, the number
/// of paragraphs. The order within a section is free but for code blocks. A sentence that changes none of these can go out of date without being found.
/// </summary>
internal static class TranslationComparer
{
    private static readonly string[] InAnyOrder =
        [MarkdownPart.Comment, MarkdownPart.Table, MarkdownPart.Paragraph, MarkdownPart.CodeSpan, MarkdownPart.Link, MarkdownPart.Number];

    /// <summary>A line for each difference, with the section and the lines to look at; none when the two agree.</summary>
    public static IReadOnlyList<string> Differences(MarkdownDocument original, MarkdownDocument translation)
    {
        var (here, there) = (original.Sections, translation.Sections);
        if (!here.Select(s => s.Level).SequenceEqual(there.Select(s => s.Level))) return [Headings(original, translation)];
        List<string> differences = [];
        foreach (var (mine, theirs) in here.Zip(there))
        {
            string section = $"{original.Name}:{mine.Line} '{mine.Heading}', {translation.Name}:{theirs.Line} '{theirs.Heading}'";
            differences.AddRange(CodeBlocks(mine, theirs, original.Name, translation.Name).Concat(Parts(mine, theirs, original.Name, translation.Name)).Select(d => $"{section}: {d}"));
        }

        return differences;
    }

    // Sections are compared in pairs, so nothing else is worth saying before the pairs are right.
    private static string Headings(MarkdownDocument original, MarkdownDocument translation)
    {
        var (here, there) = (original.Sections.Skip(1).ToArray(), translation.Sections.Skip(1).ToArray());
        var lines = Enumerable.Range(0, Math.Max(here.Length, there.Length)).Select(i => $"  {Heading(here, i)} | {Heading(there, i)}");
        return $"{original.Name} has {here.Length} headings and {translation.Name} {there.Length}, or their levels differ; in order:\n{string.Join('\n', lines)}";
    }

    private static string Heading(MarkdownSection[] sections, int i) => i < sections.Length ? $"{sections[i].Line}: {sections[i].Heading}" : "nothing";

    private static IEnumerable<string> CodeBlocks(MarkdownSection mine, MarkdownSection theirs, string myName, string theirName)
    {
        var (here, there) = (Of(mine, MarkdownPart.CodeBlock), Of(theirs, MarkdownPart.CodeBlock));
        if (here.Length != there.Length)
            yield return $"{myName} has {here.Length} code blocks ({OnLines(here)}), {theirName} {there.Length} ({OnLines(there)})";
        foreach (var (block, copy) in here.Zip(there).Where(pair => pair.First.Value != pair.Second.Value).Take(1)) // those behind a missing one differ, too
        {
            string[] expected = block.Value.Split('\n'), actual = copy.Value.Split('\n');
            int line = expected.Zip(actual).TakeWhile(pair => pair.First == pair.Second).Count(); // both end with a fence, so none begins with the other
            yield return $"a code block differs: {myName}:{block.Line + line} is '{expected[line]}', {theirName}:{copy.Line + line} is '{actual[line]}'";
        }
    }

    private static IEnumerable<string> Parts(MarkdownSection mine, MarkdownSection theirs, string myName, string theirName)
    {
        foreach (string kind in InAnyOrder)
        {
            ILookup<string, MarkdownPart> here = Of(mine, kind).ToLookup(p => p.Value), there = Of(theirs, kind).ToLookup(p => p.Value);
            foreach (string value in here.Concat(there).Select(g => g.Key).Distinct())
            {
                int extra = there[value].Count() - here[value].Count();
                bool isSpelled = kind == MarkdownPart.Number && extra > 0 && extra <= Of(mine, MarkdownPart.SpelledNumber).Count(p => p.Value == value);
                if (extra == 0 || isSpelled) continue; // "three minutes" may be "3분"
                yield return $"{$"{kind} {value}".TrimEnd()}: {myName} has it {OnLines(here[value])}, {theirName} {OnLines(there[value])}";
            }
        }
    }

    private static MarkdownPart[] Of(MarkdownSection section, string kind) => [.. section.Parts.Where(p => p.Kind == kind)];

    private static string OnLines(IEnumerable<MarkdownPart> parts) => parts.Any() ? $"on line {string.Join(", ", parts.Select(p => p.Line))}" : "nowhere";
}
