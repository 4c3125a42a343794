namespace WrnEngine.Training.Experiments.Planning;

/// <summary>What a planner finds out about the machine that it plans for.</summary>
internal interface IPlanningMachine
{
    /// <summary>Since planning began; it is a part of the budget.</summary>
    TimeSpan Spent { get; }

    /// <summary>Loads the data set of a row.</summary>
    DatasetFacts Survey(Experiment experiment, ExperimentRow row, string dataset);

    /// <summary>Images of training steps per second.</summary>
    /// <param name="cell">Which network, on what.</param>
    /// <param name="batchSize">Images of a step.</param>
    /// <param name="leastUseful">As soon as it is clear that the speed is below this, any number below it may be the answer.</param>
    double ImagesPerSecond(CellSetup cell, int batchSize, double leastUseful);
}
