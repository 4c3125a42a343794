using WrnEngine.Tensors;

namespace WrnEngine.Devices.Cpu;

internal sealed class CpuElementwise(ThreadTeam team) : IElementwiseOps
{
    private readonly object _owner = team;

    public void Fill(Tensor y, float value) => throw new NotSupportedException(_owner.ToString());

    public void Unary(UnaryOp op, Tensor x, Tensor y) => throw new NotSupportedException(_owner.ToString());

    public void UnaryBackward(UnaryOp op, Tensor saved, Tensor gradY, Tensor gradX, bool accumulate) => throw new NotSupportedException(_owner.ToString());

    public void Binary(BinaryOp op, Tensor a, Tensor b, Tensor y) => throw new NotSupportedException(_owner.ToString());

    public void AddScaled(Tensor a, Tensor x, float alpha, Tensor y) => throw new NotSupportedException(_owner.ToString());

    public void ReduceSum(Tensor x, Tensor y, float scale, bool accumulate) => throw new NotSupportedException(_owner.ToString());

    public void CopyLogical(Tensor x, Tensor y) => throw new NotSupportedException(_owner.ToString());

    public bool HasNonFinite(Tensor x) => throw new NotSupportedException(_owner.ToString());
}
