using System.Collections;
using System.Reflection;
using NUnit.Framework.Interfaces;
using NUnit.Framework.Internal;
using NUnit.Framework.Internal.Builders;

namespace WrnEngine.Tests.Support;

/// <summary>
/// As <c>TestCaseSource</c> for a fixture of <see cref="TestDevices"/>: one test per case on a device that is there, and a single
/// ignored one, instead of a thousand, on a device that is not. Op cases in an element type that the device does not compute in are left out.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class DeviceCasesAttribute(Type source, string method) : NUnitAttribute, ITestBuilder
{
    private readonly NUnitTestCaseBuilder _builder = new();

    public Type Source => source;

    public string Method => method;

    public IEnumerable<TestMethod> BuildFrom(IMethodInfo method, Test? suite)
    {
        if (suite?.RunState == RunState.Ignored)
        {
            yield return _builder.BuildTestMethod(method, suite, new TestCaseParameters([null]) { TestName = method.Name });
            yield break;
        }
        var cases = Source.GetMethod(Method, BindingFlags.Public | BindingFlags.Static) ?? throw new MissingMethodException(Source.Name, Method);
        var device = suite?.Arguments.OfType<TestDevice>().FirstOrDefault();
        foreach (object c in (IEnumerable)cases.Invoke(null, null)!)
            if (device is null || c is not OpCase op || device.ElementTypes.Contains(op.ComputesIn))
                yield return _builder.BuildTestMethod(method, suite, new TestCaseParameters([c]));
    }
}
