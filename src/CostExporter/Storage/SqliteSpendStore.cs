using System.Runtime.CompilerServices;
using Microsoft.Data.Sqlite;

namespace LlmTelemetry.CostExporter;

/// <summary>
/// The embedded store: one SQLite file that several processes may share, or memory. A batch is one transaction. One connection, used by
/// one call at a time and never on the caller's thread, since SQLite works synchronously.
/// </summary>
/// <param name="file">The file; null for memory, which lives as long as this object.</param>
/// <param name="settings">The settings.</param>
internal sealed class SqliteSpendStore(string? file, StoreSettings settings) : ISpendStore
{
    private const string WholeFile = "file";

    private readonly SpendPeriods _periods = new(settings);

    // Worked out once: the current folder may change. A full path also because SQLite takes a name that starts with "file:" for a URI.
    private readonly string? _path = file is null ? null : Path.GetFullPath(file);
    private readonly string _name = file is null ? "The spend store in memory" : $"The spend store {file}";

    // One call at a time. Released by the work, not by its caller: a caller that gave up must not let the next one in.
    private readonly SemaphoreSlim _gate = new(1);

    // Used only by who holds the gate.
    private SqliteSession? _session;
    private bool _dropped;
    private bool _disposed;

    public Task OpenAsync(CancellationToken cancellationToken) =>
        RunAsync(
            _ =>
            {
                ObjectDisposedException.ThrowIf(_disposed, this);
                _dropped |= _session is null;
                RenewIfMoved();
                return _session;
            },
            cancellationToken);

    public TimeSpan NumbersKept => SqliteBatch.NumbersKept;

    public string PartitionOf(in SpendKey key) => WholeFile;

    public Task<BatchReply> ApplyAsync(SpendBatch batch, CancellationToken cancellationToken) =>
        RunAsync(
            _ =>
            {
                var session = Session;
                session.CheckIdentity(_name, settings);
                var reply = SqliteBatch.Apply(session, batch, _periods, settings);
                session.RememberLog();
                return reply;
            },
            cancellationToken);

    /// <remarks>One period at a time, so that a long range neither fills memory nor keeps batches waiting.</remarks>
    public async IAsyncEnumerable<SpendAggregate> ReadAsync(SpendRead read, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (next, to) = _periods.Clip(read);
        while (await RunAsync(stop => SqliteReader.ReadFirst(Session, read, next, to, stop), cancellationToken).ConfigureAwait(false) is { } found)
        {
            foreach (var row in found.Rows)
            {
                yield return row;
            }

            next = found.Period.AddSeconds(1);
        }
    }

    public Task<IReadOnlyList<StoredSession>> ReadSessionsAsync(SessionRead read, CancellationToken cancellationToken) =>
        RunAsync(stop => SqliteSessions.Read(Session, read, settings.Time.GetUtcNow(), stop), cancellationToken);

    public Task<IReadOnlyList<SpendAggregate>?> ReadTopAsync(TopRead read, CancellationToken cancellationToken) =>
        RunAsync(stop => SqliteTop.Read(Session, _periods, read, stop), cancellationToken);

    public Task<IReadOnlyList<ExporterBeat>> BeatAsync(ExporterBeat beat, CancellationToken cancellationToken) =>
        RunAsync(_ => SqliteBeats.Beat(Session, beat, settings.Time.GetUtcNow()), cancellationToken);

    public Task<IReadOnlyList<ExporterBeat>> ReadBeatsAsync(CancellationToken cancellationToken) => RunAsync(_ => SqliteBeats.Read(Session), cancellationToken);

    public Task<StoreStatus?> StatusAsync(CancellationToken cancellationToken) => RunAsync(_ => SqliteStatus.Read(Session, _path), cancellationToken);

    public Task<long> EraseUserAsync(string user, CancellationToken cancellationToken) => RunAsync(_ => SqliteErasure.EraseUser(Session, user), cancellationToken);

    public Task ClearAsync(CancellationToken cancellationToken) => RunAsync(_ => SqliteErasure.Clear(Session), cancellationToken);

    public Task<long> PruneAsync(SpendGrain grain, DateOnly before, CancellationToken cancellationToken) =>
        RunAsync(_ => SqliteErasure.Prune(Session, _periods, grain, before), cancellationToken);

    public Task<IReadOnlyList<SpendCorrection>> CorrectionsAsync(CancellationToken cancellationToken) => RunAsync(_ => SqliteCorrections.Read(Session), cancellationToken);

    public Task<bool> SetCorrectionAsync(SpendCorrection correction, bool inForce, CancellationToken cancellationToken) =>
        RunAsync(_ => SqliteCorrections.Set(Session, correction, inForce), cancellationToken);

    public Task<StoreKeeps?> KeepsAsync(CancellationToken cancellationToken) =>
        RunAsync<StoreKeeps?>(_ => StoreIdentity.Keeps([.. StoreIdentity.KeepsNames.Select(Session.Setting)]), cancellationToken);

    public Task<TimeSpan?> HourRetentionAsync(CancellationToken cancellationToken) =>
        RunAsync(_ => StoreIdentity.HourRetention(Session.Setting(StoreIdentity.HourRetentionName)), cancellationToken);

    public async ValueTask DisposeAsync()
    {
        // Without a limit of its own: what holds the gate has one.
        await _gate.WaitAsync().ConfigureAwait(false);
        try
        {
            _disposed = true;
            await Task.Run(() => _session?.Dispose()).ConfigureAwait(false);
            _session = null;
        }
        finally
        {
            _gate.Release();
        }
    }

    private SqliteSession Session
    {
        get
        {
            RenewIfMoved();
            return _session ?? throw new InvalidOperationException($"{_name} is not open.");
        }
    }

    // SQLite would go on with the file that nobody else can open. In the one that is there now, the batch's number shows what is gone.
    private void RenewIfMoved()
    {
        if (_session is { HasMoved: true } old)
        {
            old.CheckLog(_name);
            Drop();
        }

        if (_dropped && !_disposed)
        {
            _session = SqliteSession.Open(_path, _name, settings);
            _dropped = false;
        }
    }

    private void Drop()
    {
        _dropped |= _session is not null;
        _session?.Dispose();
        _session = null;
    }

    private async Task<T> RunAsync<T>(Func<CancellationToken, T> work, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(settings.Timeout, settings.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        var stop = either.Token;
        try
        {
            await _gate.WaitAsync(stop).ConfigureAwait(false);
            var running = Task.Run(() => Guarded(work, stop), CancellationToken.None);
            _ = running.ContinueWith(static late => late.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            return await running.WaitAsync(stop).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"{_name} did not answer within {settings.Timeout}.");
        }
        catch (SqliteException cause)
        {
            throw SqliteErrors.Explain(_name, cause);
        }
    }

    private T Guarded<T>(Func<CancellationToken, T> work, CancellationToken stop)
    {
        try
        {
            return work(stop);
        }
        catch (SqliteException cause) when (SqliteErrors.NeedsReopening(cause) && _path is not null)
        {
            // What this connection still knows of the file may be what is wrong.
            Drop();
            throw;
        }
        finally
        {
            _gate.Release();
        }
    }
}
