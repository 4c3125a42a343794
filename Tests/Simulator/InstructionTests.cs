using System.Globalization;
using System.Reflection;
using WrnEngine.Kernels.Simulator.Checks;
using WrnEngine.Kernels.Simulator.Machine;
using WrnEngine.Tests.Simulator.Support;

namespace WrnEngine.Tests.Simulator;

/// <summary>Runs every file of <c>Instructions/</c>: each row gives the inputs' bits and the bits that must come out.</summary>
[Category("Simulator")]
public class InstructionTests
{
    private const string Prefix = "Instructions/";

    private static IEnumerable<string> Names() =>
        Assembly.GetExecutingAssembly().GetManifestResourceNames()
            .Where(static name => name.StartsWith(Prefix, StringComparison.Ordinal))
            .Select(static name => name[Prefix.Length..])
            .Order(StringComparer.Ordinal);

    [Test]
    public void FilesAreEmbedded() => Assert.That(Names().Count(), Is.GreaterThan(350));

    [TestCaseSource(nameof(Names))]
    public void Instruction(string name)
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(Prefix + name)!;
        using var reader = new StreamReader(stream);
        string text = reader.ReadToEnd();
        using var simulation = new Simulation(text);
        ulong input = simulation.Zeros(64);
        ulong output = simulation.Zeros(64);
        int rows = 0;
        foreach (string line in text.Split('\n').Where(static line => line.StartsWith("// row: ", StringComparison.Ordinal)))
        {
            string[] sides = line["// row: ".Length..].Split("->");
            ulong[] given = Parse(sides[0]);
            ulong[] expected = Parse(sides[1]);
            simulation.Memory.Fill(input, 0, 1, 64);
            simulation.Memory.Fill(output, 0, 1, 64);
            for (int i = 0; i < given.Length; i++)
            {
                simulation.Memory.CopyIn(input + (ulong)(8 * i), BitConverter.GetBytes(given[i]));
            }
            LaunchResult result = simulation.Run(new Dim3(1), new Dim3(1), new LaunchOptions { Checks = CheckKinds.All, StepLimit = 10_000 }, 0, output, input);
            Assert.That(result.Status, Is.EqualTo(LaunchStatus.Success), result.Message);
            Assert.That(result.Findings, Is.Empty, line);
            ulong[] actual = simulation.Download<ulong>(output, expected.Length);
            Assert.That(actual.Select(Hex), Is.EqualTo(expected.Select(Hex)), line);
            rows++;
        }
        Assert.That(rows, Is.GreaterThan(0), "the file has no row");
    }

    private static string Hex(ulong value) => value.ToString("x", CultureInfo.InvariantCulture);

    private static ulong[] Parse(string side) =>
        [.. side.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(static item => ulong.Parse(item, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture))];
}
