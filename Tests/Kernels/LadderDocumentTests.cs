using WrnEngine.Kernels.Ladder;
using WrnEngine.Tests.Support;

namespace WrnEngine.Tests.Kernels;

/// <summary>
/// The tables of <c>docs/kernel-ladder.md</c> are what the simulator counts today. <c>WRN_UPDATE_DOCS=1</c> writes them anew, in the clone that the
/// tests were built from.
/// </summary>
[Category("Kernels")]
public class LadderDocumentTests
{
    private const string FileName = "docs/kernel-ladder.md";
    private const string Summary = "README.md"; // has the first table as well
    private const string Translation = "README.ko.md"; // and this one, under headings of its own

    private LadderRow[] _convolution = [];
    private LadderRow[] _reduction = [];

    [OneTimeSetUp]
    public void Count() => (_convolution, _reduction) = (LadderRow.Convolution(), LadderRow.Reduction());

    [Test]
    public void TablesAreUpToDate()
    {
        string convolution = LadderTable.Convolution(_convolution), reduction = LadderTable.Reduction(_reduction);
        TestContext.Out.WriteLine(convolution + reduction);
        if (Environment.GetEnvironmentVariable("WRN_UPDATE_DOCS") == "1")
        {
            string path = Path.Combine(Repository.Root!, FileName);
            string updated = LadderTable.Replace(File.ReadAllText(path), "convolution", convolution);
            File.WriteAllText(path, LadderTable.Replace(updated, "reduction", reduction));
            string summary = Path.Combine(Repository.Root!, Summary);
            File.WriteAllText(summary, LadderTable.Replace(File.ReadAllText(summary), "convolution", convolution));
            string translation = Path.Combine(Repository.Root!, Translation), translated = File.ReadAllText(translation);
            File.WriteAllText(translation, LadderTable.Replace(translated, "convolution", LadderTable.UnderHeadingsOf(LadderTable.Find(translated, "convolution"), convolution)));
            Assert.Pass($"{FileName} is written");
        }
        string document = EmbeddedFile.Read(FileName);
        const string Advice = $"{FileName} is not what the simulator counts: run the tests LadderDocumentTests with WRN_UPDATE_DOCS=1 and commit";
        Assert.That(LadderTable.Find(document, "convolution"), Is.EqualTo(convolution), Advice);
        Assert.That(LadderTable.Find(document, "reduction"), Is.EqualTo(reduction), Advice);
        Assert.That(LadderTable.Find(EmbeddedFile.Read(Summary), "convolution"), Is.EqualTo(convolution), Advice);
        string inKorean = LadderTable.Find(EmbeddedFile.Read(Translation), "convolution");
        Assert.That(inKorean, Is.EqualTo(LadderTable.UnderHeadingsOf(inKorean, convolution)), Advice);
    }

    [Test]
    public void DocumentSpeaksOfEveryRung()
    {
        string document = EmbeddedFile.Read(FileName);
        foreach (string name in ConvLadder.Rungs.Select(r => r.Name).Concat(ReductionLadder.Rungs.Select(r => r.Name)))
            Assert.That(document, Does.Contain($"\n**`{name}`**"), $"{FileName} has no paragraph about {name}");
    }

    /// <summary>What the document says each step is good for, in figures.</summary>
    [Test]
    public void EachConvolutionStepBringsWhatTheDocumentSays()
    {
        var (naive, coalesced, shared, register, vectorised, tensor) =
            (_convolution[0], _convolution[1], _convolution[2], _convolution[3], _convolution[4], _convolution[5]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(naive.SectorsPerRequest, Is.GreaterThan(14));
            Assert.That(coalesced.SectorsPerRequest, Is.LessThanOrEqualTo(4));
            Assert.That(coalesced.GlobalSectors, Is.LessThan(naive.GlobalSectors / 5));
            Assert.That(coalesced.WarpInstructions, Is.InRange(2 * naive.WarpInstructions, 4 * naive.WarpInstructions), "the price of it");
            Assert.That(coalesced.Intensity, Is.GreaterThan(5 * naive.Intensity));
            Assert.That(coalesced.SharedRequests, Is.Zero);
            Assert.That(shared.GlobalRequests, Is.LessThan(coalesced.GlobalRequests / 20));
            Assert.That(shared.Intensity, Is.GreaterThan(10 * coalesced.Intensity));
            Assert.That(SharedPerFlop(register), Is.LessThan(SharedPerFlop(shared) / 3.5));
            Assert.That(register.GlobalRequests, Is.LessThan(shared.GlobalRequests / 3.5));
            Assert.That(register.FlopsPerWarpInstruction, Is.GreaterThan(2 * shared.FlopsPerWarpInstruction));
            Assert.That(register.Registers, Is.GreaterThan(shared.Registers));
            Assert.That(SharedPerFlop(vectorised), Is.LessThan(SharedPerFlop(register) / 3.5));
            Assert.That(vectorised.GlobalRequests, Is.LessThan(register.GlobalRequests / 2));
            Assert.That(vectorised.GlobalSectors, Is.EqualTo(register.GlobalSectors));
            Assert.That(vectorised.WarpInstructions, Is.LessThan(register.WarpInstructions));
            Assert.That(register.FlopsPerWarpInstruction / 64, Is.InRange(0.45, 0.5));
            Assert.That(vectorised.FlopsPerWarpInstruction / 64, Is.InRange(0.67, 0.75));
            Assert.That(tensor.GlobalSectors, Is.EqualTo(vectorised.GlobalSectors));
            Assert.That(tensor.WarpInstructions, Is.LessThan(vectorised.WarpInstructions / 3));
            Assert.That(SharedPerFlop(tensor), Is.LessThan(SharedPerFlop(vectorised)));
            Assert.That(_convolution.Select(r => r.BankConflicts), Is.All.Zero);
            Assert.That(_convolution.Select(r => r.Occupancy), Is.All.GreaterThanOrEqualTo(0.25), "two blocks of 8 warps on a multiprocessor");
        }
    }

    [Test]
    public void EachReductionStepBringsWhatTheDocumentSays()
    {
        var (naive, side, sequential, several, shuffle, vectorised) = (_reduction[0], _reduction[1], _reduction[2], _reduction[3], _reduction[4], _reduction[5]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(naive.BankConflicts, Is.Zero);
            Assert.That(side.DivergentBranches, Is.LessThan(naive.DivergentBranches / 4));
            Assert.That(side.BankConflicts, Is.GreaterThan(side.SharedRequests / 4));
            Assert.That(sequential.BankConflicts, Is.Zero);
            Assert.That(sequential.SharedRequests, Is.EqualTo(side.SharedRequests));
            Assert.That(several.SharedRequests, Is.LessThan(sequential.SharedRequests / 10));
            Assert.That(several.Barriers, Is.LessThan(sequential.Barriers / 10));
            Assert.That(several.WarpInstructions, Is.LessThan(sequential.WarpInstructions / 3));
            Assert.That(shuffle.SharedRequests, Is.LessThan(several.SharedRequests / 4));
            Assert.That(shuffle.WarpInstructions, Is.LessThan(several.WarpInstructions));
            Assert.That(vectorised.GlobalRequests, Is.LessThan(shuffle.GlobalRequests / 3.5));
            Assert.That(vectorised.WarpInstructions, Is.LessThan(0.75 * shuffle.WarpInstructions));
            // Every element has to come, and nothing else does: no rung changes that.
            const int Sectors = LadderRow.ReductionCount * sizeof(float) / 32;
            Assert.That(_reduction.Select(r => r.GlobalSectors), Is.All.InRange(Sectors, 1.05 * Sectors));
        }
    }

    private static double SharedPerFlop(LadderRow row) => (double)row.SharedRequests / row.Flops;
}
