namespace WrnEngine.Kernels.Simulator.Ptx;

/// <summary>
/// Basic blocks of a function and their immediate post-dominators: the nearest place that every path from a branch passes,
/// where the lanes that parted there meet again. Cooper, Harvey and Kennedy's algorithm on the reversed graph. An early return counts
/// as no path: the lanes that leave are not waited for, and the others meet where they would have met without it.
/// </summary>
internal sealed class ControlFlow
{
    private readonly PtxFunction _function;
    private readonly int[] _blockOf;
    private readonly List<int> _starts = [];
    private readonly List<int>[] _successors;
    private readonly int[] _postDominator;
    private int _lastReturn = -1;

    public ControlFlow(PtxFunction function)
    {
        _function = function;
        int count = function.Instructions.Count;
        var leader = new bool[count + 1];
        leader[0] = true;
        for (int i = 0; i < count; i++)
        {
            PtxInstruction instruction = function.Instructions[i];
            foreach (PtxLabel target in Targets(instruction))
            {
                leader[target.Index] = true;
            }
            if (EndsBlock(instruction))
            {
                leader[i + 1] = true;
            }
        }
        _blockOf = new int[count + 1];
        for (int i = 0; i < count; i++)
        {
            if (leader[i])
            {
                _starts.Add(i);
            }
            _blockOf[i] = _starts.Count - 1;
        }
        // The virtual exit block is the last one: falling off the end returns.
        Exit = _starts.Count;
        _blockOf[count] = Exit;
        _starts.Add(count);
        for (int i = 0; i < count; i++)
        {
            _lastReturn = IsReturn(function.Instructions[i]) ? i : _lastReturn;
        }
        _successors = new List<int>[Exit + 1];
        FindSuccessors(true);
        int[] everyPath = PostDominators();
        FindSuccessors(false);
        _postDominator = PostDominators();
        for (int b = 0; b < Exit; b++)
        {
            // Blocks that end in an early return meet among themselves.
            _postDominator[b] = _postDominator[b] < 0 ? everyPath[b] : _postDominator[b];
        }
        FindSuccessors(true);
    }

    /// <summary>Number of the virtual exit block.</summary>
    public int Exit { get; }

    public int BlockCount => Exit;

    public int StartOf(int block) => _starts[block];

    public int BlockOf(int instruction) => _blockOf[instruction];

    public IReadOnlyList<int> SuccessorsOf(int block) => _successors[block];

    /// <summary>First instruction at which the lanes that part at a branch meet again, or -1 when that is the function's end.</summary>
    public int ReconvergenceOf(int branch)
    {
        int block = _postDominator[_blockOf[branch]];
        return block < 0 || block == Exit ? -1 : _starts[block];
    }

    public IReadOnlyList<PtxLabel> Targets(PtxInstruction instruction)
    {
        if (instruction.Opcode is not ("bra" or "brx"))
        {
            return [];
        }
        var targets = new List<PtxLabel>();
        foreach (Operand operand in instruction.Operands)
        {
            if (operand.Target is PtxLabel label)
            {
                if (_function.BranchTargets.TryGetValue(label.Name, out PtxLabel[]? list))
                {
                    targets.AddRange(list);
                }
                else
                {
                    targets.Add(label);
                }
            }
        }
        return targets;
    }

    private static bool EndsBlock(PtxInstruction instruction) => instruction.Opcode is "bra" or "brx" or "ret" or "exit" or "trap";

    private static bool IsReturn(PtxInstruction instruction) => instruction.Opcode is "ret" or "exit" && instruction.Guard is null;

    private void FindSuccessors(bool earlyReturns)
    {
        for (int b = 0; b < Exit; b++)
        {
            _successors[b] = Successors(_starts[b + 1] - 1, earlyReturns);
        }
        _successors[Exit] = [];
    }

    private List<int> Successors(int last, bool earlyReturns)
    {
        PtxInstruction instruction = _function.Instructions[last];
        var successors = new List<int>();
        foreach (PtxLabel target in Targets(instruction))
        {
            successors.Add(_blockOf[target.Index]);
        }
        if (instruction.Opcode is "ret" or "exit" or "trap" && (earlyReturns || last == _lastReturn))
        {
            successors.Add(Exit);
        }
        if (!EndsBlock(instruction) || instruction.Guard != null)
        {
            successors.Add(_blockOf[last + 1]);
        }
        return successors;
    }

    private int[] PostDominators()
    {
        int count = Exit + 1;
        var predecessors = new List<int>[count];
        for (int b = 0; b < count; b++)
        {
            predecessors[b] = [];
        }
        for (int b = 0; b < count; b++)
        {
            foreach (int successor in _successors[b])
            {
                predecessors[successor].Add(b);
            }
        }
        int[] order = ReversePostOrder(predecessors, out int[] rank);
        var dominator = new int[count];
        Array.Fill(dominator, -1);
        dominator[Exit] = Exit;
        for (bool changed = true; changed;)
        {
            changed = false;
            foreach (int block in order)
            {
                if (block == Exit)
                {
                    continue;
                }
                int best = -1;
                foreach (int successor in _successors[block])
                {
                    // A successor that never reaches the end (an endless loop) has no say.
                    if (dominator[successor] >= 0)
                    {
                        best = best < 0 ? successor : Intersect(best, successor, dominator, rank);
                    }
                }
                if (best != dominator[block])
                {
                    dominator[block] = best;
                    changed = true;
                }
            }
        }
        return dominator;
    }

    private static int Intersect(int a, int b, int[] dominator, int[] rank)
    {
        while (a != b)
        {
            while (rank[a] > rank[b])
            {
                a = dominator[a];
            }
            while (rank[b] > rank[a])
            {
                b = dominator[b];
            }
        }
        return a;
    }

    /// <summary>Blocks that reach the exit, from the exit on backwards along the edges.</summary>
    private int[] ReversePostOrder(List<int>[] predecessors, out int[] rank)
    {
        var seen = new bool[Exit + 1];
        var post = new List<int>();
        var stack = new Stack<(int Block, int Next)>();
        stack.Push((Exit, 0));
        seen[Exit] = true;
        while (stack.TryPop(out (int Block, int Next) top))
        {
            if (top.Next == predecessors[top.Block].Count)
            {
                post.Add(top.Block);
                continue;
            }
            stack.Push((top.Block, top.Next + 1));
            int next = predecessors[top.Block][top.Next];
            if (!seen[next])
            {
                seen[next] = true;
                stack.Push((next, 0));
            }
        }
        post.Reverse();
        rank = new int[Exit + 1];
        for (int i = 0; i < post.Count; i++)
        {
            rank[post[i]] = i;
        }
        return [.. post];
    }
}
