using System.Runtime.ExceptionServices;

namespace WrnEngine.Kernels.Driver;

/// <summary>
/// Lets a release go on to its end whatever the driver says, and reports the first refusal then. A context that a kernel has broken, or that is gone
/// already, answers every call with that: whoever waited for the kernel has reported it, so it is no error here.
/// </summary>
public sealed class ReleaseErrors(CudaApi api)
{
    private CudaException? _first;

    /// <summary>Takes note of what a call answered.</summary>
    public void Note(CudaResult result, string call)
    {
        if (_first is null && IsNews(result))
        {
            _first = api.Exception(result, call);
        }
    }

    /// <summary>Runs a part of the release and takes note of what it throws.</summary>
    public void Run(Action release)
    {
        try
        {
            release();
        }
        catch (CudaException e)
        {
            if (IsNews(e.Result))
            {
                _first ??= e;
            }
        }
    }

    /// <summary>Throws the first refusal, if there was one.</summary>
    /// <exception cref="CudaException">It names the call and CUDA's reason.</exception>
    public void Throw()
    {
        if (_first is not null)
        {
            ExceptionDispatchInfo.Throw(_first);
        }
    }

    private static bool IsNews(CudaResult result) =>
        result is not (CudaResult.Success or CudaResult.Deinitialized or CudaResult.ContextIsDestroyed) && !CudaErrors.IsSticky(result);
}
