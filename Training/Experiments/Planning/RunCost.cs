namespace WrnEngine.Training.Experiments.Planning;

/// <summary>What runs take, in seconds.</summary>
internal static class RunCost
{
    /// <summary>Images whose blocks are measured.</summary>
    public const int BlockImages = 500;

    private const double StartAndEnd = 1; // network, device, checkpoints and their hashes, logs, the page
    private const double TestSpeed = 2.5; // against training; a forward pass alone is a third of a step, and a test also writes down what it finds
    private const double BlockMargin = 2; // every layer's values are copied out, image by image

    /// <summary>Tests along the way of a curve.</summary>
    private const int CurveTests = 10;

    /// <summary>A test every so many epochs: after the last one alone, or about ten along the way of a curve.</summary>
    public static int EvalEvery(Experiment experiment, int epochs) =>
        experiment.Measures.HasFlag(ExperimentMeasures.Curve) ? Math.Max(1, (epochs + CurveTests - 1) / CurveTests) : Math.Max(1, epochs);

    /// <summary>Steps of an epoch; the rest that fills no batch is dropped.</summary>
    public static double OfEpoch(CellSetup cell, double imagesPerSecond, int? images)
    {
        int used = Math.Min(images ?? cell.TrainImages, cell.TrainImages);
        return used / cell.BatchSize * (double)cell.BatchSize / imagesPerSecond;
    }

    /// <summary>All of a run but its training steps.</summary>
    public static double BesideTraining(Experiment experiment, CellSetup cell, double imagesPerSecond, int epochs)
    {
        int every = EvalEvery(experiment, epochs), tests = (epochs + every - 1) / every;
        double forward = TestSpeed * imagesPerSecond;
        double blocks = experiment.Measures.HasFlag(ExperimentMeasures.Blocks)
            ? BlockMargin * Math.Min(BlockImages, cell.Facts.TestImages) * (cell.Blocks + 2) / forward : 0;
        return StartAndEnd + (tests * cell.Facts.TestImages / forward) + blocks;
    }

    /// <summary>A whole run.</summary>
    public static double OfRun(Experiment experiment, CellSetup cell, double imagesPerSecond, int epochs, int? images) =>
        (epochs * OfEpoch(cell, imagesPerSecond, images)) + BesideTraining(experiment, cell, imagesPerSecond, epochs);
}
