using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using WrnEngine.Models.Safetensors;

namespace WrnEngine.Training.Reporting.Pages;

/// <summary>
/// A page that is one file: style, script, data and pictures are inside, and its content security policy lets nothing else in: no request, no
/// script or style but those whose hash it names. So markup has no <c>style</c> and no <c>on...</c> attributes.
/// </summary>
internal sealed record HtmlPage(string Title, Html Body)
{
    /// <summary>Styles of this page after those of every page: the name of an embedded .css file.</summary>
    public string? Style { get; init; }

    /// <summary>What the page does: the name of an embedded .js file. It runs after the body is there.</summary>
    public string? Script { get; init; }

    /// <summary>What the script reads, by <c>JSON.parse(document.getElementById('data').textContent)</c>.</summary>
    public JsonNode? Data { get; init; }

    /// <summary>The whole file.</summary>
    public override string ToString()
    {
        string style = Resource("page.css") + (Style is null ? "" : Resource(Style)), script = Script is null ? "" : Resource(Script);
        string policy = $"default-src 'none'; img-src data:; style-src '{Hash(style)}'; script-src {(Script is null ? "'none'" : $"'{Hash(script)}'")}; base-uri 'none'; form-action 'none'";
        var page = new StringBuilder();
        page.Append(Html.Of(
            $"""
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta http-equiv="Content-Security-Policy" content="{policy}">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>{Title}</title>
            <link rel="icon" href="data:,">

            """));
        page.Append("<style>").Append(style).Append("</style>\n</head>\n<body>\n").Append(Body).Append('\n');
        // The serializer writes '<' as an escape, so no data can end the element.
        if (Data is not null) page.Append("<script type=\"application/json\" id=\"data\">").Append(Data.ToJsonString()).Append("</script>\n");
        if (Script is not null) page.Append("<script>").Append(script).Append("</script>\n");
        return page.Append("</body>\n</html>\n").ToString();
    }

    /// <summary>Writes the file, in one piece.</summary>
    public void Save(string path) => AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(ToString())));

    /// <summary>An <c>img</c> element's source from the bytes of a PNG file.</summary>
    public static string PngSource(ReadOnlySpan<byte> png) => "data:image/png;base64," + Convert.ToBase64String(png);

    private static string Hash(string text) => "sha256-" + Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static string Resource(string name)
    {
        using var stream = typeof(HtmlPage).Assembly.GetManifestResourceStream(name)
            ?? throw new ArgumentException($"there is no embedded file '{name}'");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd().ReplaceLineEndings("\n"); // what a browser hashes
    }
}
