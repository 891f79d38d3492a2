using System.Runtime.CompilerServices;

namespace LlmTelemetry.CostExporter;

/// <summary>
/// The embedded store: one SQLite file that several processes may share, or memory, which lives as long as this object. A batch is one transaction, as are receipts that come together.
/// </summary>
internal sealed class SqliteSpendStore : ISpendStore, IReceiptStore
{
    private const string WholeFile = "file";

    private readonly StoreSettings _settings;
    private readonly SpendPeriods _periods;

    // Worked out once: the current folder may change. A full path also because SQLite takes a name that starts with "file:" for a URI.
    private readonly string? _path;
    private readonly string _name;
    private readonly SqliteWorker _worker;

    // Never false again: a file that is away is opened anew by the next call.
    private volatile bool _wasOpened;

    public SqliteSpendStore(string? file, StoreSettings settings)
    {
        _settings = settings;
        _periods = new SpendPeriods(settings);
        _path = file is null ? null : Path.GetFullPath(file);
        _name = file is null ? "The spend store in memory" : $"The spend store {file}";
        _worker = new SqliteWorker(_name, _path, settings, () => SqliteSession.Open(_path, _name, settings));
    }

    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        await _worker.RunAsync(static (_, _) => true, cancellationToken).ConfigureAwait(false);
        _wasOpened = true;
    }

    public TimeSpan NumbersKept => SqliteBatch.NumbersKept;

    public string PartitionOf(in SpendKey key) => WholeFile;

    public Task<BatchReply> ApplyAsync(SpendBatch batch, CancellationToken cancellationToken) =>
        RunAsync(
            (session, _) =>
            {
                session.CheckIdentity(_name, _settings);
                return SqliteBatch.Apply(session, batch, _periods, _settings);
            },
            cancellationToken);

    /// <remarks>One period at a time, so that a long range neither fills memory nor keeps batches waiting.</remarks>
    public async IAsyncEnumerable<SpendAggregate> ReadAsync(SpendRead read, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (next, to) = _periods.Clip(read);
        while (await RunAsync((session, stop) => SqliteReader.ReadFirst(session, read, next, to, stop), cancellationToken).ConfigureAwait(false) is { } found)
        {
            foreach (var row in found.Rows)
            {
                yield return row;
            }

            next = found.Period.AddSeconds(1);
        }
    }

    public Task<IReadOnlyList<StoredSession>> ReadSessionsAsync(SessionRead read, CancellationToken cancellationToken) =>
        RunAsync((session, stop) => SqliteSessions.Read(session, read, _settings.Time.GetUtcNow(), stop), cancellationToken);

    public Task<IReadOnlyList<SpendAggregate>?> ReadTopAsync(TopRead read, CancellationToken cancellationToken) =>
        RunAsync((session, stop) => SqliteTop.Read(session, _periods, read, stop), cancellationToken);

    public Task<IReadOnlyList<ExporterBeat>> BeatAsync(ExporterBeat beat, CancellationToken cancellationToken) =>
        RunAsync((session, _) => SqliteBeats.Beat(session, beat, _settings.Time.GetUtcNow()), cancellationToken);

    public Task<IReadOnlyList<ExporterBeat>> ReadBeatsAsync(CancellationToken cancellationToken) => RunAsync((session, _) => SqliteBeats.Read(session), cancellationToken);

    public Task<StoreStatus?> StatusAsync(CancellationToken cancellationToken) => RunAsync((session, _) => SqliteStatus.Read(session, _path), cancellationToken);

    public Task<long> EraseUserAsync(string user, CancellationToken cancellationToken) => RunAsync((session, _) => SqliteErasure.EraseUser(session, user), cancellationToken);

    public Task ClearAsync(CancellationToken cancellationToken) => RunAsync((session, _) => SqliteErasure.Clear(session), cancellationToken);

    public Task<long> PruneAsync(SpendGrain grain, DateOnly before, CancellationToken cancellationToken) =>
        RunAsync((session, _) => SqliteErasure.Prune(session, _periods, grain, before), cancellationToken);

    public Task<IReadOnlyList<SpendCorrection>> CorrectionsAsync(CancellationToken cancellationToken) => RunAsync((session, _) => SqliteCorrections.Read(session), cancellationToken);

    public Task<bool> SetCorrectionAsync(SpendCorrection correction, bool inForce, CancellationToken cancellationToken) =>
        RunAsync((session, _) => SqliteCorrections.Set(session, correction, inForce), cancellationToken);

    public Task<StoreKeeps?> KeepsAsync(CancellationToken cancellationToken) =>
        RunAsync<StoreKeeps?>((session, _) => StoreIdentity.Keeps([.. StoreIdentity.KeepsNames.Select(session.Setting)]), cancellationToken);

    public Task<TimeSpan?> HourRetentionAsync(CancellationToken cancellationToken) =>
        RunAsync((session, _) => StoreIdentity.HourRetention(session.Setting(StoreIdentity.HourRetentionName)), cancellationToken);

    public TimeSpan IdsKept => SqliteReceipts.IdsKept;

    public TimeSpan StatesKept => SqliteReceipts.StatesKept;

    public TimeSpan DurableAfter => TimeSpan.Zero; // A transaction is on disk when it ends (PRAGMA synchronous = FULL).

    public Task<IReadOnlyList<ReceiptReply>> BookAsync(IReadOnlyList<SpendReceipt> receipts, CancellationToken cancellationToken) =>
        RunAsync(
            (session, _) =>
            {
                session.CheckIdentity(_name, _settings);
                return SqliteReceipts.Book(session, receipts, _periods, _settings);
            },
            cancellationToken);

    public Task<IReadOnlyList<StoredState>> ReadStatesAsync(string partition, IReadOnlyList<string> keys, CancellationToken cancellationToken) =>
        RunAsync((session, _) => SqliteReceipts.ReadStates(session, partition, keys), cancellationToken);

    public Task<UsageSourceKind> ClaimAsync(string source, long hour, UsageSourceKind kind, CancellationToken cancellationToken) =>
        RunAsync(
            (session, _) =>
            {
                session.CheckIdentity(_name, _settings);
                return SqliteClaims.Claim(session, source, hour, kind, _settings.Time.GetUtcNow());
            },
            cancellationToken);

    public Task<string> LifeAsync(string partition, CancellationToken cancellationToken) => Task.FromResult("");

    public ValueTask DisposeAsync() => _worker.DisposeAsync();

    private Task<T> RunAsync<T>(Func<SqliteSession, CancellationToken, T> work, CancellationToken cancellationToken) =>
        _wasOpened ? _worker.RunAsync(work, cancellationToken) : Task.FromException<T>(new InvalidOperationException($"{_name} is not open."));
}
