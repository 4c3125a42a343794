using System.Diagnostics;

namespace WrnEngine.Training.Data.Download;

/// <summary>Waits for network calls: each for a limited time, and none any longer once the user wants to stop.</summary>
internal sealed class Patience(Func<bool> isStopped, Func<int> stopCode)
{
    private static readonly TimeSpan Slice = TimeSpan.FromMilliseconds(50);

    /// <summary>The result of a call.</summary>
    /// <param name="start">Starts it; the token ends it.</param>
    /// <param name="limit">How long to wait.</param>
    /// <param name="onTimeout">What to say then.</param>
    /// <exception cref="FetchFailure">The time is over.</exception>
    /// <exception cref="UserException">The user wants to stop.</exception>
    public T Await<T>(Func<CancellationToken, Task<T>> start, TimeSpan limit, string onTimeout)
    {
        ThrowIfStopped();
        using var cancellation = new CancellationTokenSource();
        long begin = Stopwatch.GetTimestamp();
        Task<T> task = start(cancellation.Token);
        while (!IsDone(task))
        {
            bool isOver = Stopwatch.GetElapsedTime(begin) >= limit;
            if (!isOver && !isStopped()) continue;
            cancellation.Cancel();
            _ = task.ContinueWith(Abandon, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            ThrowIfStopped();
            throw new FetchFailure(onTimeout, isFinal: false);
        }

        return task.GetAwaiter().GetResult();

        bool IsDone(Task call)
        {
            var left = limit - Stopwatch.GetElapsedTime(begin);
            return Task.WaitAny([call], left < TimeSpan.Zero ? TimeSpan.Zero : left < Slice ? left : Slice) == 0;
        }
    }

    /// <summary>Does nothing for a while.</summary>
    public void Sleep(TimeSpan time)
    {
        for (long begin = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(begin) < time;)
        {
            ThrowIfStopped();
            var left = time - Stopwatch.GetElapsedTime(begin);
            if (left > TimeSpan.Zero) Thread.Sleep(left < Slice ? left : Slice);
        }
    }

    /// <summary>Ends the download when the user wants to.</summary>
    public void ThrowIfStopped()
    {
        if (isStopped()) throw new UserException(stopCode(), "the download was stopped; what has arrived is kept, and the same command goes on from there.");
    }

    private static void Abandon<T>(Task<T> task)
    {
#pragma warning disable IDISP007 // Nobody else will see it any more.
        if (task.IsCompletedSuccessfully) (task.Result as IDisposable)?.Dispose();
#pragma warning restore IDISP007
        else _ = task.Exception; // seen, so that it is not reported as forgotten
    }
}
