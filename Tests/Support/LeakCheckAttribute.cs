using NUnit.Framework.Interfaces;

namespace WrnEngine.Tests.Support;

/// <summary>On tests of a <see cref="DeviceFixture"/>: fails a test that leaves more or fewer live buffers than it found.</summary>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Class)]
public sealed class LeakCheckAttribute : Attribute, ITestAction
{
    private int _liveBefore;

    public ActionTargets Targets => ActionTargets.Test;

    public void BeforeTest(ITest test) => _liveBefore = Fixture(test).Device.Memory.LiveBuffers;

    public void AfterTest(ITest test)
    {
        // A test that failed stops halfway; its own failure is what matters.
        if (TestContext.CurrentContext.Result.Outcome.Status == TestStatus.Failed) return;
        int live = Fixture(test).Device.Memory.LiveBuffers;
        if (live != _liveBefore) Assert.Fail($"{live - _liveBefore:+0;-0} live buffers: {_liveBefore} before the test, {live} after it");
    }

    private static DeviceFixture Fixture(ITest test) =>
        test.Fixture as DeviceFixture ?? throw new InvalidOperationException($"[LeakCheck] needs a {nameof(DeviceFixture)}");
}
