namespace WrnEngine.Devices.Cpu.Conv;

/// <summary>What happens to a strip of outputs right after it was computed, while it is still in the cache.</summary>
internal unsafe interface IStripEpilogue
{
    /// <summary>Works on channels <paramref name="channelStart"/> .. <paramref name="channelEnd"/> - 1 of a strip's pixels.</summary>
    /// <param name="strip">The number of the strip; every (strip, channel) comes exactly once.</param>
    /// <param name="target">The strip's first output.</param>
    /// <param name="origin">Where that lies in the tensor, in elements: other tensors of the same shape are read there.</param>
    /// <param name="offsets">[pixels] Each pixel's place relative to the first.</param>
    /// <param name="pixels">Pixels in the strip.</param>
    /// <param name="channelStart">First channel.</param>
    /// <param name="channelEnd">One past the last channel.</param>
    void Apply(int strip, float* target, long origin, int* offsets, int pixels, int channelStart, int channelEnd);
}
