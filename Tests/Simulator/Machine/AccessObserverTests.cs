using WrnEngine.Kernels.Simulator;
using WrnEngine.Kernels.Simulator.Machine;
using WrnEngine.Tests.Simulator.Support;

namespace WrnEngine.Tests.Simulator.Machine;

/// <summary>An observer is told of each access, with what is stored.</summary>
[Category("Simulator")]
public class AccessObserverTests
{
    [Test]
    public void SeesWhoStoresWhatWhere()
    {
        var seen = new Recorder();
        using var gpu = new PtxSimulator(options: new LaunchOptions { Observer = seen });
        using KernelModule module = gpu.Load(Simulation.Kernel(".param .u64 y", """
            ld.param.u64 %rd1, [y];
            mov.u32 %r1, %tid.x;
            mov.u32 %r2, %ctaid.x;
            mad.lo.u32 %r3, %r2, 40, %r1;
            mul.wide.u32 %rd3, %r3, 4;
            add.s64 %rd1, %rd1, %rd3;
            st.global.u32 [%rd1], %r3;
            ret;
            """).Replace("sm_90", "sm_80", StringComparison.Ordinal));
        using SimulatorBuffer<uint> y = gpu.Allocate<uint>(80);
        Assert.That(module.Launch("k", new Dim3(2), new Dim3(40), y).IsSuccess);
        Assert.That(seen.Stores.Select(s => (s.Block, s.Warp, s.Values.Count)), Is.EqualTo(new[] { (0, 0, 32), (0, 1, 8), (1, 0, 32), (1, 1, 8) }));
        Assert.That(seen.Stores.SelectMany(s => s.Values).Select(v => ((v.Address - y.Address) / 4, v.Value)), Is.EqualTo(Enumerable.Range(0, 80).Select(i => ((ulong)i, (uint)i))));
        Assert.That(seen.Stores.Select(s => s.Instruction), Has.All.EqualTo("st.global.u32"));
    }

    private sealed class Recorder : IAccessObserver
    {
        public List<(int Block, int Warp, string Instruction, List<(ulong Address, uint Value)> Values)> Stores { get; } = [];

        public void OnAccess(in WarpAccess access)
        {
            if (!access.IsStore || access.IsShared) return;
            var values = new List<(ulong, uint)>();
            Span<byte> value = stackalloc byte[4];
            for (int lane = 0; lane < 32; lane++)
            {
                if ((access.Lanes >> lane & 1) == 0) continue;
                access.ReadStored(lane, value);
                values.Add((access.Addresses[lane], BitConverter.ToUInt32(value)));
            }

            Stores.Add((access.Block.X, access.Warp, access.Instruction, values));
        }
    }
}
