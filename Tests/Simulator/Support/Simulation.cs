using System.Runtime.InteropServices;
using WrnEngine.Kernels.Simulator.Checks;
using WrnEngine.Kernels.Simulator.Machine;
using WrnEngine.Kernels.Simulator.Ptx;

namespace WrnEngine.Tests.Simulator.Support;

/// <summary>A device with one module: buffers, launches, results.</summary>
internal sealed class Simulation : IDisposable
{
    private readonly SimulatedDevice _device;
    private readonly LoadedModule _module;

    public Simulation(string ptx, SimulatedDeviceProperties? properties = null)
    {
        PtxModule module = PtxModule.Parse(ptx, "test.ptx");
        _device = new SimulatedDevice(properties ?? SimulatedDeviceProperties.Sm90, 64 << 20);
        _module = _device.Load(module);
    }

    public DeviceMemory Memory => _device.Memory;

    public PtxModule Module => _module.Module;

    public LoadedModule Loaded => _module;

    /// <summary>A kernel of one entry named <c>k</c> with the usual registers declared.</summary>
    public static string Kernel(string parameters, string body, string module = "") => $$"""
        .version 8.3
        .target sm_90
        .address_size 64
        {{module}}
        .visible .entry k({{parameters}})
        {
            .reg .pred %p<20>;
            .reg .b16 %h<20>;
            .reg .b32 %r<60>;
            .reg .f32 %f<60>;
            .reg .b64 %rd<40>;
            {{body}}
        }
        """;

    public ulong Allocate(long bytes) => Memory.TryAllocate(bytes, out ulong address) ? address : throw new InvalidOperationException("out of memory");

    public ulong Upload<T>(params T[] values)
        where T : unmanaged
    {
        ulong address = Allocate(Math.Max(1, MemoryMarshal.AsBytes<T>(values).Length));
        Memory.CopyIn(address, MemoryMarshal.AsBytes<T>(values));
        return address;
    }

    public ulong Zeros(int bytes) => Upload(new byte[bytes]);

    public T[] Download<T>(ulong address, int count)
        where T : unmanaged
    {
        var values = new T[count];
        Memory.CopyOut(MemoryMarshal.AsBytes(values.AsSpan()), address);
        return values;
    }

    /// <summary>Runs the first entry; arguments are ulong, int, uint or float, in order.</summary>
    public LaunchResult Run(Dim3 grid, Dim3 block, LaunchOptions? options, int dynamicShared, params object[] arguments)
    {
        PtxEntry entry = Module.Entries[0];
        var bytes = new byte[entry.ParameterBytes];
        for (int i = 0; i < arguments.Length; i++)
        {
            Span<byte> place = bytes.AsSpan(entry.Parameters[i].Offset);
            _ = arguments[i] switch
            {
                ulong value => BitConverter.TryWriteBytes(place, value),
                int value => BitConverter.TryWriteBytes(place, value),
                uint value => BitConverter.TryWriteBytes(place, value),
                float value => BitConverter.TryWriteBytes(place, value),
                _ => throw new ArgumentException($"no kernel argument of type {arguments[i].GetType()}"),
            };
        }
        return _device.Launch(_module, entry, grid, block, dynamicShared, bytes, options);
    }

    /// <summary>Runs one thread with a parameter block given as bytes.</summary>
    public LaunchResult RunBytes(byte[] parameters) => _device.Launch(_module, Module.Entries[0], new Dim3(1), new Dim3(1), 0, parameters);

    /// <summary>Runs one block and expects success without findings.</summary>
    public void RunCleanly(int threads, params object[] arguments) => RunCleanly(new Dim3(1), new Dim3(threads), arguments);

    public void RunCleanly(Dim3 grid, Dim3 block, params object[] arguments)
    {
        LaunchResult result = Run(grid, block, new LaunchOptions { Checks = CheckKinds.All, StepLimit = 10_000_000 }, 0, arguments);
        Assert.Multiple(() =>
        {
            Assert.That(result.Status, Is.EqualTo(LaunchStatus.Success), result.Message);
            Assert.That(result.Findings, Is.Empty);
        });
    }

    public void Dispose()
    {
        _module.Dispose();
        _device.Dispose();
    }
}
