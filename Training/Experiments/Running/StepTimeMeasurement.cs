using System.Diagnostics;
using WrnEngine.Training.Experiments.Planning;
using WrnEngine.Training.Experiments.Results;

namespace WrnEngine.Training.Experiments.Running;

/// <summary>Times the training steps of a row: the paper's own network, whatever size is trained.</summary>
internal static class StepTimeMeasurement
{
    private const int MostSteps = 1000;

    /// <summary>Measures a row.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="cell">The row.</param>
    /// <param name="placement">Where to compute.</param>
    /// <param name="stop">The wish to stop.</param>
    /// <returns>Its time, or null when somebody wants to stop.</returns>
    public static StepTime? Run(ExperimentPlan plan, PlannedCell cell, Placement placement, StopSignal stop)
    {
        var experiment = plan.Experiment;
        int batch = experiment.StepTimeBatchSize;
        var facts = DatasetFacts.Unseen(cell.Dataset, RowArguments.Network(experiment, cell.Row, TwinScale.Full));
        var setup = CellSetup.Create(experiment, cell.Row, cell.Dataset, TwinScale.Full, placement, facts);
        using var device = DeviceChoice.Create(setup.Options);
        try
        {
            using var timer = new StepTimer(device, setup.Network, batch, facts.Side);
            int warmup = device.RunsAhead ? timer.WarmupSteps : 1;
            for (int i = 0; i < warmup && !stop.IsRequested; i++) timer.Step();
            var seconds = new List<double>();
            long start = Stopwatch.GetTimestamp();
            while (seconds.Count < StepTimePlan.LeastSteps || (seconds.Count < MostSteps && Stopwatch.GetElapsedTime(start).TotalSeconds < plan.SecondsOfStepTime))
            {
                if (stop.IsRequested) return null;
                seconds.Add(timer.Step().Seconds);
            }

            return new StepTime(seconds, batch) { Network = setup.Network.Name, Macs = setup.Macs };
        }
        catch (Exception e) when (DeviceFault.Is(e))
        {
            throw DeviceFault.Of(e, device, new StepSize(setup.Network, batch, facts.Side));
        }
    }
}
