using WrnEngine.Training.Experiments;
using WrnEngine.Training.Experiments.Planning;

namespace WrnEngine.Tests.Training.Experiments;

/// <summary>A machine whose speed is known: so many multiply-adds of a forward pass per second of training.</summary>
internal sealed class FakeMachine(double macsPerSecond) : IPlanningMachine
{
    public TimeSpan Spent { get; init; }

    public int TrainImages { get; init; } = 50_000;

    public int TestImages { get; init; } = 10_000;

    /// <summary>Data sets that are not there.</summary>
    public IReadOnlyList<string> Missing { get; init; } = [];

    /// <summary>The networks that were measured.</summary>
    public List<string> Measured { get; } = [];

    public DatasetFacts Survey(Experiment experiment, ExperimentRow row, string dataset) => new(TrainImages, TestImages, dataset == "cifar100" ? 100 : 10, 32, 2)
    {
        Missing = Missing.Contains(dataset) ? $"{dataset} is not here" : null,
    };

    public double ImagesPerSecond(CellSetup cell, int batchSize, double leastUseful)
    {
        Measured.Add(cell.Network.Name);
        return macsPerSecond / cell.Macs;
    }
}
