using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using WrnEngine.Tests.Support;
using WrnEngine.Training;
using WrnEngine.Training.Experiments;

namespace WrnEngine.Tests.Training.Experiments;

/// <summary><c>docs/experiment-files.md</c> has every key that a description may have, where it may stand, and no other.</summary>
[Category("Training")]
public partial class ExperimentFilesDocumentTests
{
    private static readonly string Document = EmbeddedFile.Read("docs/experiment-files.md");

    /// <summary>The heading of the document for each place in a description.</summary>
    private static readonly Dictionary<string, Func<JsonObject, JsonObject>> Places = new()
    {
        ["The whole"] = e => e,
        ["A twin"] = e => e["twins"]![0]!.AsObject(),
        ["A row"] = e => e["rows"]![0]!.AsObject(),
        ["A claim"] = e => e["claims"]![0]!.AsObject(),
    };

    private static IEnumerable<string> Headings => Places.Keys;

    [TestCaseSource(nameof(Headings))]
    public void EveryKeyOfTheCatalogIsThere(string heading)
    {
        var documented = Keys(heading);
        foreach (string name in ExperimentCatalog.Names)
        {
            var whole = Parse(Encoding.UTF8.GetString(ExperimentCatalog.Description(name)));
            IEnumerable<JsonObject> objects = heading switch
            {
                "The whole" => [whole],
                "A twin" => Objects(whole, "twins"),
                "A row" => Objects(whole, "rows"),
                _ => Objects(whole, "claims"),
            };
            foreach (var o in objects) Assert.That(o.Select(p => p.Key), Is.SubsetOf(documented), name);
        }
    }

    [TestCaseSource(nameof(Headings))]
    public void EveryKeyOfTheDocumentIsKnown(string heading)
    {
        var keys = Keys(heading);
        Assert.That(keys, Is.Not.Empty);
        foreach (string key in keys)
        {
            var description = Parse(Descriptions.Table);
            var place = Places[heading](description);
            if (!place.ContainsKey(key)) place[key] = new JsonObject(); // of no key's kind, so that it is refused, but for what it holds
            try
            {
                _ = Descriptions.Read(description.ToJsonString(), "table4");
            }
            catch (UserException e)
            {
                Assert.That(e.Message, Does.Not.Contain("there is no key"), key);
            }
        }

        var wrong = Parse(Descriptions.Table);
        Places[heading](wrong)["colour"] = 1;
        Assert.That(Assert.Throws<UserException>(() => Descriptions.Read(wrong.ToJsonString(), "table4"))!.Message, Does.Contain("there is no key \"colour\""), "the check can fail");
    }

    private static IEnumerable<JsonObject> Objects(JsonObject whole, string key) => whole[key]?.AsArray().Select(o => o!.AsObject()) ?? [];

    private static JsonObject Parse(string text) =>
        JsonNode.Parse(text, null, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true })!.AsObject();

    /// <summary>The code in the first column of the table below a heading.</summary>
    private static List<string> Keys(string heading)
    {
        string section = Document.Split($"## {heading}\n")[1].Split("\n## ")[0];
        return [.. FirstColumn().Matches(section).SelectMany(m => Code().Matches(m.Groups[1].Value)).Select(m => m.Groups[1].Value)];
    }

    [GeneratedRegex(@"^\| (`[^|]*) \|", RegexOptions.Multiline)]
    private static partial Regex FirstColumn();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Code();
}
