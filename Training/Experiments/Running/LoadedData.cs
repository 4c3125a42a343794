using WrnEngine.Training.Data;

namespace WrnEngine.Training.Experiments.Running;

/// <summary>Keeps the data set that was loaded last: runs that follow one another mostly train on the same images.</summary>
internal sealed class LoadedData
{
    private DatasetOptions? _key;
    private DatasetSplit? _split;

    /// <summary>What two runs must have in common to train on the same images: their seeds only choose those that are held out.</summary>
    public static DatasetOptions Key(DatasetOptions options) => options with { Notice = null, Seed = options.ValidationImages == 0 ? 0 : options.Seed };

    /// <summary>Loads a data set, unless it is there already.</summary>
    /// <exception cref="DatasetException">It can't be loaded.</exception>
    public DatasetSplit Load(DatasetOptions options)
    {
        var key = Key(options);
        if (_split is not null && key == _key) return _split;
        (_key, _split) = (null, null); // two at once may be too many
        var split = DatasetCatalog.Load(options);
        (_key, _split) = (key, split);
        return split;
    }
}
