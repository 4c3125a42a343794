namespace WrnEngine.Devices.Cuda.Libraries;

/// <summary>Who computes a family of ops on a CUDA device.</summary>
public enum Implementation
{
    /// <summary>The faster one, measured once for each shape and pass; the project's kernels where there is nothing to choose or results must be reproducible.</summary>
    Auto,

    /// <summary>The project's kernels.</summary>
    Native,

    /// <summary>cuDNN, and cuBLAS where it is there; the project's kernels do what the libraries have no way to do.</summary>
    Cudnn,
}
