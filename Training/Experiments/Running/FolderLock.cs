using WrnEngine.Training.Runs;

namespace WrnEngine.Training.Experiments.Running;

/// <summary>What runners of one folder do one at a time: planning, timing steps, writing what all of them write.</summary>
internal static class FolderLock
{
    /// <summary>Making the plan.</summary>
    public const string Plan = "plan.lock";

    /// <summary>Timing steps; two at once would measure each other.</summary>
    public const string StepTimes = "step-times.lock";

    /// <summary>Writing the report.</summary>
    public const string Report = "report.lock";

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    /// <summary>Takes a lock, or null where somebody has it.</summary>
    public static RunLock? Try(string folder, string name)
    {
        try
        {
            return RunLock.Take(folder, name);
        }
        catch (UserException e) when (RunInUseException.HolderIn(e) is not null)
        {
            return null;
        }
    }

    /// <summary>Waits for a lock; null when the patience is over.</summary>
    /// <param name="folder">The experiment's folder.</param>
    /// <param name="name">Which.</param>
    /// <param name="isOver">The end of patience.</param>
    public static RunLock? Wait(string folder, string name, Func<bool> isOver)
    {
        while (true)
        {
            if (Try(folder, name) is { } taken) return taken;
            if (isOver()) return null;
            Thread.Sleep(Pause);
        }
    }
}
