using WrnEngine.Tensors;

namespace WrnEngine.Devices;

/// <summary>Matrix products on row-major float32 matrices.</summary>
public interface IMatMulOps
{
    /// <summary>
    /// c (+)= op(a) op(b) with op(a) [M, K], op(b) [K, N], c [M, N]. <paramref name="transposeA"/> says that a is stored as [K, M],
    /// <paramref name="transposeB"/> that b is stored as [N, K]. <paramref name="bias"/> [N], if given, is added to every row.
    /// </summary>
    void MatMul(Tensor a, bool transposeA, Tensor b, bool transposeB, Tensor c, bool accumulate, Tensor? bias = null);
}
