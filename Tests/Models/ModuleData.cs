using WrnEngine.Nn;
using WrnEngine.Tests.Support;

namespace WrnEngine.Tests.Models;

/// <summary>Moves a new module away from its special values: statistics 0 and 1 and zero biases would hide mistakes.</summary>
internal static class ModuleData
{
    public static void Randomize(Module module, string seed)
    {
        var data = TestData.For(seed);
        foreach (var (name, value) in module.NamedParameters().Concat(module.NamedBuffers()))
        {
            string kind = name[(name.LastIndexOf('.') + 1)..];
            if (kind == "running_var") value.CopyFrom<float>(data.Uniform(value.Shape, 0.5, 2).ToFloats());
            else if (kind is "bias" or "running_mean") value.CopyFrom<float>(data.Normal(value.Shape, std: 0.3).ToFloats());
        }
    }
}
