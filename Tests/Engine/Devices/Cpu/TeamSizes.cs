using WrnEngine.Devices;
using WrnEngine.Devices.Cpu;
using WrnEngine.Tensors;
using WrnEngine.Tests.Support;
using WrnEngine.Tests.Support.Oracle;

namespace WrnEngine.Tests.Engine.Devices.Cpu;

/// <summary>Runs the same ops with teams of one, two and three threads: the results must be the same bits.</summary>
internal static class TeamSizes
{
    /// <summary>Returns the results of <paramref name="ops"/> after checking that they do not depend on the number of threads.</summary>
    public static RefArray[] SameBits(Func<CpuDevice, Tensor[]> ops)
    {
        float[][]? first = null;
        RefArray[] results = [];
        for (int threads = 1; threads <= 3; threads++)
        {
            using var device = new CpuDevice(threads);
            using var scope = new StepScope();
            var tensors = ops(device);
            var values = Array.ConvertAll(tensors, t => t.ToArray<float>());
            if (first is null) (first, results) = (values, Array.ConvertAll(tensors, RefArray.From));
            for (int i = 0; i < values.Length; i++) TensorAssert.AreBitIdentical(values[i], first[i], $"result {i} with {threads} threads");
        }
        return results;
    }
}
