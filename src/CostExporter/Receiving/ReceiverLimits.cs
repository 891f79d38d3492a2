namespace LlmTelemetry.CostExporter;

/// <summary>What bounds a receiver's memory and patience.</summary>
internal sealed record ReceiverLimits
{
    /// <summary>How many deliveries may be under way; the next one is asked to come again later.</summary>
    public int MaxDeliveries { get; init; } = 1024;

    /// <summary>
    /// About how much memory they may take together with what is booked but not on the store's disk for sure. One delivery alone is always let in.
    /// </summary>
    public long MaxBytes { get; init; } = 256L << 20;

    /// <summary>About how much memory the states of sources may take that are kept from one delivery to the next.</summary>
    public long MaxStateBytes { get; init; } = 64L << 20;

    /// <summary>How many decisions of precedence, and identities of sources, are kept.</summary>
    public int MaxClaims { get; init; } = 20_000;

    /// <summary>How often points are worked out again because another receiver was there first.</summary>
    public int MaxTries { get; init; } = 12;
}
