using WrnEngine.Devices;
using WrnEngine.Tensors;

namespace WrnEngine.Tests.Support.Oracle;

/// <summary>Maximum and average pooling, window by window.</summary>
public static class PoolOracle
{
    /// <summary>The maximum of each window and where it was (h * W + w of the first one in reading order).</summary>
    public static (RefArray Y, RefArray Index) Max(in Pool2dShape shape, RefArray x)
    {
        var y = new RefArray(OutputShape(shape));
        var index = new RefArray(y.Shape);
        var s = shape;
        ForEachWindow(shape, (n, c, oh, ow, window) =>
        {
            var (bestH, bestW) = window[0];
            foreach (var (h, w) in window)
                if (x[n, c, h, w] > x[n, c, bestH, bestW]) (bestH, bestW) = (h, w);
            y[n, c, oh, ow] = x[n, c, bestH, bestW];
            index[n, c, oh, ow] = bestH * s.W + bestW;
        });
        return (y, index);
    }

    public static RefArray MaxBackward(in Pool2dShape shape, RefArray index, RefArray gradY)
    {
        var gradX = new RefArray([shape.N, shape.Channels, shape.H, shape.W]);
        int width = shape.W;
        ForEachWindow(shape, (n, c, oh, ow, _) =>
        {
            int place = (int)index[n, c, oh, ow];
            gradX[n, c, place / width, place % width] += gradY[n, c, oh, ow];
        });
        return gradX;
    }

    public static RefArray Average(in Pool2dShape shape, RefArray x)
    {
        var y = new RefArray(OutputShape(shape));
        double area = shape.KernelH * shape.KernelW;
        ForEachWindow(shape, (n, c, oh, ow, window) => y[n, c, oh, ow] = window.Sum(p => x[n, c, p.H, p.W]) / area);
        return y;
    }

    public static RefArray AverageBackward(in Pool2dShape shape, RefArray gradY)
    {
        var gradX = new RefArray([shape.N, shape.Channels, shape.H, shape.W]);
        double area = shape.KernelH * shape.KernelW;
        ForEachWindow(shape, (n, c, oh, ow, window) =>
        {
            foreach (var (h, w) in window) gradX[n, c, h, w] += gradY[n, c, oh, ow] / area;
        });
        return gradX;
    }

    private static Shape OutputShape(in Pool2dShape s) => [s.N, s.Channels, s.OutH, s.OutW];

    /// <summary>Calls <paramref name="body"/> with the pixels of every window that lie inside the image.</summary>
    private static void ForEachWindow(Pool2dShape s, Action<int, int, int, int, List<(int H, int W)>> body)
    {
        for (int n = 0; n < s.N; n++)
            for (int c = 0; c < s.Channels; c++)
                for (int oh = 0; oh < s.OutH; oh++)
                    for (int ow = 0; ow < s.OutW; ow++)
                    {
                        var window = new List<(int H, int W)>();
                        for (int kh = 0; kh < s.KernelH; kh++)
                            for (int kw = 0; kw < s.KernelW; kw++)
                            {
                                int h = oh * s.StrideH - s.PaddingH + kh, w = ow * s.StrideW - s.PaddingW + kw;
                                if (h >= 0 && h < s.H && w >= 0 && w < s.W) window.Add((h, w));
                            }
                        body(n, c, oh, ow, window);
                    }
    }
}
