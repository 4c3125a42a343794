using WrnEngine.Nn;
using WrnEngine.Tensors;

namespace WrnEngine.Models.Blocks;

/// <summary>Running modules one after another.</summary>
internal static class ModuleChain
{
    /// <summary>Forward, and then the handle of the input is given up: its last reader has run.</summary>
    public static Tensor Consume(this Module module, Tensor x)
    {
        var y = module.Forward(x);
        if (y != x) x.Release(); // a dropout layer in evaluation mode hands its input on
        return y;
    }
}
