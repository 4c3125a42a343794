using WrnEngine.Kernels.Simulator.Checks;
using WrnEngine.Kernels.Simulator.Metrics;

namespace WrnEngine.Kernels.Simulator.Machine;

/// <summary>Spreads the blocks of a launch over host threads, in an order that does not depend on their number.</summary>
internal sealed unsafe class GridScheduler
{
    /// <summary>Steps after which a block that is not finished gets company, in case it waits for a block that has not started.</summary>
    private const long Patience = 4_000_000;

    private readonly Func<LaunchContext> _newContext;
    private readonly LaunchOptions _options;
    private readonly KernelProgram _program;
    private readonly long _blocks;
    private readonly int[]? _order;
    private readonly int _resident;
    private readonly Lock _lock = new();
    private readonly List<LaunchContext> _contexts = [];
    private long _next;
    private long _steps;
    private long _faultyBlock = long.MaxValue;
    private (KernelFault Fault, FaultSite? Site)? _fault;

    public GridScheduler(Func<LaunchContext> newContext, LaunchOptions options, KernelProgram program, long blocks, int resident)
    {
        _newContext = newContext;
        _options = options;
        _program = program;
        _blocks = blocks;
        _resident = resident;
        if (options.Seed != 0 && blocks <= 1 << 20)
        {
            _order = [.. Enumerable.Range(0, (int)blocks)];
            new Random(options.Seed).Shuffle(_order);
        }
    }

    public long Steps => _steps;

    public (KernelFault Fault, FaultSite? Site)? Fault => _fault;

    public IReadOnlyList<LaunchContext> Contexts => _contexts;

    public void Run()
    {
        // Where the order of blocks can be seen, and where checks keep one picture of memory, one thread runs them all.
        bool single = _program.NeedsBlockOrder || _options.Checks != CheckKinds.None || _options.Seed != 0 || _options.Cooperative || _options.Observer != null;
        long workers = single ? 1 : Math.Min(_options.Workers > 0 ? _options.Workers : Environment.ProcessorCount, _blocks);
        var others = new Task[workers - 1];
        for (int i = 0; i < others.Length; i++)
        {
            others[i] = Task.Run(Work);
        }
        Work();
        Task.WaitAll(others);
    }

    private void Work()
    {
        LaunchContext context = _newContext();
        lock (_lock)
        {
            _contexts.Add(context);
        }
        var running = new List<(Block Block, long Steps)>();
        var idle = new Stack<Block>();
        var all = new List<Block>();
        int slots = _options.Cooperative ? (int)Math.Min(_blocks, int.MaxValue) : 1;
        try
        {
            while (true)
            {
                while (running.Count < slots && TakeBlock() is { } number)
                {
                    if (idle.Count == 0)
                    {
                        all.Add(new Block(context));
                        idle.Push(all[^1]);
                    }
                    idle.Peek().Start(number);
                    running.Add((idle.Pop(), 0));
                }
                if (running.Count == 0)
                {
                    return;
                }
                bool stuck = false;
                for (int i = running.Count - 1; i >= 0; i--)
                {
                    (Block block, long steps) = running[i];
                    if (block.Number > Interlocked.Read(ref _faultyBlock) || !Advance(context, block, ref steps))
                    {
                        running.RemoveAt(i);
                        idle.Push(block);
                        continue;
                    }
                    running[i] = (block, steps);
                    stuck |= steps > Patience;
                }
                if (stuck && running.Count == slots && slots < _resident)
                {
                    slots++;
                    running = [.. running.Select(static item => (item.Block, 0L))];
                }
            }
        }
        finally
        {
            all.ForEach(static block => block.Dispose());
        }
    }

    /// <summary>Lets a block run for a while. Returns whether it has to go on.</summary>
    private bool Advance(LaunchContext context, Block block, ref long steps)
    {
        try
        {
            long done = block.Pass();
            steps += done;
            long total = Interlocked.Add(ref _steps, done);
            if (_options.StepLimit > 0 && total > _options.StepLimit)
            {
                context.RunningWarp = block.Warps.FirstOrDefault(static warp => warp.Live != 0) ?? block.Warps[0];
                throw new KernelFault(LaunchStatus.LaunchTimeout, $"the step limit of {_options.StepLimit} warp instructions is reached: the kernel may loop forever");
            }
            return !block.IsFinished;
        }
        catch (KernelFault fault)
        {
            Record(context, block, fault);
            return false;
        }
    }

    private long? TakeBlock()
    {
        long at = Interlocked.Increment(ref _next) - 1;
        if (at >= _blocks || Interlocked.Read(ref _faultyBlock) != long.MaxValue)
        {
            return null;
        }
        return _order is null ? at : _order[at];
    }

    /// <summary>Keeps the fault of the lowest block, so that the report does not depend on timing.</summary>
    private void Record(LaunchContext context, Block block, KernelFault fault)
    {
        lock (_lock)
        {
            if (block.Number > _faultyBlock || (block.Number == _faultyBlock && _fault != null))
            {
                return;
            }
            _faultyBlock = block.Number;
            Warp? warp = context.FaultyWarp ?? context.RunningWarp;
            FaultSite? site = null;
            if (warp?.Current is { } instr)
            {
                (string? file, int line) = SourceOf(_program, instr);
                site = new FaultSite(_program.Entry.Function.Name, instr.Line, file, line, block.Position, warp.ThreadOf(fault.Lane), fault.Address);
            }
            _fault = (fault, site);
        }
    }

    public static (string? File, int Line) SourceOf(KernelProgram program, Instr instr)
    {
        if (instr.Source.Location is not { } location || !program.Files.TryGetValue(location.File, out string? file))
        {
            return (null, 0);
        }
        return (file, location.Line);
    }
}
