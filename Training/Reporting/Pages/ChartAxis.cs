using System.Globalization;

namespace WrnEngine.Training.Reporting.Pages;

/// <summary>A range of values and the round numbers in it that are written beside it.</summary>
internal sealed class ChartAxis
{
    private const int WantedTicks = 6;

    private readonly double _low, _high;
    private readonly bool _isLog;

    private ChartAxis(double low, double high, bool isLog, IReadOnlyList<double> ticks) => (_low, _high, _isLog, Ticks) = (low, high, isLog, ticks);

    /// <summary>Values that get a label.</summary>
    public IReadOnlyList<double> Ticks { get; }

    /// <summary>An axis that holds both values, and a little room where they are equal.</summary>
    /// <param name="low">The smallest value, above zero on a logarithmic axis.</param>
    /// <param name="high">The largest.</param>
    /// <param name="isLog">Decades take equal room.</param>
    /// <param name="leastStep">Ticks are not closer together than this, on an axis that isn't logarithmic: 1 for what is counted.</param>
    public static ChartAxis Of(double low, double high, bool isLog, double leastStep = 0)
    {
        if (isLog)
        {
            double first = Math.Floor(Math.Log10(low)), last = Math.Max(first + 1, Math.Ceiling(Math.Log10(high)));
            int stride = Math.Max(1, (int)Math.Ceiling((last - first) / WantedTicks));
            var decades = new List<double>();
            for (double d = first; d <= last; d += stride) decades.Add(Math.Pow(10, d));
            return new ChartAxis(Math.Pow(10, first), Math.Pow(10, last), isLog, decades);
        }

        if (high - low <= Math.Abs(high) * 1e-9)
        {
            double room = high == 0 ? 1 : Math.Abs(high) * 0.1;
            (low, high) = (low - room, high + room);
        }

        double step = Math.Max(leastStep, RoundStep((high - low) / WantedTicks));
        var ticks = new List<double>();
        for (double k = Math.Floor(low / step); ; k++)
        {
            ticks.Add(k * step); // not a sum, whose last digits would show
            if (k * step >= high - (step * 1e-9)) break;
        }

        return new ChartAxis(ticks[0], ticks[^1], isLog, ticks);
    }

    /// <summary>Where a value lies, from 0 to 1.</summary>
    public double Share(double value) => _isLog
        ? Math.Log10(value / _low) / Math.Log10(_high / _low)
        : (value - _low) / (_high - _low);

    /// <summary>What is written beside a tick.</summary>
    public static string Label(double tick) =>
        tick == 0 ? "0" : Math.Abs(tick) is >= 1e6 or < 1e-3 ? tick.ToString("0.##e0", CultureInfo.InvariantCulture) : tick.ToString("0.#####", CultureInfo.InvariantCulture);

    /// <summary>1, 2 or 5 times a power of ten, at least the given step.</summary>
    private static double RoundStep(double step)
    {
        double power = Math.Pow(10, Math.Floor(Math.Log10(step)));
        foreach (int factor in (ReadOnlySpan<int>)[1, 2, 5])
            if (factor * power >= step * (1 - 1e-9)) return factor * power;
        return 10 * power;
    }
}
