using System.Runtime.CompilerServices;
using WrnEngine.Kernels;
using WrnEngine.Tensors;

namespace WrnEngine.Devices.Cuda;

/// <summary>Which element type of the kernels an op runs in: that of its tensors, which must agree.</summary>
internal static class CudaTypes
{
    /// <summary>The element type of activations, all of them float32 or all bfloat16; null for one that is not there.</summary>
    /// <exception cref="NotSupportedException">They are of several types, or of another one.</exception>
    public static ElementType Activations(Tensor first, Tensor? second = null, Tensor? third = null, Tensor? fourth = null, [CallerMemberName] string op = "")
    {
        var dtype = first.DType;
        if (dtype is DType.Float32 or DType.BFloat16 && Agrees(second, dtype) && Agrees(third, dtype) && Agrees(fourth, dtype))
            return dtype == DType.Float32 ? ElementType.Float32 : ElementType.BFloat16;
        throw new NotSupportedException(
            $"{op} runs on tensors that are all f32 or all bf16; these are {Names(first, second, third, fourth)}: cast them to one type first");
    }

    /// <summary>Verifies tensors that are float32 whatever the activations are; null for one that is not there.</summary>
    /// <exception cref="NotSupportedException">One is not.</exception>
    public static void RequireFloat32(Tensor first, Tensor? second = null, Tensor? third = null, Tensor? fourth = null, [CallerMemberName] string op = "")
    {
        if (Agrees(first, DType.Float32) && Agrees(second, DType.Float32) && Agrees(third, DType.Float32) && Agrees(fourth, DType.Float32)) return;
        throw new NotSupportedException($"{op} takes f32 where it was given {Names(first, second, third, fourth)}: cast to f32 first");
    }

    private static bool Agrees(Tensor? tensor, DType dtype) => tensor is null || tensor.DType == dtype;

    private static string Names(params Tensor?[] tensors) => string.Join(", ", tensors.Where(t => t is not null).Select(t => $"{t!.DType.ShortName()}{t.Shape}"));
}
