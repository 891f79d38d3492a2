namespace LlmTelemetry.CostExporter;

/// <summary>A state as this process worked it out last, or read it.</summary>
/// <param name="Version">Its version in the store.</param>
/// <param name="Series">What it holds; changed only by who has taken it out of the cache.</param>
/// <param name="Bytes">How long it was when it was written last.</param>
internal sealed record HeldState(long Version, SeriesState Series, int Bytes)
{
    // In memory it takes several times as much as written.
    private const int PerByte = 4;
    private const int Least = 512;

    public long Weight => Least + ((long)Bytes * PerByte);
}

/// <summary>Where a state is kept.</summary>
/// <param name="Partition">The partition.</param>
/// <param name="Life">Which life of the store it was read in: what it lost with another may have another content under the same version.</param>
/// <param name="Key">The state's key.</param>
internal readonly record struct StateAddress(string Partition, string Life, string Key);
