using WrnEngine.Devices;
using WrnEngine.Tensors;
using WrnEngine.Tests.Support.Oracle;

namespace WrnEngine.Tests.Support;

/// <summary>A fixture that owns a device for its tests; derive from it with <see cref="TestDevices.All"/> as the source.</summary>
public abstract class DeviceFixture(TestDevice kind)
{
    private Device? _device;

    /// <summary>What the tests know of the device before they open it.</summary>
    protected TestDevice Kind => kind;

    /// <summary>The device under test.</summary>
    public Device Device => _device ?? throw new InvalidOperationException($"{kind.Name} is not open");

    [OneTimeSetUp]
    public void OpenDevice() => _device = kind.Open!();

    [OneTimeTearDown]
    public void CloseDevice() => _device?.Dispose();

    [TearDown]
    public void VerifyDevice() => kind.Verify?.Invoke();

    /// <summary>Puts an array on the device.</summary>
    protected Tensor Upload(RefArray x, bool requiresGrad = false)
    {
        var t = x.ToTensor(Device);
        t.RequiresGrad = requiresGrad;
        return t;
    }

    /// <summary>Whole numbers on the device, as int32.</summary>
    protected Tensor UploadInt(RefArray x) => x.ToTensor(Device, DType.Int32);
}
