namespace WrnEngine.Devices;

/// <summary>
/// Room where a device keeps what it has made of a convolution's weight, packed or transformed, for the next call with the same weight.
/// It belongs to a weight that nobody writes meanwhile; <see cref="Release"/> empties it.
/// </summary>
public sealed class KeptFilters
{
    private object? _form;
    private DeviceBuffer? _filters;

    /// <summary>What <see cref="Keep"/> was given under an equal form, or null.</summary>
    public DeviceBuffer? Find(object form) => Equals(_form, form) ? _filters : null;

    /// <summary>Keeps filters, with a reference of its own, in place of what was there.</summary>
    /// <param name="form">How the device has made them.</param>
    /// <param name="filters">The filters.</param>
    public void Keep(object form, DeviceBuffer filters)
    {
        ArgumentNullException.ThrowIfNull(filters);
        Release();
        filters.AddReference();
        (_form, _filters) = (form, filters);
    }

    /// <summary>Lets go of what is kept.</summary>
    public void Release()
    {
        _filters?.Release();
        (_form, _filters) = (null, null);
    }
}
