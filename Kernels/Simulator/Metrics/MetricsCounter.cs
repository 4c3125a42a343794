using System.Numerics;
using WrnEngine.Kernels.Simulator.Checks;
using WrnEngine.Kernels.Simulator.Machine;
using WrnEngine.Kernels.Simulator.Ptx;

namespace WrnEngine.Kernels.Simulator.Metrics;

/// <summary>Counts what one host thread runs; the counters of all threads are added up at the end.</summary>
internal sealed class MetricsCounter
{
    private readonly long[] _byClass = new long[Enum.GetValues<InstrClass>().Length];
    private long _warp;
    private long _thread;
    private long _branches;
    private long _requests;
    private long _sectors;
    private long _loaded;
    private long _stored;
    private long _sharedRequests;
    private long _conflicts;
    private long _sharedBytes;
    private long _flops;

    public long DivergentBranches { get; set; }

    public void Count(Instr instr, uint mask)
    {
        int lanes = BitOperations.PopCount(mask);
        _byClass[(int)instr.Class]++;
        _warp++;
        _thread += lanes;
        _flops += (long)lanes * instr.Flops;
        if (instr.Control is ControlKind.Branch or ControlKind.BranchIndexed)
        {
            _branches++;
        }
    }

    /// <summary>Counts a warp's access from the addresses in <see cref="Warp.Addresses"/>.</summary>
    public unsafe void Access(Warp w, StateSpace space, AccessKind kind, int size)
    {
        int lanes = BitOperations.PopCount(w.Mask);
        if (lanes == 0 || space is StateSpace.Local or StateSpace.Param)
        {
            return;
        }
        ulong window = 0;
        if (space == StateSpace.Generic)
        {
            // All lanes of one access usually go to one space; the first decides.
            StateSpace actual = Addressing.SpaceOf(w.Addresses[BitOperations.TrailingZeroCount(w.Mask)]);
            if (actual is StateSpace.Local or StateSpace.Param)
            {
                return;
            }
            window = actual == StateSpace.Shared ? AddressWindows.Shared : 0;
            space = actual;
        }
        if (space == StateSpace.Shared)
        {
            _sharedRequests++;
            _sharedBytes += (long)lanes * size;
            _conflicts += Conflicts(w, size, window);
            return;
        }
        _requests++;
        _sectors += Sectors(w, size);
        if (kind != AccessKind.Write)
        {
            _loaded += (long)lanes * size;
        }
        if (kind != AccessKind.Read)
        {
            _stored += (long)lanes * size;
        }
    }

    public LaunchMetrics ToMetrics(KernelProgram program, int registers, SimulatedDeviceProperties device, int threads, int sharedBytes)
    {
        var classes = new Dictionary<string, long>();
        for (int i = 0; i < _byClass.Length; i++)
        {
            if (_byClass[i] > 0)
            {
                classes[((InstrClass)i).ToString().ToLowerInvariant()] = _byClass[i];
            }
        }
        int warps = (threads + Warp.Lanes - 1) / Warp.Lanes;
        int resident = device.ResidentBlocks(threads, registers, sharedBytes);
        return new LaunchMetrics
        {
            InstructionsByClass = classes,
            WarpInstructions = _warp,
            ThreadInstructions = _thread,
            DivergentBranches = DivergentBranches,
            Branches = _branches,
            GlobalRequests = _requests,
            GlobalSectors = _sectors,
            GlobalBytesLoaded = _loaded,
            GlobalBytesStored = _stored,
            SharedRequests = _sharedRequests,
            SharedBankConflicts = _conflicts,
            SharedBytes = _sharedBytes,
            Flops = _flops,
            RegistersPerThread = registers,
            SharedBytesPerBlock = sharedBytes,
            TheoreticalOccupancy = (double)resident * warps * Warp.Lanes / device.MaxThreadsPerMultiprocessor,
        };
    }

    public void Add(MetricsCounter other)
    {
        for (int i = 0; i < _byClass.Length; i++)
        {
            _byClass[i] += other._byClass[i];
        }
        _warp += other._warp;
        _thread += other._thread;
        _branches += other._branches;
        _requests += other._requests;
        _sectors += other._sectors;
        _loaded += other._loaded;
        _stored += other._stored;
        _sharedRequests += other._sharedRequests;
        _conflicts += other._conflicts;
        _sharedBytes += other._sharedBytes;
        _flops += other._flops;
        DivergentBranches += other.DivergentBranches;
    }

    /// <summary>Different 32-byte sectors touched.</summary>
    private static unsafe int Sectors(Warp w, int size)
    {
        Span<ulong> seen = stackalloc ulong[Warp.Lanes * 2];
        int count = 0;
        for (uint left = w.Mask; left != 0; left &= left - 1)
        {
            int lane = BitOperations.TrailingZeroCount(left);
            for (ulong sector = w.Addresses[lane] / 32; sector <= (w.Addresses[lane] + (ulong)size - 1) / 32; sector++)
            {
                if (!seen[..count].Contains(sector) && count < seen.Length)
                {
                    seen[count++] = sector;
                }
            }
        }
        return count;
    }

    /// <summary>
    /// Extra passes: of the different 4-byte words that lanes want, only one per bank and pass. Wide accesses are served in halves or
    /// quarters of the warp, as the hardware does.
    /// </summary>
    private static unsafe int Conflicts(Warp w, int size, ulong window)
    {
        int words = Math.Max(1, size / 4);
        int lanesPerPass = Math.Max(1, Warp.Lanes / words);
        Span<ulong> seen = stackalloc ulong[Warp.Lanes];
        Span<int> banks = stackalloc int[Warp.Lanes];
        int extra = 0;
        for (int start = 0; start < Warp.Lanes; start += lanesPerPass)
        {
            int count = 0;
            banks.Clear();
            for (int lane = start; lane < start + lanesPerPass; lane++)
            {
                if ((w.Mask >> lane & 1) == 0)
                {
                    continue;
                }
                for (int k = 0; k < words; k++)
                {
                    ulong word = ((w.Addresses[lane] - window) / 4) + (ulong)k;
                    if (count < seen.Length && !seen[..count].Contains(word))
                    {
                        seen[count++] = word;
                        banks[(int)(word % Warp.Lanes)]++;
                    }
                }
            }
            int worst = 0;
            foreach (int bank in banks)
            {
                worst = Math.Max(worst, bank);
            }
            extra += Math.Max(0, worst - 1);
        }
        return extra;
    }
}
