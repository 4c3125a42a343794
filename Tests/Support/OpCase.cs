using WrnEngine.Devices;
using WrnEngine.Tensors;
using WrnEngine.Tests.Support.Oracle;

namespace WrnEngine.Tests.Support;

/// <summary>What an op does with an argument.</summary>
public enum ArgumentRole
{
    /// <summary>Read; must be the same bits afterwards.</summary>
    Input,

    /// <summary>Written; starts as NaN (or a large negative integer), so that an element left out is seen.</summary>
    Output,

    /// <summary>Read and written.</summary>
    InOut,
}

/// <summary>One tensor of a case.</summary>
/// <param name="Fill">The values it starts with; not called for outputs.</param>
public sealed record OpArgument(string Name, Shape Shape, ArgumentRole Role, Func<TestData, Shape, RefArray>? Fill, DType DType = DType.Float32)
{
    /// <summary>Terms summed into one element of this output; by default the case's.</summary>
    public long? ReductionLength { get; init; }

    public static OpArgument Input(string name, Shape shape, Func<TestData, Shape, RefArray>? fill = null) =>
        new(name, shape, ArgumentRole.Input, fill ?? ((data, s) => data.Normal(s)));

    public static OpArgument Integers(string name, Shape shape, int count) =>
        new(name, shape, ArgumentRole.Input, (data, s) => data.Integers(s, count), DType.Int32);

    public static OpArgument Output(string name, Shape shape, DType dtype = DType.Float32) => new(name, shape, ArgumentRole.Output, null, dtype);

    public static OpArgument InOut(string name, Shape shape, Func<TestData, Shape, RefArray>? fill = null) =>
        new(name, shape, ArgumentRole.InOut, fill ?? ((data, s) => data.Normal(s)));

    /// <summary>A target that the op adds to or overwrites.</summary>
    public static OpArgument Target(string name, Shape shape, bool accumulate) => accumulate ? InOut(name, shape) : Output(name, shape);

    public RefArray Create(TestData data)
    {
        if (Role != ArgumentRole.Output) return Fill!(data, Shape).Rounded(DType);
        double garbage = DType is DType.Float32 or DType.BFloat16 ? double.NaN : int.MinValue;
        return new RefArray(Shape).Map(_ => garbage);
    }
}

/// <summary>The arrays of a case by name, and the typical sizes that the reference declares where a result cancels.</summary>
public sealed class CaseArrays(IEnumerable<OpArgument> arguments)
{
    private readonly Dictionary<string, RefArray> _arrays = [];
    private readonly Dictionary<string, DType> _types = arguments.ToDictionary(a => a.Name, a => a.DType);

    public Dictionary<string, double> Typical { get; } = [];

    public RefArray this[string name]
    {
        get => _arrays[name];
        set => _arrays[name] = value;
    }

    /// <summary>Values as an argument's element type stores them: for a <see cref="OpCase.Prepare"/> that computes one input from another.</summary>
    public RefArray Rounded(string name, RefArray values) => values.Rounded(_types[name]);

    /// <summary>Writes a result over the target, or adds it.</summary>
    public void Store(string name, RefArray result, bool accumulate) => this[name] = accumulate ? this[name] + result : result;
}

/// <summary>The tensors of a case by name.</summary>
public sealed class CaseTensors
{
    private readonly Dictionary<string, Tensor> _tensors = [];

    public Tensor this[string name]
    {
        get => _tensors[name];
        set => _tensors[name] = value;
    }
}

/// <summary>
/// One call of a device's op: shapes, data, reference, tolerance, FLOPs and bytes. Correctness tests, determinism tests and benchmarks
/// read the same cases. Adding an op: add its cases to the file of its family; a test finds interface methods without one.
/// </summary>
public sealed record OpCase
{
    /// <summary>Interface and method, as in <c>IConvOps.Conv2dForward</c>.</summary>
    public required string Method { get; init; }

    /// <summary>What is particular about this case.</summary>
    public required string Name { get; init; }

    public required OpArgument[] Arguments { get; init; }

    /// <summary>Computes the outputs in double precision, in place of the arrays they start as.</summary>
    public required Action<CaseArrays> Reference { get; init; }

    /// <summary>Calls the device.</summary>
    public required Action<Device, CaseTensors> Run { get; init; }

    /// <summary>Adjusts random inputs that have to fit each other.</summary>
    public Action<CaseArrays>? Prepare { get; init; }

    /// <summary>The element type of its activations. Only devices that compute in it have the case.</summary>
    public DType ComputesIn { get; init; } = DType.Float32;

    /// <summary>Terms summed into one output element, for the tolerance.</summary>
    public long ReductionLength { get; init; } = 1;

    /// <summary>By how much an algorithm other than the definition may enlarge the error; the tolerance allows for it.</summary>
    public int ErrorFactor { get; init; } = 1;

    /// <summary>Floating-point operations of the definition, a multiply-add counting two.</summary>
    public long Flops { get; init; }

    /// <summary>Bytes that have to move at least: every input read once, every output written once.</summary>
    public long Bytes => Arguments.Sum(a => a.Shape.Numel * a.DType.SizeInBytes() * (a.Role == ArgumentRole.InOut ? 2 : 1));

    /// <summary>
    /// The same case with its activations in bfloat16: inputs are rounded before the oracle sees them, outputs are held to one more rounding.
    /// </summary>
    /// <param name="activations">Names of arguments; those of optional ones may be given always.</param>
    public OpCase InBFloat16(params ReadOnlySpan<string> activations)
    {
        var arguments = (OpArgument[])Arguments.Clone();
        for (int i = 0; i < arguments.Length; i++)
            if (activations.Contains(arguments[i].Name)) arguments[i] = arguments[i] with { DType = DType.BFloat16 };
        if (arguments.SequenceEqual(Arguments)) throw new ArgumentException($"no argument of {this} is among the activations {string.Join(", ", activations.ToArray())}");
        return this with { Name = Name + " bf16", Arguments = arguments, ComputesIn = DType.BFloat16 };
    }

    public override string ToString() => $"{Method} {Name}";

    /// <summary>The arrays before the call; the same every time.</summary>
    public CaseArrays CreateArrays()
    {
        var data = TestData.For(ToString());
        var arrays = new CaseArrays(Arguments);
        foreach (var argument in Arguments) arrays[argument.Name] = argument.Create(data);
        Prepare?.Invoke(arrays);
        foreach (var argument in Arguments) arrays[argument.Name] = arrays.Rounded(argument.Name, arrays[argument.Name]);
        return arrays;
    }

    /// <summary>The arrays after the call, by the oracle.</summary>
    public CaseArrays CreateExpected()
    {
        var arrays = CreateArrays();
        Reference(arrays);
        return arrays;
    }

    public CaseTensors Upload(Device device, CaseArrays arrays)
    {
        var tensors = new CaseTensors();
        foreach (var argument in Arguments) tensors[argument.Name] = arrays[argument.Name].ToTensor(device, argument.DType);
        return tensors;
    }
}
