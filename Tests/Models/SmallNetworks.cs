using WrnEngine.Models;

namespace WrnEngine.Tests.Models;

/// <summary>One small network for each way to build one: blocks, orders, shortcuts, dropout.</summary>
internal static class SmallNetworks
{
    /// <summary>Test cases with a name and options.</summary>
    public static IEnumerable<TestCaseData> All()
    {
        var basic = new WideResNetOptions { Depth = 10, WidenFactor = 2 };
        yield return Case("WRN-10-2", basic);
        yield return Case("WRN-16-1", basic with { Depth = 16, WidenFactor = 1 });
        yield return Case("dropout", basic with { DropRate = 0.3f });
        yield return Case("dropout on the shortcut", basic with { DropRate = 0.3f, DropoutAt = DropoutPlace.Shortcut });
        foreach (var order in Enum.GetValues<LayerOrder>())
            foreach (var shortcut in Enum.GetValues<ShortcutKind>())
                yield return Case($"{order}, {shortcut}", basic with { Order = order, Shortcut = shortcut });
        foreach (string block in (string[])["3,1", "1,3", "3,1,1", "1,3,1", "3,1,3", "3", "3,3,3"])
            yield return Case($"B({block})", basic with { Block = block, BlocksPerGroupOverride = 1 });

        static TestCaseData Case(string name, WideResNetOptions options) => new TestCaseData(options).SetName($"{{m}}({name})");
    }
}
