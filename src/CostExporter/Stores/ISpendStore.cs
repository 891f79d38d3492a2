namespace LlmTelemetry.CostExporter.Stores;

/// <summary>Where aggregates are kept. Every call has a time limit of its own; a call that fails may or may not have been applied.</summary>
internal interface ISpendStore : IAsyncDisposable
{
    /// <summary>
    /// Connects, creates what is missing, and checks that the store is one of ours: of a schema this version reads and of the same time zone.
    /// Called again until it succeeds; throws <see cref="SpendStoreMismatchException"/> where trying again cannot help.
    /// </summary>
    Task OpenAsync(CancellationToken cancellationToken);

    /// <summary>The unit within which batches are numbered and applied atomically: the tenant's slot in Redis, the file in SQLite.</summary>
    string PartitionOf(in SpendKey key);

    /// <summary>Applies a batch if it is the next one; otherwise changes nothing and says where the store stands.</summary>
    Task<BatchReply> ApplyAsync(SpendBatch batch, CancellationToken cancellationToken);

    /// <summary>Reads aggregates. Rows of one period and key may come in several parts; the reader adds them up, into the measures it was given.</summary>
    IAsyncEnumerable<SpendAggregate> ReadAsync(SpendRead read, CancellationToken cancellationToken);

    /// <summary>Reads what sessions used and spent so far: one for each tenant that has a session of that id, without looking at any other.</summary>
    Task<IReadOnlyList<StoredSession>> ReadSessionsAsync(SessionRead read, CancellationToken cancellationToken);

    /// <summary>
    /// Reads the values of one dimension that cost the most in a range of whole days or months, the highest cost first, without reading all of them;
    /// null: this store keeps no such lists, and the caller adds up rows instead.
    /// </summary>
    Task<IReadOnlyList<SpendAggregate>?> ReadTopAsync(TopRead read, CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<SpendAggregate>?>(null);

    /// <summary>
    /// Says that an exporter lives, renews what must outlive its rows, and takes off the store's list those that ended without saying so: each is told
    /// once, to one exporter.
    /// </summary>
    Task<IReadOnlyList<ExporterBeat>> BeatAsync(ExporterBeat beat, CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<ExporterBeat>>([]);

    /// <summary>What an operator should know of the store itself; null: it does not say.</summary>
    Task<StoreStatus?> StatusAsync(CancellationToken cancellationToken) => Task.FromResult<StoreStatus?>(null);

    /// <summary>
    /// Takes a user out of the ledger: rows, sums, lists and sessions. What the user spent stays in every total, under <c>_erased</c>, so that they
    /// still agree with the bill.
    /// </summary>
    /// <returns>How many rows and sessions were changed.</returns>
    Task<long> EraseUserAsync(string user, CancellationToken cancellationToken) => throw new NotSupportedException("This store cannot erase users.");

    /// <summary>Deletes everything that is kept in the store, its settings included.</summary>
    Task ClearAsync(CancellationToken cancellationToken) => throw new NotSupportedException("This store cannot be cleared.");

    /// <summary>Deletes the periods of a grain that ended before a day.</summary>
    /// <returns>How many rows were deleted.</returns>
    Task<long> PruneAsync(SpendGrain grain, DateOnly before, CancellationToken cancellationToken) => throw new NotSupportedException("This store cannot be pruned.");

    /// <summary>The corrections that are in force, in the order they were put in force.</summary>
    Task<IReadOnlyList<SpendCorrection>> CorrectionsAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<SpendCorrection>>([]);

    /// <summary>Puts a correction in force, or takes it back, for all readers at once.</summary>
    /// <returns>False: it was so already.</returns>
    Task<bool> SetCorrectionAsync(SpendCorrection correction, bool inForce, CancellationToken cancellationToken) =>
        throw new NotSupportedException("This store keeps no corrections.");

    /// <summary>How long hour rows are kept, as the exporter says that opened the store last; null where none said.</summary>
    Task<TimeSpan?> HourRetentionAsync(CancellationToken cancellationToken);
}

/// <summary>The store's answer to a batch.</summary>
/// <param name="Status">What it did.</param>
/// <param name="LastNumber">The highest number it has applied for the batch's instance and partition; 0 for none.</param>
/// <param name="ExpiredRows">Increments to periods past their retention: counted here, kept nowhere.</param>
internal readonly record struct BatchReply(BatchStatus Status, long LastNumber, int ExpiredRows = 0);

internal enum BatchStatus
{
    /// <summary>It was the next one and is applied now.</summary>
    Applied,

    /// <summary>Its number was applied before; nothing was changed.</summary>
    AlreadyApplied,

    /// <summary>A number before it is missing; nothing was changed.</summary>
    Gap,
}

internal enum SpendGrain
{
    /// <summary>UTC hours.</summary>
    Hour,

    /// <summary>Days of the configured zone.</summary>
    Day,

    /// <summary>Months of the configured zone.</summary>
    Month,
}

/// <summary>What to read.</summary>
/// <param name="Grain">The rows' grain.</param>
/// <param name="From">The first period: a UTC hour, or midnight (offset 0) of a day or of a month's first day.</param>
/// <param name="To">The last period, inclusive.</param>
/// <param name="By">The dimensions that the reader needs apart; the store may merge the others, and then leaves them null in the keys.</param>
/// <param name="Tags">The same of tags; null for none.</param>
internal sealed record SpendRead(SpendGrain Grain, DateTimeOffset From, DateTimeOffset To, IReadOnlySet<SpendDimension> By, IReadOnlyCollection<string>? Tags = null)
{
    /// <summary>Whether the rows of further figures are read, and not those of calls.</summary>
    public bool OfFigures { get; init; }

    /// <summary>The tags that the reader needs apart.</summary>
    public IReadOnlyCollection<string> Tags { get; } = Tags ?? [];

    /// <summary>All that is needed apart.</summary>
    public DimensionSet Apart() => new(By, Tags);
}

/// <summary>What one key spent in one period.</summary>
/// <param name="Period">The period.</param>
/// <param name="Key">Whose spend it is.</param>
/// <param name="Measures">How much.</param>
/// <param name="Day">Of an hour that lies in two days of the zone: the day, where it is not the one that the hour begins in.</param>
internal readonly record struct SpendAggregate(DateTimeOffset Period, SpendKey Key, SpendMeasures Measures, DateOnly? Day = null);

/// <summary>The store is not one that this exporter may write to: the message names what is different and what would be right.</summary>
internal sealed class SpendStoreMismatchException(string message, string? timeZone = null) : InvalidOperationException(message)
{
    /// <summary>The zone that the store keeps, where that is all that is different: a reader takes it.</summary>
    public string? TimeZone => timeZone;
}
