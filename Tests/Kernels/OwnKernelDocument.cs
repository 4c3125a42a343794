using WrnEngine.Tests.Support;

namespace WrnEngine.Tests.Kernels;

/// <summary><c>docs/own-kernel.md</c>, block by block.</summary>
internal static class OwnKernelDocument
{
    public const string FileName = "docs/own-kernel.md";

    public static IReadOnlyList<DocumentBlock> Blocks { get; } = DocumentBlock.In(FileName);

    /// <summary>The text of the block with a label.</summary>
    public static string Block(string label) => Blocks.Single(b => b.Label == label).Text;
}
