using System.Runtime.CompilerServices;
using WrnEngine.Tensors;

namespace WrnEngine.Ops;

/// <summary>The checks that every op makes before it touches memory. Messages name op, shapes and fix.</summary>
internal static class Check
{
    /// <summary>A type that the tensor's device computes in.</summary>
    public static void Float(string op, Tensor x, [CallerArgumentExpression(nameof(x))] string name = "")
    {
        ArgumentNullException.ThrowIfNull(x, name);
        if (x.Device.Computes(x.DType)) return;
        string also = x.Device.Computes(DType.BFloat16) ? " and bf16" : "";
        throw new ShapeException($"{op}: {name} has type {x.DType.ShortName()}, but {x.Device.Name} computes in f32{also}");
    }

    /// <summary>float32 and nothing else: what is small, or adds up.</summary>
    public static void Float32(string op, Tensor x, [CallerArgumentExpression(nameof(x))] string name = "")
    {
        ArgumentNullException.ThrowIfNull(x, name);
        if (x.DType != DType.Float32) throw new ShapeException($"{op}: {name} has type {x.DType.ShortName()}, expected f32; To(DType.Float32) makes it so");
    }

    public static void SameType(string op, Tensor a, Tensor b)
    {
        if (a.DType != b.DType)
            throw new ShapeException($"{op}: one tensor has type {a.DType.ShortName()} and another {b.DType.ShortName()}; To(DType) brings one to the other's");
    }

    public static void Rank(string op, Tensor x, int rank, string layout, [CallerArgumentExpression(nameof(x))] string name = "")
    {
        Float(op, x, name);
        if (x.Rank != rank) throw new ShapeException($"{op}: {name} has shape {x.Shape}, expected rank {rank}, {layout}");
    }

    public static void Axis(string op, Tensor x, int axis, int size, string meaning, [CallerArgumentExpression(nameof(x))] string name = "")
    {
        if (x.Shape[axis] != size) throw new ShapeException($"{op}: axis {axis} of {name} {x.Shape} is {x.Shape[axis]}, expected {size}, {meaning}");
    }

    public static void SameDevice(string op, Tensor a, Tensor b)
    {
        if (a.Device != b.Device) throw new ShapeException($"{op}: one tensor is on {a.Device.Name} and another on {b.Device.Name}; create both on one device");
    }

    public static void SameShape(string op, Tensor a, Tensor b)
    {
        SameDevice(op, a, b);
        if (a.Shape != b.Shape) throw new ShapeException($"{op}: shapes {a.Shape} and {b.Shape} must be equal");
    }

    public static void Vector(string op, Tensor x, int size, string meaning, [CallerArgumentExpression(nameof(x))] string name = "")
    {
        Float32(op, x, name);
        if (x.Shape != new Shape(size)) throw new ShapeException($"{op}: {name} has shape {x.Shape}, expected [{size}], {meaning}");
    }
}
