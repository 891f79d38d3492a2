namespace LlmTelemetry.CostExporter.Stores;

/// <summary>
/// Where aggregates are kept. Four members make a store; the others have defaults that are right for every store, and better where it can do better. The
/// package LlmTelemetry.StoreConformance checks one against this contract.
/// </summary>
/// <remarks>
/// Calls come from any thread and overlap: batches of different partitions, any number of readings, other processes. A call that fails, or that is
/// cancelled, may or may not have had its effect: the exporter then sends the same batch again, unchanged, and the store tells by its number. Each call
/// keeps to <see cref="StoreSettings.Timeout"/> and then throws a <see cref="TimeoutException"/>; one that does not is given up after that time, and
/// may end whenever it does.
/// </remarks>
public interface ISpendStore : IAsyncDisposable
{
    /// <summary>
    /// Connects, creates what is missing, and checks that the store is one of ours: of a schema this version reads and of the same time zone. Called
    /// before anything else, again until it succeeds, and harmless on an open store.
    /// </summary>
    /// <exception cref="SpendStoreMismatchException">It is not, and trying again cannot help. Any other exception: it is tried again.</exception>
    Task OpenAsync(CancellationToken cancellationToken);

    /// <summary>
    /// How long after its last batch the store remembers the numbers of an instance, at least. Default 30 days. A batch that comes out of a journal later
    /// than that may have been applied already, and is not sent.
    /// </summary>
    TimeSpan NumbersKept => TimeSpan.FromDays(30);

    /// <summary>
    /// The unit within which batches are numbered and applied atomically: the tenant's slot in a Redis, the file in SQLite. Always the same for the same
    /// key, in every process. One text for all keys is right where the store can change all its rows in one step.
    /// </summary>
    string PartitionOf(in SpendKey key);

    /// <summary>
    /// Applies a batch if it is the next one of its instance and partition (<see cref="BatchStatus.Applied"/>); otherwise changes nothing and says where
    /// the store stands. Increments and number become visible and durable together, or neither does, also where the process or the store dies in
    /// between. Batches of one instance and partition may arrive twice at the same time: one of them is applied.
    /// </summary>
    /// <remarks>
    /// Every row adds its measures to the period of each grain it lies in (<see cref="SpendRow.PeriodOf"/>), under <see cref="SpendRow.KeyIn"/>. What
    /// lies before <see cref="StoreSettings.FirstKept"/> is counted in <see cref="BatchReply.ExpiredRows"/> and kept nowhere; it never refuses the
    /// batch. Sums are exact up to 2^96-1; what would pass that makes the call throw, and nothing is changed. Numbers are kept for at least 30 days after
    /// the last batch of their instance.
    /// </remarks>
    Task<BatchReply> ApplyAsync(SpendBatch batch, CancellationToken cancellationToken);

    /// <summary>
    /// Reads the aggregates of a range of periods, in no order. Rows of one period and key may come in several parts; the reader adds them up, and may
    /// keep and change the measures it was given. Periods past their retention are left out. A reading sees every batch that was applied before it began;
    /// one that is applied meanwhile may be seen for some periods and not for others.
    /// </summary>
    IAsyncEnumerable<SpendAggregate> ReadAsync(SpendRead read, CancellationToken cancellationToken);

    /// <summary>
    /// Reads what sessions used and spent so far: one for each tenant that has a session of that id. Default: adds up hour rows, looking at all that are
    /// kept, so that a session begins and ends with an hour; a store that keeps sessions by their id answers at once and to the second.
    /// </summary>
    Task<IReadOnlyList<StoredSession>> ReadSessionsAsync(SessionRead read, CancellationToken cancellationToken) =>
        SessionsOfHours.ReadAsync(this, read, cancellationToken);

    /// <summary>
    /// Reads the values of one dimension that cost the most in a range of whole days or months, the highest cost first, without reading all of them;
    /// null: this store keeps no such lists, and the caller adds up rows instead. Default: null.
    /// </summary>
    Task<IReadOnlyList<SpendAggregate>?> ReadTopAsync(TopRead read, CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<SpendAggregate>?>(null);

    /// <summary>
    /// Says that an exporter lives, renews what must outlive its rows, and takes off the store's list those that ended without saying so: each is told
    /// once, to one exporter. Default: no list is kept.
    /// </summary>
    Task<IReadOnlyList<ExporterBeat>> BeatAsync(ExporterBeat beat, CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<ExporterBeat>>([]);

    /// <summary>Reads the beats of the exporters on the list, those overdue included. Takes none off.</summary>
    Task<IReadOnlyList<ExporterBeat>> ReadBeatsAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<ExporterBeat>>([]);

    /// <summary>What an operator should know of the store itself; null, the default: it does not say.</summary>
    Task<StoreStatus?> StatusAsync(CancellationToken cancellationToken) => Task.FromResult<StoreStatus?>(null);

    /// <summary>
    /// Takes a user out of the ledger: rows, sums, lists and sessions. What the user spent stays in every total, under <c>_erased</c>, so that they
    /// still agree with the bill. Default: not supported.
    /// </summary>
    /// <returns>How many rows and sessions were changed.</returns>
    /// <exception cref="NotSupportedException">This store cannot.</exception>
    Task<long> EraseUserAsync(string user, CancellationToken cancellationToken) => throw new NotSupportedException("This store cannot erase users.");

    /// <summary>Deletes everything that is kept in the store, its settings included. Default: not supported.</summary>
    /// <exception cref="NotSupportedException">This store cannot.</exception>
    Task ClearAsync(CancellationToken cancellationToken) => throw new NotSupportedException("This store cannot be cleared.");

    /// <summary>Deletes the periods of a grain that ended before a day. Default: not supported.</summary>
    /// <returns>How many rows were deleted.</returns>
    /// <exception cref="NotSupportedException">This store cannot.</exception>
    Task<long> PruneAsync(SpendGrain grain, DateOnly before, CancellationToken cancellationToken) => throw new NotSupportedException("This store cannot be pruned.");

    /// <summary>The corrections that are in force, in the order they were put in force. Default: none.</summary>
    Task<IReadOnlyList<SpendCorrection>> CorrectionsAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<SpendCorrection>>([]);

    /// <summary>Puts a correction in force, or takes it back, for all readers at once. Default: not supported.</summary>
    /// <returns>False: it was so already.</returns>
    /// <exception cref="NotSupportedException">This store keeps no corrections.</exception>
    Task<bool> SetCorrectionAsync(SpendCorrection correction, bool inForce, CancellationToken cancellationToken) =>
        throw new NotSupportedException("This store keeps no corrections.");

    /// <summary>
    /// What the ledger keeps, as the exporter says that opened the store last (<see cref="StoreSettings.Keeps"/>); null: it does not say. Default: what
    /// <see cref="HourRetentionAsync"/> says.
    /// </summary>
    async Task<StoreKeeps?> KeepsAsync(CancellationToken cancellationToken) =>
        await HourRetentionAsync(cancellationToken).ConfigureAwait(false) is { } hours ? new StoreKeeps(hours) : null;

    /// <summary>How long hour rows are kept, as the exporter says that opened the store last; null, the default, where none said.</summary>
    Task<TimeSpan?> HourRetentionAsync(CancellationToken cancellationToken) => Task.FromResult<TimeSpan?>(null);

#pragma warning disable CA1816 // An interface has no finalizer to suppress.
    /// <summary>Closes what is open. Default: nothing is.</summary>
    ValueTask IAsyncDisposable.DisposeAsync() => ValueTask.CompletedTask;
#pragma warning restore CA1816
}

/// <summary>The store's answer to a batch.</summary>
/// <param name="Status">What it did.</param>
/// <param name="LastNumber">The highest number it has applied for the batch's instance and partition, this one included; 0 for none.</param>
/// <param name="ExpiredRows">Increments to periods past their retention, one for each row and grain: counted here, kept nowhere. 0 unless applied.</param>
public readonly record struct BatchReply(BatchStatus Status, long LastNumber, int ExpiredRows = 0);

/// <summary>What a store did with a batch.</summary>
public enum BatchStatus
{
    /// <summary>It was the next one and is applied now.</summary>
    Applied,

    /// <summary>Its number was applied before; nothing was changed.</summary>
    AlreadyApplied,

    /// <summary>A number before it is missing; nothing was changed.</summary>
    Gap,
}

/// <summary>What periods a row adds up. Numbers are stable: stores keep them.</summary>
public enum SpendGrain
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
/// <param name="From">The first period: a UTC hour, or midnight (offset 0) of a day or of a month's first day. May be far before anything is kept.</param>
/// <param name="To">The last period, inclusive. May be any moment after it, as far as the end of time.</param>
/// <param name="By">The dimensions that the reader needs apart; the store may merge the others, and then leaves them null in the keys.</param>
/// <param name="Tags">The same of tags; null for none.</param>
public sealed record SpendRead(SpendGrain Grain, DateTimeOffset From, DateTimeOffset To, IReadOnlySet<SpendDimension> By, IReadOnlyCollection<string>? Tags = null)
{
    /// <summary>Whether the rows of further figures are read (those whose key names a metric), and not those of calls.</summary>
    public bool OfFigures { get; init; }

    /// <summary>The tags that the reader needs apart.</summary>
    public IReadOnlyCollection<string> Tags { get; init; } = Tags ?? [];

    /// <summary>Whether all tags are needed apart, whichever there are.</summary>
    public bool AllTags { get; init; }

    /// <summary>All that is needed apart.</summary>
    internal DimensionSet Apart() => new(By, Tags, AllTags);
}

/// <summary>What one key spent in one period.</summary>
/// <param name="Period">The period, as <see cref="SpendRow.PeriodOf"/> has it.</param>
/// <param name="Key">Whose spend it is.</param>
/// <param name="Measures">How much.</param>
/// <param name="Day">Of an hour, the day of the zone; may be null where that is the one that the hour begins in. Rows of one hour and of two days stay apart.</param>
public readonly record struct SpendAggregate(DateTimeOffset Period, SpendKey Key, SpendMeasures Measures, DateOnly? Day = null);

/// <summary>The store is not one that this exporter may write to: the message names what is different and what would be right.</summary>
/// <param name="message">The message.</param>
/// <param name="timeZone">See <see cref="TimeZone"/>.</param>
public sealed class SpendStoreMismatchException(string message, string? timeZone = null) : InvalidOperationException(message)
{
    /// <summary>The zone that the store keeps, where that is all that is different: a reader takes it.</summary>
    public string? TimeZone => timeZone;
}
