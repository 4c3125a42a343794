// The peer of WrnEngine's CPU figures: the same network and recipe on PyTorch's CPU kernels, float32 eager, through TorchSharp.
//   run.sh speed    --depth 16 --k 8 --batch 128 --steps 5 [--infer] [--channels-last]
//   run.sh accuracy --depth 16 --k 1 --batch 128 --epochs 3 --seed 1 --data DIR        (CIFAR-10 in the binary layout)
// Prints one JSON object as its last line. run.sh offers the allocators that PyTorch is fastest with.
using System.Diagnostics;
using System.Text.Json;
using TorchSharp;
using TorchSharpPeer;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

int Number(string name, int otherwise) => Array.IndexOf(args, "--" + name) is var i and >= 0 ? int.Parse(args[i + 1]) : otherwise;
bool Flag(string name) => args.Contains("--" + name);

int depth = Number("depth", 16), k = Number("k", 8), batch = Number("batch", 128), seed = Number("seed", 1);
set_num_threads(Environment.ProcessorCount);
random.manual_seed(seed);
var model = new PeerModel(depth, k);
optim.Optimizer NewSgd(double lr) => optim.SGD(model.parameters(), lr, momentum: 0.9, weight_decay: 5e-4, nesterov: true);

if (args is ["speed", ..]) MeasureSpeed(Number("steps", 5), Flag("infer"), Flag("channels-last"));
else if (args is ["accuracy", ..]) MeasureAccuracy(Number("epochs", 3), args[Array.IndexOf(args, "--data") + 1]);
else throw new ArgumentException("the first argument is speed or accuracy");

void MeasureSpeed(int steps, bool infer, bool channelsLast)
{
    var x = rand([batch, 3, 32, 32]);
    var labels = randint(10, [batch], dtype: ScalarType.Int64);
    if (channelsLast) x = x.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2);
    model.train(!infer);
    var sgd = NewSgd(0.1);
    var seconds = new double[steps];
    for (int step = -2; step < steps; step++) // two steps warm up
    {
        using var scope = NewDisposeScope();
        long start = Stopwatch.GetTimestamp();
        if (infer)
        {
            using (no_grad()) model.forward(x);
        }
        else
        {
            sgd.zero_grad();
            F.cross_entropy(model.forward(x), labels).backward();
            sgd.step();
        }
        if (step >= 0) seconds[step] = Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
    Array.Sort(seconds);
    double median = seconds[steps / 2];
    Console.WriteLine(JsonSerializer.Serialize(new { depth, k, batch, infer, channelsLast, secondsPerStep = median, imagesPerSecond = batch / median }));
}

void MeasureAccuracy(int epochs, string folder)
{
    var train = Cifar(Enumerable.Range(1, 5).Select(i => $"data_batch_{i}.bin"), folder);
    var test = Cifar(["test_batch.bin"], folder);
    var padded = F.pad(train.Images, [4, 4, 4, 4], PaddingModes.Reflect);
    int drop1 = Math.Max((int)Math.Round(0.3 * epochs), 2), drop2 = Math.Max((int)Math.Round(0.6 * epochs), drop1 + 1), drop3 = Math.Max((int)Math.Round(0.8 * epochs), drop2 + 1);
    int count = (int)train.Images.shape[0], steps = count / batch;
    double lr = 0.1;
    var sgd = NewSgd(lr);
    var random = new Random(seed);
    int[] order = [.. Enumerable.Range(0, count)];
    var testErrors = new List<double>();
    for (int epoch = 1; epoch <= epochs; epoch++)
    {
        if (epoch == drop1 || epoch == drop2 || epoch == drop3) sgd = NewSgd(lr *= 0.2); // a new optimizer, so the momentum starts at zero
        model.train();
        random.Shuffle(order);
        for (int step = 0; step < steps; step++)
        {
            using var scope = NewDisposeScope();
            var indices = order[(step * batch)..((step + 1) * batch)];
            var images = stack(indices.Select(i =>
            {
                var crop = padded[i].narrow(1, random.Next(9), 32).narrow(2, random.Next(9), 32);
                return random.Next(2) == 0 ? crop : crop.flip(2);
            }));
            sgd.zero_grad();
            F.cross_entropy(model.forward(images), train.Labels[tensor(indices.Select(i => (long)i).ToArray())]).backward();
            sgd.step();
        }
        testErrors.Add(ErrorPercent(test.Images, test.Labels));
        Console.WriteLine($"epoch {epoch}/{epochs}: lr {lr:g4}, test error {testErrors[^1]:f2} %");
    }
    Console.WriteLine(JsonSerializer.Serialize(new { depth, k, batch, epochs, seed, testErrors }));
}

double ErrorPercent(Tensor images, Tensor labels)
{
    const int Chunk = 500;
    model.eval();
    using var noGrad = no_grad();
    long wrong = 0;
    for (long i = 0; i < images.shape[0]; i += Chunk)
    {
        using var scope = NewDisposeScope();
        wrong += (model.forward(images.narrow(0, i, Chunk)).argmax(1) != labels.narrow(0, i, Chunk)).sum().item<long>();
    }
    return 100.0 * wrong / images.shape[0];
}

static (Tensor Images, Tensor Labels) Cifar(IEnumerable<string> files, string folder)
{
    const int Record = 3073;
    byte[] bytes = [.. files.SelectMany(f => File.ReadAllBytes(Path.Combine(folder, f)))];
    int n = bytes.Length / Record;
    var labels = new long[n];
    var pixels = new float[n * (Record - 1)];
    for (int i = 0; i < n; i++)
    {
        labels[i] = bytes[i * Record];
        for (int j = 1; j < Record; j++) pixels[i * (Record - 1) + j - 1] = bytes[i * Record + j];
    }
    var mean = tensor(new[] { 125.3f, 123.0f, 113.9f }).view(1, 3, 1, 1);
    var std = tensor(new[] { 63.0f, 62.1f, 66.7f }).view(1, 3, 1, 1);
    return ((tensor(pixels).view(n, 3, 32, 32) - mean) / std, tensor(labels));
}
