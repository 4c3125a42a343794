namespace WrnEngine.Tests.Support.Oracle;

/// <summary>Log-softmax, cross-entropy with label smoothing, argmax and top-k on [N, classes].</summary>
public static class LossOracle
{
    public static RefArray LogSoftmax(RefArray x)
    {
        var y = new RefArray(x.Shape);
        int columns = x.Shape[-1];
        for (int row = 0; row < x.Count; row += columns)
        {
            var values = x.Values.AsSpan(row, columns).ToArray();
            double max = values.Max(), logSum = max + Math.Log(values.Sum(v => Math.Exp(v - max)));
            for (int j = 0; j < columns; j++) y.Values[row + j] = values[j] - logSum;
        }
        return y;
    }

    public static RefArray LogSoftmaxBackward(RefArray y, RefArray gradY)
    {
        var gradX = new RefArray(y.Shape);
        int columns = y.Shape[-1];
        for (int row = 0; row < y.Count; row += columns)
        {
            double sum = gradY.Values.AsSpan(row, columns).ToArray().Sum();
            for (int j = 0; j < columns; j++) gradX.Values[row + j] = gradY.Values[row + j] - Math.Exp(y.Values[row + j]) * sum;
        }
        return gradX;
    }

    /// <summary>The mean over the samples of -sum q log p.</summary>
    public static double CrossEntropy(RefArray logits, RefArray labels, double smoothing)
    {
        var logProbs = LogSoftmax(logits);
        double loss = 0;
        for (int n = 0; n < logits.Shape[0]; n++)
            for (int c = 0; c < logits.Shape[1]; c++) loss -= Target(labels, n, c, logits.Shape[1], smoothing) * logProbs[n, c];
        return loss / logits.Shape[0];
    }

    public static RefArray CrossEntropyBackward(RefArray logProbs, RefArray labels, double smoothing, double gradLoss)
    {
        var gradLogits = new RefArray(logProbs.Shape);
        int samples = logProbs.Shape[0], classes = logProbs.Shape[1];
        for (int n = 0; n < samples; n++)
            for (int c = 0; c < classes; c++)
                gradLogits[n, c] = gradLoss * (Math.Exp(logProbs[n, c]) - Target(labels, n, c, classes, smoothing)) / samples;
        return gradLogits;
    }

    /// <summary>The first largest class of each row.</summary>
    public static RefArray ArgMax(RefArray x)
    {
        var index = new RefArray([x.Shape[0]]);
        for (int n = 0; n < x.Shape[0]; n++)
            for (int c = 1; c < x.Shape[1]; c++)
                if (x[n, c] > x[n, (int)index.Values[n]]) index.Values[n] = c;
        return index;
    }

    /// <summary>Samples whose label ranks among the first k; of two equal logits the lower class ranks first; NaN in a row is wrong.</summary>
    public static int TopKCount(RefArray logits, RefArray labels, int k)
    {
        int count = 0;
        for (int n = 0; n < logits.Shape[0]; n++)
        {
            var row = Enumerable.Range(0, logits.Shape[1]).Select(c => logits[n, c]).ToArray();
            if (row.Any(double.IsNaN)) continue;
            var ranking = Enumerable.Range(0, row.Length).OrderByDescending(c => row[c]).ThenBy(c => c).Take(k);
            if (ranking.Contains((int)labels.Values[n])) count++;
        }
        return count;
    }

    private static double Target(RefArray labels, int sample, int c, int classes, double smoothing) =>
        ((int)labels.Values[sample] == c ? 1 - smoothing : 0) + smoothing / classes;
}
