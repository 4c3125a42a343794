using System.Reflection;
using System.Text.RegularExpressions;
using WrnEngine.Devices.Cuda.CuBlas;
using WrnEngine.Devices.Cuda.CuDnn;
using WrnEngine.Kernels.Driver;

namespace WrnEngine.Tests.Engine.Devices.Cuda.Libraries;

/// <summary>
/// Compares a table's fields with the types that a header declares, written as `return name(type, type)`: number and order of the arguments, and each one's type.
/// </summary>
internal static unsafe partial class HeaderSignatures
{
    [GeneratedRegex(@"^(?<result>\w[\w *]*?) ?(?<name>cu(dnn|blas)\w+)\((?<arguments>.*)\)$")]
    private static partial Regex Form();

    public static void AssertMatch(Type table, ReadOnlySpan<string> symbols, string[] header)
    {
        var fields = table.GetFields(BindingFlags.Public | BindingFlags.Instance).OrderBy(f => f.MetadataToken).ToArray();
        Assert.That(table.GetFields(BindingFlags.NonPublic | BindingFlags.Instance), Is.Empty);
        Assert.That(header.Select(h => Form().Match(h).Groups["name"].Value), Is.EqualTo(symbols.ToArray()), "names, in order");
        Assert.That(fields, Has.Length.EqualTo(symbols.Length));
        for (int i = 0; i < fields.Length; i++)
        {
            var declared = Form().Match(header[i]);
            Assert.That(declared.Groups["name"].Value, Does.Match($"^cu(dnn|blas){fields[i].Name}(_v\\d)?$"), "the field's name");
            string[] arguments = declared.Groups["arguments"].Value.Split(", ", StringSplitOptions.RemoveEmptyEntries);
            var ours = fields[i].FieldType.GetFunctionPointerParameterTypes();
            Assert.That(ours, Has.Length.EqualTo(arguments.Length), header[i]);
            for (int j = 0; j < ours.Length; j++) Assert.That(Twins(arguments[j]), Does.Contain(ours[j]), $"{symbols[i]}, argument {j + 1}: {arguments[j]}");
            Assert.That(Twins(declared.Groups["result"].Value), Does.Contain(fields[i].FieldType.GetFunctionPointerReturnType()), $"{symbols[i]}, result");
        }
    }

    /// <summary>What stands for a C type. A void* is a pointer to a number on the host, or an address on the device.</summary>
    private static Type[] Twins(string type) => type switch
    {
        "void" => [typeof(void)],
        "int" => [typeof(int)],
        "int*" => [typeof(int*)],
        "size_t" => [typeof(nuint)],
        "size_t*" => [typeof(nuint*)],
        "double" => [typeof(double)],
        "char*" => [typeof(byte*)],
        "void*" => [typeof(void*), typeof(ulong)],
        "cudaStream_t" => [typeof(CuStream)],
        "cudaDataType" => [typeof(CudaDataType)],
        "cublasHandle_t" => [typeof(CuBlasContext)],
        "cublasHandle_t*" => [typeof(CuBlasContext*)],
        "cublasStatus_t" => [typeof(CuBlasStatus)],
        "cublasMath_t" => [typeof(CuBlasMath)],
        "cublasOperation_t" => [typeof(CuBlasOperation)],
        "cublasComputeType_t" => [typeof(CuBlasComputeType)],
        "cublasGemmAlgo_t" => [typeof(CuBlasGemmAlgorithm)],
        "cudnnStatus_t" => [typeof(CuDnnStatus)],
        "cudnnHandle_t" => [typeof(CuDnnContext)],
        "cudnnHandle_t*" => [typeof(CuDnnContext*)],
        "cudnnTensorDescriptor_t" => [typeof(CuDnnTensorDescriptor)],
        "cudnnTensorDescriptor_t*" => [typeof(CuDnnTensorDescriptor*)],
        "cudnnFilterDescriptor_t" => [typeof(CuDnnFilterDescriptor)],
        "cudnnFilterDescriptor_t*" => [typeof(CuDnnFilterDescriptor*)],
        "cudnnConvolutionDescriptor_t" => [typeof(CuDnnConvolutionDescriptor)],
        "cudnnConvolutionDescriptor_t*" => [typeof(CuDnnConvolutionDescriptor*)],
        "cudnnTensorFormat_t" => [typeof(CuDnnTensorFormat)],
        "cudnnDataType_t" => [typeof(CuDnnDataType)],
        "cudnnConvolutionMode_t" => [typeof(CuDnnConvolutionMode)],
        "cudnnMathType_t" => [typeof(CuDnnMathType)],
        "cudnnBatchNormMode_t" => [typeof(CuDnnBatchNormMode)],
        "cudnnConvolutionFwdAlgo_t" or "cudnnConvolutionBwdDataAlgo_t" or "cudnnConvolutionBwdFilterAlgo_t" => [typeof(int)],
        "cudnnConvolutionFwdAlgoPerf_t*" or "cudnnConvolutionBwdDataAlgoPerf_t*" or "cudnnConvolutionBwdFilterAlgoPerf_t*" => [typeof(CuDnnAlgorithmPerformance*)],
        _ => throw new ArgumentException($"nothing stands for {type}"),
    };
}
