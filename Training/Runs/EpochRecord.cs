using System.Text.Json.Serialization;

namespace WrnEngine.Training.Runs;

/// <summary>
/// One epoch, whole or as far as a run got: a row of metrics.csv and an entry of the result. Errors are percentages; what was not
/// evaluated is null.
/// </summary>
/// <param name="Epoch">1-based.</param>
/// <param name="Lr">The learning rate of the epoch's last step.</param>
/// <param name="TrainLoss">Mean over the images of the epoch, as it was when they were seen.</param>
/// <param name="TrainError">Likewise.</param>
/// <param name="ValLoss">On the images held out of training.</param>
/// <param name="ValError">Likewise.</param>
/// <param name="TestLoss">On the test images.</param>
/// <param name="TestError">Likewise.</param>
/// <param name="Seconds">Training and evaluation; after a resume inside the epoch, of the last part.</param>
public sealed record EpochRecord(
    int Epoch,
    float Lr,
    double TrainLoss,
    double TrainError,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? ValLoss,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? ValError,
    double? TestLoss,
    double? TestError,
    double Seconds);
