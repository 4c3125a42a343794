using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using WrnEngine.Devices;
using WrnEngine.Kernels;
using WrnEngine.Kernels.Simulator.Driver;
using WrnEngine.Models;

namespace WrnEngine.Tests.Tutorial;

/// <summary>Compiles a program as `dotnet build` does for a console project, against the assemblies that a user of the packages has.</summary>
internal static class ProgramCompiler
{
    private const string ImplicitUsings =
        """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Net.Http;
        global using System.Threading;
        global using System.Threading.Tasks;
        """;

    /// <summary>Compiles top-level statements.</summary>
    /// <returns>What runs them.</returns>
    public static Action Compile(string name, string program)
    {
        // Nullable is on and unsafe code off, as in a new project; the assembly's name is not one that may see internals.
        var parsing = new CSharpParseOptions(LanguageVersion.CSharp14);
        var compilation = CSharpCompilation.Create(
            $"Tutorial.{name}",
            [CSharpSyntaxTree.ParseText(ImplicitUsings, parsing), CSharpSyntaxTree.ParseText(program, parsing)],
            References().Select(path => MetadataReference.CreateFromFile(path)),
            new CSharpCompilationOptions(OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable, optimizationLevel: OptimizationLevel.Release));
        using var assembly = new MemoryStream();
        var result = compilation.Emit(assembly);
        var complaints = result.Diagnostics.Where(d => d.Severity >= DiagnosticSeverity.Warning).Select(d => d.ToString()).ToArray();
        Assert.That(complaints, Is.Empty, name);
        var main = Assembly.Load(assembly.ToArray()).EntryPoint!;
        return () => main.Invoke(null, BindingFlags.DoNotWrapExceptions, null, [Array.Empty<string>()], null);
    }

    private static IEnumerable<string> References()
    {
        string framework = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        foreach (string path in ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator))
            if (Path.GetDirectoryName(path) == framework && Path.GetFileName(path).StartsWith("System.", StringComparison.Ordinal)) yield return path;
        foreach (var type in (Type[])[typeof(Device), typeof(KernelLibrary), typeof(SimulatorDriver), typeof(WideResNet)]) yield return type.Assembly.Location;
    }
}
