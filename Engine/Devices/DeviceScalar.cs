using WrnEngine.Tensors;

namespace WrnEngine.Devices;

/// <summary>
/// A number that an op is given: its value, and, where it changes from step to step, the place in the device's memory that has it too. A device that computes
/// beside its host reads the place when the op runs, so that work which was recorded once can be replayed with other numbers (<see cref="ReplayedStep"/>); one
/// that computes at once takes the value. Whoever makes one with a place keeps the two equal, as <see cref="StepInputs"/> does.
/// </summary>
/// <param name="Value">The number now.</param>
/// <param name="Place">Four bytes on the device with the same number, or null for a number that is a constant.</param>
public readonly record struct DeviceScalar<T>(T Value, Tensor? Place = null) where T : unmanaged
{
    /// <summary>A constant.</summary>
    public static implicit operator DeviceScalar<T>(T value) => new(value);

    /// <summary>Its value now.</summary>
    public static implicit operator T(DeviceScalar<T> scalar) => scalar.Value;

    /// <summary>The value.</summary>
    public override string ToString() => Value.ToString()!;
}
