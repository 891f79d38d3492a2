namespace LlmTelemetry.StoreConformance;

/// <summary>A kind of store, as the cases make and open it.</summary>
/// <param name="create">
/// Makes a store that is not open yet; the case disposes it. <see cref="StoreSettings.KeyPrefix"/> names the ledger: each case has one of its own, which
/// nothing is in yet (use it as the file's name, the schema, the prefix of keys).
/// </param>
public sealed class StoreUnderTest(Func<StoreSettings, ISpendStore> create)
{
    /// <summary>
    /// Whether what is kept outlives the object that keeps it, so that several objects, or processes, may have one ledger open. Default true; false for
    /// stores in memory, which the cases about it do not concern.
    /// </summary>
    public bool Lasting { get; init; } = true;

    /// <summary>What <see cref="StoreSettings.Timeout"/> is set to. Default 10 s.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a case may take until it fails. Default 2 minutes.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>The cases that concern this store.</summary>
    public IEnumerable<StoreCase> Cases => StoreCase.All.Where(one => Lasting || !one.NeedsLasting);

    internal ISpendStore Create(StoreSettings settings) => create(settings);
}
