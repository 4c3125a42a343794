using WrnEngine.Training.Reporting.Pages;

namespace WrnEngine.Training.Profiling;

/// <summary>profile.html: the roofline and the tables.</summary>
internal static class ProfilePage
{
    /// <summary>The page.</summary>
    /// <param name="profile">What was measured.</param>
    /// <param name="command">The command that makes it again.</param>
    public static HtmlPage Create(Profile profile, string command) => new($"Profile of {profile.Network}", Html.Of(
        $"""
        <main>
        <h1>Profile of {profile.Network}</h1>
        <p class="quiet">A training step at batch {profile.Batch} on {profile.Device}. <code>{command}</code></p>
        <div class="tiles">
        {Tile(ProfileCells.StepTime(profile), $"a step, median of {profile.Steps}, with a clock at each op")}
        {Tile(ProfileCells.Text(1e3 * profile.OpSeconds, "F2") + " ms", "of it in ops")}
        {Tile(ProfileCells.Memory(profile), "of tensors at most")}
        {(profile.Limits is { } limits ? Html.Of($"{Tile(ProfileCells.Arithmetic(limits), "limit of arithmetic")}{Tile(ProfileCells.Bandwidth(limits), "limit of memory")}") : Html.Empty)}
        </div>
        {(profile.Limits is null
            ? Html.Of($"<p>The simulator's time says nothing about a GPU: there is no roofline. What its kernels do is what they do on one.</p>")
            : Html.Of($"<h2>Roofline</h2><p class=\"quiet\">The limits were measured just before, with {profile.Limits.Source}.</p>{new RooflineChart(profile, profile.Limits).ToHtml()}"))}
        {(profile.Kernels.Count == 0 ? Html.Empty : Html.Of($"<h2>Kernels</h2>{Table(ProfileCells.KernelTitles, profile.Kernels.Select(k => ProfileCells.Of(k.Kernel, k.Counts, profile.Steps)), words: 1)}<p class=\"quiet\">All numbers are of one step. A sector has 32 bytes; 4 sectors a request are perfect for 4-byte elements, 16 for 16-byte ones.</p>"))}
        <h2>Ops</h2>
        {Table(ProfileCells.Titles(profile), profile.Rows.Select(r => ProfileCells.Of(r, profile)), words: 3)}
        <p class="quiet">Times are of one step. Operations of convolutions and products are counted by definition, a multiply-add as two; Winograd's passes by the multiplications they
        replace, so that they may exceed the roof. Bytes: every tensor read or written once. Of the other ops a few operations are counted for each element.</p>
        </main>
        """));

    private static Html Tile(string figure, string what) => Html.Of($"<div class=\"tile\"><b>{figure}</b><span>{what}</span></div>");

    private static Html Table(IReadOnlyList<string> titles, IEnumerable<IReadOnlyList<string>> rows, int words) => Html.Of(
        $"""
        <div class="scroll"><table><thead><tr>{titles.Select((t, i) => i < words ? Html.Of($"<th>{t}</th>") : Html.Of($"<th class=\"number\">{t}</th>"))}</tr></thead><tbody>
        {rows.Select(row => Html.Of($"<tr>{row.Select((c, i) => i < words ? Html.Of($"<td>{c}</td>") : Html.Of($"<td class=\"number\">{c}</td>"))}</tr>\n"))}</tbody></table></div>
        """);
}
