using System.Diagnostics;
using WrnEngine.Autograd;
using WrnEngine.Devices;
using WrnEngine.Models;
using WrnEngine.Models.Safetensors;
using WrnEngine.Ops;
using WrnEngine.Optim;
using WrnEngine.Tensors;
using WrnEngine.Training.Checkpoints;
using WrnEngine.Training.Data;
using WrnEngine.Training.Reporting;
using WrnEngine.Training.Reporting.Report;
using WrnEngine.Training.Runs;

namespace WrnEngine.Training;

/// <summary>
/// The recipe, from top to bottom: data set, network, optimizer, schedule; then epochs of steps, each followed by evaluation, log and
/// checkpoint. Everything random is a function of (seed, epoch or step, sample), so a run that was stopped goes on to the same bits.
/// </summary>
internal sealed class Trainer : IDisposable
{
    private const string BestErrorKey = "best_val_error";

    private readonly TrainingPlan _plan;
    private readonly DatasetSplit _data;
    private readonly Device _device;
    private readonly ITrainingLog _log;
    private readonly StopSignal _stop;

    private readonly WideResNet _model;
    private readonly Sgd _optimizer;
    private readonly WeightAverage? _average;
    private readonly Mixup? _mixup;
    private readonly ISchedule _schedule;
    private readonly ResidentImages _resident;
    private readonly DeviceBatches _batches;
    private readonly Evaluator _evaluator;

    private RunFolder? _folder;
    private readonly Throughput _throughput = new();
    private readonly RunEstimate _estimate;
    private readonly TimeLimit _time;
    private readonly EarlyStopping _patience;
    private readonly List<EpochRecord> _epochs = [];
    private int _epoch; // of the next step, from 0
    private long _totalSteps;
    private EpochSums _sums; // of the steps already done in it, but for those whose results wait
    private readonly StepInputs _inputs;
    private readonly ReplayedStep _step;
    private readonly StepResults _results;
    private string? _resumedFrom;
    private double _bestError = double.PositiveInfinity;

    /// <summary>Builds everything a run needs.</summary>
    /// <param name="plan">What to train, how, and how far.</param>
    /// <param name="data">What to train and test on.</param>
    /// <param name="device">Where; it stays the caller's.</param>
    /// <param name="log">Who follows the run.</param>
    /// <param name="stop">The wish to stop.</param>
    public Trainer(TrainingPlan plan, DatasetSplit data, Device device, ITrainingLog log, StopSignal stop)
    {
        (_plan, _data, _device, _log, _stop) = (plan, data, device, log, stop);
        var recipe = plan.Recipe;
        _resident = new ResidentImages(device);
        _batches = new DeviceBatches(
            data.Train, data.TrainTransform(plan.Seed, recipe.Cutout), recipe.BatchSize,
            data.TrainsAsIs ? BatchOrder.Evaluation : BatchOrder.Training, plan.Seed, data.LoaderThreads, _resident, device);
        _model = new WideResNet(plan.Network with { NumClasses = data.ClassCount }, device, plan.Seed);
        _optimizer = new Sgd(
            _model.NamedParameters(), recipe.LearningRate, recipe.Momentum, recipe.WeightDecay, dampening: 0, nesterov: recipe.Momentum > 0);
        _schedule = recipe.CreateSchedule();
        if (recipe.ModelEmaDecay > 0) _average = new WeightAverage([.. _model.NamedParameters(), .. _model.NamedBuffers()], recipe.ModelEmaDecay);
        if (recipe.Mixup > 0 && !data.TrainsAsIs) _mixup = new Mixup(recipe.Mixup, plan.Seed, recipe.BatchSize);
        (_inputs, _step, _results) = (
            new StepInputs(device, recipe.BatchSize, pairs: _mixup is not null), new ReplayedStep(device), new StepResults(device));
        _optimizer.SkipIf = _results.Kept;
        _model.DropoutState.SampleIndices = _inputs.Indices;
        _evaluator = new Evaluator(_model, device, data, recipe.BatchSize, _resident);
        _estimate = new RunEstimate(plan, data, StepsPerEpoch);
        (_time, _patience) = (new TimeLimit(plan.MaxTime), new EarlyStopping(plan.Patience));
    }

    /// <summary>The network in training.</summary>
    public WideResNet Model => _model;

    /// <summary>What the last whole test of this process found out about each image; null where nothing is kept.</summary>
    public TestResults? LastTest { get; private set; }

    /// <summary>Images in a step.</summary>
    public int BatchSize => _plan.Recipe.BatchSize;

    /// <summary>Steps of a whole epoch.</summary>
    public int StepsPerEpoch => _batches.BatchesPerEpoch;

    /// <summary>Steps done in all.</summary>
    public long TotalSteps => _totalSteps;

    /// <summary>Epochs that are over.</summary>
    public int EpochsDone => _epoch;

    private RunPosition Position => new(_epoch, StepInEpoch, _totalSteps);

    private double MeanLoss => _sums.LossSum / _sums.Samples;

    private double MeanError => 100.0 * _sums.Errors / _sums.Samples;

    private int StepInEpoch => (int)((_sums.Samples + _results.Samples) / _plan.Recipe.BatchSize);

    private bool IsAtStepLimit => _totalSteps >= _plan.MaxSteps;

    private bool IsAtLimit => IsAtStepLimit || _time.IsReached;

    /// <summary>How long the rest of the run takes at a training speed.</summary>
    public TimeSpan TimeLeft(double imagesPerSecond) => Shorter(_estimate.TimeLeft(Position, imagesPerSecond), _time.Left);

    /// <summary>Continues where a checkpoint was written.</summary>
    /// <param name="path">The checkpoint.</param>
    /// <param name="earlier">The epochs before it.</param>
    /// <exception cref="CheckpointException">It is damaged or holds another network.</exception>
    public void Resume(string path, IReadOnlyList<EpochRecord> earlier)
    {
        bool hasMomentum = _plan.Recipe.Momentum > 0;
        var state = Checkpoint.Load(path, _model, hasMomentum ? _optimizer : null, _average);
        (_epoch, _totalSteps, _sums) = (state.Epoch, state.Step, state.EpochSums);
        if (state.Extra.TryGetValue(BestErrorKey, out string? best)) _bestError = double.Parse(best);
        _patience.Restore(state.Extra);
        _epochs.AddRange(earlier.Where(e => e.Epoch <= _epoch));
        _resumedFrom = path;
        if (hasMomentum && !IsMomentumWhole())
        {
            throw new CheckpointException(
                $"'{path}' was written after step {_totalSteps} without momentum, so a run with momentum {_plan.Recipe.Momentum} cannot go on from it; "
                + "resume with --momentum 0, or start a new run.");
        }
    }

    /// <summary>Every parameter has momentum, but for where a run has none yet or throws it away next.</summary>
    private bool IsMomentumWhole() =>
        _totalSteps == 0 || StepInEpoch == 0 && _schedule.ResetsMomentum(_epoch)
        || _optimizer.MomentumBuffers().Count() == _model.NamedParameters().Count();

    /// <summary>Trains to the end of the recipe, a limit, the end of patience, or the wish to stop.</summary>
    /// <param name="folder">Where checkpoints and metrics go; null keeps none.</param>
    /// <exception cref="UserException">The loss is no longer a number.</exception>
    public TrainingOutcome Run(RunFolder? folder = null)
    {
        _folder = folder;
        if (_resumedFrom is not null && folder is not null)
        {
            // Rows that a run which was killed wrote ahead of its checkpoint must not be there twice.
            MetricsCsv.Write(folder.Metrics, _epochs);
            BringBest(_resumedFrom, folder);
        }

        _time.Start();
        var end = _patience.IsOver ? TrainingEnd.EarlyStopped : TrainingEnd.Finished;
        while (_epoch < _plan.Recipe.Epochs && end == TrainingEnd.Finished)
        {
            long start = Stopwatch.GetTimestamp();
            if (StepInEpoch == 0 && _schedule.ResetsMomentum(_epoch)) _optimizer.ResetMomentum();
            _batches.StartEpoch(_epoch, StepInEpoch);
            _throughput.Start();
            while (!_stop.IsRequested && !IsAtLimit && _batches.Next() is { } batch)
            {
                TrainStep(batch);
                _throughput.Step(batch.Count);
                if (_stop.IsRequested) ReadResults();
                _log.Step(Report());
                if (_plan.SaveEvery is { } interval && _totalSteps % interval == 0) SaveLast();
            }

            bool isLastEpoch = _epoch + 1 == _plan.Recipe.Epochs;
            end = _stop.IsRequested ? TrainingEnd.Stopped : IsAtStepLimit ? TrainingEnd.MaxSteps
                : _time.IsReached && !(isLastEpoch && StepInEpoch == StepsPerEpoch) ? TrainingEnd.MaxTime : TrainingEnd.Finished;
            bool isEvaluated = FinishEpoch(end, start);
            if (_stop.IsRequested) end = TrainingEnd.Stopped; // perhaps in the middle of the evaluation
            else if (_patience.IsOver) end = TrainingEnd.EarlyStopped;
            else if (end == TrainingEnd.Finished && !isLastEpoch && isEvaluated && _time.Look()) end = TrainingEnd.MaxTime;
        }

        return new TrainingOutcome(end, _totalSteps, _throughput.ImagesPerSecond, _epochs);
    }

    private void TrainStep(ImageBatch batch)
    {
        Send(batch, _totalSteps);
        _step.Run(Compute, _optimizer.IsSteady);
        _results.Add(_totalSteps, batch.Count);
        _totalSteps++;
        _time.Look();
        bool isLast = batch.Step + 1 == StepsPerEpoch || IsAtLimit;
        // A device that runs ahead of its host isn't made to wait for it but where somebody looks at the result.
        if (_log.ShowsStep(batch.Step + 1, isLast) || !_device.RunsAhead || _results.IsFull) ReadResults();
        if (isLast) _device.Synchronize(); // what the clock says next is of this step too
    }

    /// <summary>Brings to the device what is new in a step.</summary>
    /// <param name="batch">Its samples.</param>
    /// <param name="step">Steps before it.</param>
    private void Send(ImageBatch batch, long step)
    {
        _mixup?.Draw((uint)step);
        if (_mixup is not null) _inputs.Pair(_mixup.Share, _mixup.Partners);
        _batches.Send(batch, _mixup is null ? default : _mixup.Partners);
        _inputs.Send(_schedule.LearningRate(_epoch, batch.Step, StepsPerEpoch), (uint)step, (uint)batch.Epoch, batch.Indices, batch.Labels);
        (_model.DropoutState.Step, _optimizer.LearningRate) = (_inputs.Step, _inputs.LearningRate);
    }

    /// <summary>A step of the inputs that were sent last: the same ops on the same tensors every time, so that a device may record and replay it.</summary>
    private void Compute()
    {
        using var scope = new StepScope();
        using var tape = new GradTape();
        var images = Images();
        _optimizer.ZeroGrad();
        var logits = _model.Forward(images);
        var loss = Mixup.Loss(logits, _inputs, _plan.Recipe.LabelSmoothing);
        _results.Keep(loss, logits.TopKCount(_inputs.Labels), _inputs.Step);
        loss.Backward();
        if (_plan.Recipe.ClipGrad > 0) GradientClipping.ClipGradNorm(_model.NamedParameters(), _plan.Recipe.ClipGrad);
        _optimizer.Step();
        _average?.Update();
    }

    /// <summary>What the network sees of the inputs that were sent last.</summary>
    private Tensor Images()
    {
        var images = _batches.Images(_inputs);
        return _inputs.Pairs is { } pairs ? Mixup.Mix(images, _batches.PairImages(_inputs), pairs) : images;
    }

    /// <summary>Adds up the results that wait.</summary>
    /// <exception cref="UserException">A loss is no number.</exception>
    private void ReadResults()
    {
        while (_results.Next() is { } step)
        {
            if (!float.IsFinite(step.Loss)) throw Diverged(step.Step, step.Loss);
            _sums = new EpochSums(
                _sums.LossSum + (double)step.Loss * step.Samples, _sums.Errors + step.Samples - step.Correct, _sums.Samples + step.Samples);
        }
    }

    /// <summary>Evaluates where it is due, and writes down how far the run has come.</summary>
    /// <returns>Whether it was due.</returns>
    private bool FinishEpoch(TrainingEnd end, long start)
    {
        ReadResults();
        bool isWhole = StepInEpoch == StepsPerEpoch;
        bool isDue = end switch
        {
            TrainingEnd.MaxSteps => _plan.EvaluateAtMaxSteps,
            TrainingEnd.MaxTime => _plan.EvalEvery > 0,
            TrainingEnd.Finished => _plan.EvaluatesAfter(_epoch),
            _ => false,
        };
        bool isBest = false;
        Evaluation? val = null, test = null;
        if (isDue && _data.Validation is not null) val = Evaluate(_data.Validation, "validation");
        if (isDue)
        {
            var details = _folder is null ? null : new TestResults(_data.Test) { Epoch = _epoch + 1 };
            test = Evaluate(_data.Test, "test", details);
            if (test is not null) LastTest = details;
        }

        if (_sums.Samples > 0)
        {
            var record = new EpochRecord(
                _epoch + 1, _schedule.LearningRate(_epoch, StepInEpoch - 1, StepsPerEpoch), MeanLoss, MeanError,
                val?.Loss, val?.Error, test?.Loss, test?.Error, Stopwatch.GetElapsedTime(start).TotalSeconds);
            _epochs.RemoveAll(e => e.Epoch == record.Epoch); // the first part of an epoch that was resumed
            _epochs.Add(record);
            _log.Epoch(record, _plan.Recipe.Epochs, _throughput.ImagesPerSecond);
        }

        // An evaluation that only a limit brought about chooses nothing: the run without the limit would not have it.
        if (isWhole && _plan.EvaluatesAfter(_epoch) && val is { } chosen && chosen.Error < _bestError) (isBest, _bestError) = (true, chosen.Error);
        // An epoch that still waits for its evaluation is not over: a resumed run evaluates it first.
        if (isWhole && (end == TrainingEnd.Finished || isDue) && !_stop.IsRequested)
        {
            if (_plan.EvaluatesAfter(_epoch) && (val ?? test) is { } judged) _patience.Take(judged.Error);
            (_epoch, _sums) = (_epoch + 1, default);
        }

        Save(isBest);
        return isDue;
    }

    private Evaluation? Evaluate(ImageSubset images, string what, TestResults? details = null)
    {
        long start = Stopwatch.GetTimestamp();
        _average?.Exchange();
        var evaluation = _evaluator.Run(images, _stop, (batch, batches) => _log.Evaluating(what, batch, batches), details);
        _average?.Exchange();
        _estimate.Evaluated(images.Count, Stopwatch.GetElapsedTime(start));
        return evaluation;
    }

    /// <summary>
    /// The last checkpoint comes last: a crash between the files leaves one that is older than the others, and the resumed run, which goes on
    /// from it, writes them again.
    /// </summary>
    private void Save(bool isBest)
    {
        if (_folder is null) return;
        if (isBest) Checkpoint.Save(_folder.BestCheckpoint, _model, _optimizer, State(), _average);
        MetricsCsv.Write(_folder.Metrics, _epochs);
        SaveLast();
    }

    private void SaveLast()
    {
        ReadResults();
        if (_folder is not null) Checkpoint.Save(_folder.LastCheckpoint, _model, _optimizer, State(), _average);
    }

    /// <summary>A run that goes on in another folder takes its best checkpoint along.</summary>
    private void BringBest(string last, RunFolder folder)
    {
        string best = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(last))!, Checkpoint.BestFileName);
        if (File.Exists(folder.BestCheckpoint) || !File.Exists(best)) return;
        using (var checkpoint = Checkpoint.Open(best))
            if (checkpoint.ReadState().Extra.GetValueOrDefault(BestErrorKey) != BestErrorText) return; // of a later epoch than this checkpoint
        AtomicFile.Write(folder.BestCheckpoint, stream =>
        {
            using var source = File.OpenRead(best);
            source.CopyTo(stream);
        });
    }

    private string? BestErrorText => double.IsFinite(_bestError) ? _bestError.ToString("R") : null;

    private CheckpointState State()
    {
        var extra = new Dictionary<string, string>(_plan.Metadata);
        if (BestErrorText is { } best) extra[BestErrorKey] = best;
        _patience.Save(extra);
        return new CheckpointState(_model.Options, _data.Name, _plan.Seed, _epoch, _totalSteps, _sums)
        {
            Extra = extra,
            Preprocessing = Preprocessing.Of(_data),
        };
    }

    private StepReport Report()
    {
        var at = Position;
        double speed = _throughput.ImagesPerSecond;
        return new StepReport(
            at.Epoch + 1, _plan.Recipe.Epochs, at.Step, StepsPerEpoch, _optimizer.LearningRate, MeanLoss, MeanError, speed, TimeLeft(speed),
            IsLast: at.Step == StepsPerEpoch || IsAtLimit || _stop.IsRequested);
    }

    private static TimeSpan Shorter(TimeSpan a, TimeSpan b) => a < b ? a : b;

    /// <param name="step">The first step whose loss is no number, from 0. The optimizer has done nothing since, however many steps came after it.</param>
    /// <param name="loss">That loss.</param>
    private UserException Diverged(long step, float loss)
    {
        string layer = FindBadLayer(step, out int stepInEpoch);
        string kept = _folder is null ? "" : File.Exists(_folder.LastCheckpoint)
            ? $"; the last good state is {_folder.LastCheckpoint}" : "; no checkpoint had been written yet";
        return new UserException(
            ExitCode.Diverged,
            $"the loss is {loss} at step {step + 1} (epoch {_epoch + 1}, lr {_schedule.LearningRate(_epoch, stepInEpoch, StepsPerEpoch)}); "
            + $"the first bad layer is {layer}; try a smaller --lr or --warmup-epochs 1{kept}.");
    }

    /// <summary>Runs the batch of a step of this epoch again, on the weights as they are.</summary>
    private string FindBadLayer(long step, out int stepInEpoch)
    {
        stepInEpoch = (int)(_sums.Samples / BatchSize); // every step before it has been added up
        _batches.StartEpoch(_epoch, stepInEpoch);
        Send(_batches.Next()!, step);
        using var scope = new StepScope();
        _optimizer.ZeroGrad();
        return FirstBadLayer.Find(_model, Images(), _inputs.Labels, _plan.Recipe.LabelSmoothing);
    }

    /// <summary>Releases network, momentum, batches and images.</summary>
    public void Dispose()
    {
        _step.Dispose();
        _results.Dispose();
        _inputs.Dispose();
        _batches.Dispose();
        _resident.Dispose();
        _optimizer.Dispose();
        _average?.Dispose();
        _model.Dispose();
    }
}
