using WrnEngine.Kernels.Driver;

namespace WrnEngine.Kernels.Simulator.Driver;

/// <summary>A node of a graph: work, and the nodes that come before it.</summary>
internal sealed class GraphNode(Work work, GraphNode[] dependencies)
{
    public Work Work => work;

    public GraphNode[] Dependencies => dependencies;

    /// <summary>The handle, once somebody asked for it.</summary>
    public nint Handle { get; set; }
}

/// <summary>Work with an order, as captured. Every node stands behind those it depends on.</summary>
internal sealed class DriverGraph
{
    private readonly List<GraphNode> _nodes = [];

    public IReadOnlyList<GraphNode> Nodes => _nodes;

    public GraphNode Add(Work work, IEnumerable<GraphNode> dependencies)
    {
        var node = new GraphNode(work, [.. dependencies]);
        _nodes.Add(node);
        return node;
    }
}

/// <summary>A graph made ready to run: its nodes as indices, independent of what becomes of the graph.</summary>
internal sealed class ExecutableGraph
{
    private Work[] _work;
    private int[][] _dependencies;

    public ExecutableGraph(DriverGraph graph)
    {
        (_work, _dependencies) = Flatten(graph);
    }

    /// <summary>The last launch: the next one runs behind it, in whatever stream.</summary>
    public QueuedWork? LastLaunch { get; set; }

    public ReadOnlySpan<Work> Nodes => _work;

    public int[] DependenciesOf(int node) => _dependencies[node];

    public bool HasUnloadedKernel => Array.Exists(_work, static work => work is KernelWork { Function.Module.IsUnloaded: true });

    /// <summary>The graph as one piece of work of a stream. A later update does not reach it.</summary>
    public Work ToWork() => new GraphWork(_work, _dependencies);

    /// <summary>Takes over the parameters of a graph with the same topology.</summary>
    public CudaGraphUpdateResult Update(DriverGraph graph, out GraphNode? culprit)
    {
        (Work[] work, int[][] dependencies) = Flatten(graph);
        culprit = null;
        if (work.Length != _work.Length)
        {
            return CudaGraphUpdateResult.ErrorTopologyChanged;
        }

        for (int i = 0; i < work.Length; i++)
        {
            CudaGraphUpdateResult result = dependencies[i].AsSpan().SequenceEqual(_dependencies[i])
                ? _work[i].CompareForUpdate(work[i])
                : CudaGraphUpdateResult.ErrorTopologyChanged;
            if (result != CudaGraphUpdateResult.Success)
            {
                culprit = graph.Nodes[i];
                return result;
            }
        }

        (_work, _dependencies) = (work, dependencies);
        return CudaGraphUpdateResult.Success;
    }

    private static (Work[] Work, int[][] Dependencies) Flatten(DriverGraph graph)
    {
        var index = new Dictionary<GraphNode, int>();
        foreach (GraphNode node in graph.Nodes)
        {
            index.Add(node, index.Count);
        }

        return (
            [.. graph.Nodes.Select(static node => node.Work)],
            [.. graph.Nodes.Select(node => node.Dependencies.Select(dependency => index[dependency]).Order().ToArray())]);
    }
}

/// <summary>One launch of a graph.</summary>
internal sealed class GraphWork(Work[] nodes, int[][] dependencies) : Work
{
    public override CudaResult Execute(DriverContext context)
    {
        foreach (int node in context.Queue.Varies ? VariedOrder(context.Queue) : Enumerable.Range(0, nodes.Length))
        {
            CudaResult result = nodes[node].Execute(context);
            if (result != CudaResult.Success)
            {
                return result;
            }
        }

        return CudaResult.Success;
    }

    /// <summary>The order of capture is one legal order; this is another.</summary>
    private List<int> VariedOrder(WorkQueue queue)
    {
        var order = new List<int>(nodes.Length);
        var waitingFor = new int[nodes.Length];
        var followers = new List<int>[nodes.Length];
        var ready = new List<int>();
        for (int i = 0; i < nodes.Length; i++)
        {
            followers[i] = [];
            waitingFor[i] = dependencies[i].Length;
            foreach (int dependency in dependencies[i])
            {
                followers[dependency].Add(i);
            }

            if (waitingFor[i] == 0)
            {
                ready.Add(i);
            }
        }

        while (ready.Count > 0)
        {
            int choice = queue.Choose(ready.Count);
            int next = ready[choice];
            ready.RemoveAt(choice);
            order.Add(next);
            ready.AddRange(followers[next].Where(follower => --waitingFor[follower] == 0));
        }

        return order;
    }
}
