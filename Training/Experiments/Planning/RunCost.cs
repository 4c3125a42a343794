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

    /// <summary>
    /// Images of a test where training has fewer images too; null where it has all. Tests of all images would be most of a short run. These keep the luck of
    /// the draw, 0.7 points at an error of 50 %, below the spread of short runs.
    /// </summary>
    public static int? TestImages(int? trainImages) => trainImages is null ? null : 5000;

    /// <summary>The same for a data set, which may have fewer.</summary>
    public static int TestImages(DatasetFacts facts, int? trainImages) => Math.Min(TestImages(trainImages) ?? facts.TestImages, facts.TestImages);

    /// <summary>Images of an epoch of a cell; null for all it has.</summary>
    public static int TrainImages(CellSetup cell, int? images) => Math.Min(images ?? cell.TrainImages, cell.TrainImages);

    /// <summary>A test every so many epochs: after the last one alone, or about ten along the way of a curve.</summary>
    public static int EvalEvery(Experiment experiment, int epochs) =>
        experiment.Measures.HasFlag(ExperimentMeasures.Curve) ? Math.Max(1, (epochs + CurveTests - 1) / CurveTests) : Math.Max(1, epochs);

    /// <summary>Steps of an epoch; the rest that fills no batch is dropped.</summary>
    public static double OfEpoch(CellSetup cell, double imagesPerSecond, int? images) =>
        TrainImages(cell, images) / cell.BatchSize * (double)cell.BatchSize / imagesPerSecond;

    /// <summary>All of a run but its training steps.</summary>
    public static double BesideTraining(Experiment experiment, CellSetup cell, double imagesPerSecond, int epochs, int? images)
    {
        int every = EvalEvery(experiment, epochs), tests = (epochs + every - 1) / every;
        int testImages = TestImages(cell.Facts, images);
        double forward = TestSpeed * imagesPerSecond;
        double blocks = experiment.Measures.HasFlag(ExperimentMeasures.Blocks)
            ? BlockMargin * Math.Min(BlockImages, testImages) * (cell.Blocks + 2) / forward : 0;
        return StartAndEnd + ((double)tests * testImages / forward) + blocks;
    }

    /// <summary>A whole run.</summary>
    public static double OfRun(Experiment experiment, CellSetup cell, double imagesPerSecond, int epochs, int? images) =>
        (epochs * OfEpoch(cell, imagesPerSecond, images)) + BesideTraining(experiment, cell, imagesPerSecond, epochs, images);
}
