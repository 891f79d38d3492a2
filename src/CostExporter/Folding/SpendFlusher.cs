namespace LlmTelemetry.CostExporter;

/// <summary>
/// Brings what is folded to the store: every interval, and when asked. Each partition goes at its own pace; while one is stuck its new
/// increments stay folded, so what is held grows with keys and not with time.
/// </summary>
internal sealed class SpendFlusher : IAsyncDisposable
{
    private const int MaxInFlight = 32;

    // The store's own limit should strike first: its message says more.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    // How long what another process of the same folder left behind may lie there.
    private static readonly TimeSpan ReplayPause = TimeSpan.FromSeconds(15);

    private readonly SpendFolder _folder;
    private readonly TimedStore _store;
    private readonly TimeSpan _shutdownTimeout;
    private readonly TimeProvider _time;
    private readonly FlushHealth _health;
    private readonly StoreCanary _canary;
    private readonly SpendJournal? _journal;
    private readonly JournalReplay? _replay;
    private readonly Heartbeat _heart;
    private readonly CancellationTokenSource _stopping = new();
    private readonly SemaphoreSlim _inFlight = new(MaxInFlight);
    private readonly Lock _gate = new();

    // Under _gate.
    private readonly LaneTable _lanes;

    private long _replayedAt;
    private long _journaled;

    private long _sentRows;
    private int _ticking;
    private ITimer? _timer;

    public SpendFlusher(FlusherParts parts, CostExporterOptions options, Random random)
    {
        (_folder, _health, _journal, _replay) = (parts.Folder, parts.Health, parts.Journal, parts.Replay);
        _shutdownTimeout = options.ShutdownTimeout;
        _time = options.TimeProvider;
        _store = new TimedStore(parts.Store, options.StoreTimeout + Grace, _time);
        _canary = new StoreCanary(_store, options.StoreTimeout, _time);
        var id = _journal?.Id ?? Guid.NewGuid().ToString("N");
        _heart = new Heartbeat(_store, id, options.Interval, _journal is not null, _time, parts.Logger);
        _lanes = new LaneTable(
            id,
            _store,
            new LaneContext(
                _health, _time, random.NextDouble, _inFlight, () => PendingRows, rows => Interlocked.Add(ref _sentRows, rows), () => Journal(isNews: true), _stopping.Token));
        ExporterMetrics.Watch(this);
    }

    /// <summary>Rows that the store has not acknowledged.</summary>
    public long PendingRows
    {
        get
        {
            lock (_gate)
            {
                return _folder.Count + _lanes.PendingRows;
            }
        }
    }

    /// <summary>Age of the oldest increment that the store has not acknowledged.</summary>
    public TimeSpan Lag
    {
        get
        {
            lock (_gate)
            {
                return new[] { _lanes.Since, _folder.Since }.Min() is { } since ? _time.GetElapsedTime(since) : TimeSpan.Zero;
            }
        }
    }

    /// <summary>Why flushes fail at the moment; null: they do not.</summary>
    public string? Error => _health.Error;

    /// <summary>Ends when a write was acknowledged; fails when none was within the store's time limit.</summary>
    public Task ProveAsync(CancellationToken cancellationToken) => _canary.SendAsync(cancellationToken);

    public Task OpenAsync(CancellationToken cancellationToken) => _store.OpenAsync(cancellationToken);

    /// <summary>Sends what exporters that are gone have left in their journals, beside everything else.</summary>
    public void Replay()
    {
        lock (_gate)
        {
            _replay?.TakeOver(key => _store.PartitionOf(in key)).ForEach(_lanes.Replay);
            _replayedAt = _time.GetTimestamp();
        }
    }

    /// <summary>Flushes at every interval from now on.</summary>
    public void Start(TimeSpan interval)
    {
        _ = _heart.StartAsync();
        if (interval != Timeout.InfiniteTimeSpan)
        {
            _timer = _time.CreateTimer(static state => ((SpendFlusher)state!).Tick(), this, interval, interval);
        }
    }

    /// <summary>Sends what was recorded before the call; gives up at the first attempt that fails in each partition.</summary>
    public async Task<FlushResult> FlushAsync(bool hurry, CancellationToken cancellationToken)
    {
        var before = Interlocked.Read(ref _sentRows);
        var at = _time.GetUtcNow();
        string? error = null;

        // Twice: what had to wait behind batches under way in the first round goes in the second.
        for (var round = 0; round < 2 && error is null; round++)
        {
            Dispatch(out var isWaiting);
            var outcomes = await Task.WhenAll(Lanes().Select(l => l.SettledAsync(hurry))).WaitAsync(cancellationToken).ConfigureAwait(false);
            error = Array.Find(outcomes, o => o is not null);
            if (!isWaiting)
            {
                _ = error is null ? _heart.BeatAsync(at) : Task.CompletedTask;
                break;
            }
        }

        return new FlushResult(Interlocked.Read(ref _sentRows) - before, PendingRows, error);
    }

    /// <summary>Sends what is left within the time to shut down, says what is left even then, and closes the store.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_timer is not null)
        {
            await _timer.DisposeAsync().ConfigureAwait(false);
        }

        var error = await SendRestAsync().ConfigureAwait(false);
        await _stopping.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(Lanes().Select(l => l.Running)).ConfigureAwait(false);
        await EndAsync(PendingRows, error).ConfigureAwait(false);
        ExporterMetrics.Unwatch(this);
        try
        {
            await _store.CloseAsync().ConfigureAwait(false);
        }
        catch (Exception cause) // What a store does while it closes is no longer about money.
        {
            SelfDiagnostics.Log.Failed(cause, "nothing: the store was being closed");
        }

        _stopping.Dispose();
        _inFlight.Dispose();
        _heart.Dispose();
    }

    private async Task EndAsync(long left, string? error)
    {
        using var timeUp = new CancellationTokenSource(_shutdownTimeout, _time);
        await _heart.EndAsync(isClean: left == 0, timeUp.Token).ConfigureAwait(false);
        lock (_gate)
        {
            if (left > 0 && _journal is not null)
            {
                // What had no place while it was folded has one now.
                Return(_folder.Drain(out var since), since);
                Journal(isNews: true);
            }

            _lanes.EndReplays();
            _journal?.End(isEmpty: left == 0);
        }

        if (left > 0 && _journal is null)
        {
            _health.NotSent(left, error);
        }
        else if (left > 0)
        {
            _health.LeftInJournal(left, error);
        }
    }

    private async Task<string?> SendRestAsync()
    {
        string? error = null;
        using var timeUp = new CancellationTokenSource(_shutdownTimeout, _time);
        try
        {
            // What was being published when the subscription ended may still come in: the folder closes only after a first round.
            error = (await FlushAsync(hurry: true, timeUp.Token).ConfigureAwait(false)).Error;
            _folder.Close();
            while (PendingRows > 0)
            {
                error = (await FlushAsync(hurry: false, timeUp.Token).ConfigureAwait(false)).Error;
            }
        }
        catch (OperationCanceledException)
        {
            error ??= $"The store did not answer within the {_shutdownTimeout.TotalSeconds:0.###} s there are to shut down.";
        }
        catch (Exception cause) // The end must be reached: what is left is counted there.
        {
            error = $"{cause.GetType().Name}: {cause.Message}";
        }

        _folder.Close();
        return error;
    }

    private void Tick()
    {
        try
        {
            if (_replay is not null && _time.GetElapsedTime(Volatile.Read(ref _replayedAt)) >= ReplayPause)
            {
                Replay();
            }

            var at = _time.GetUtcNow();
            Dispatch(out var isWaiting);
            // One that waits for the store and one that is just over; more would pile up while it is away.
            if (!isWaiting && Volatile.Read(ref _ticking) < 2)
            {
                Interlocked.Increment(ref _ticking);
                _ = BeatWhenSentAsync(at);
            }
        }
        catch (Exception cause) // A timer's callback has nobody above it; nothing is lost, the rows are still folded.
        {
            SelfDiagnostics.Log.Failed(cause, "nothing: the rows stay folded until the next flush");
        }
    }

    private async Task BeatWhenSentAsync(DateTimeOffset at)
    {
        var outcomes = await Task.WhenAll(Lanes().Select(l => l.SettledAsync(hurry: false))).ConfigureAwait(false);
        if (Array.TrueForAll(outcomes, o => o is null))
        {
            await _heart.BeatAsync(at).ConfigureAwait(false);
        }

        Interlocked.Decrement(ref _ticking);
    }

    private List<PartitionLane> Lanes()
    {
        lock (_gate)
        {
            return [.. _lanes.All];
        }
    }

    /// <summary>Gives each partition that is free what is folded for it.</summary>
    /// <param name="isWaiting">Whether rows had to stay folded, behind batches of their partition that are under way.</param>
    private void Dispatch(out bool isWaiting)
    {
        isWaiting = false;
        lock (_gate)
        {
            var rows = _folder.Drain(out var since);
            foreach (var (partition, part) in ByPartition(rows, since))
            {
                if (!_lanes.Of(partition).TryOffer(part, since))
                {
                    isWaiting = true;
                    Return(part, since);
                }
            }

            // Before any of it is sent: what is in the store must be known by its number.
            Journal(isNews: rows.Count > 0);
            _lanes.Start();
            _lanes.ConfirmOrRemove();
        }
    }

    /// <summary>Writes down what was drained and is not in the store for sure.</summary>
    private void Journal(bool isNews)
    {
        lock (_gate)
        {
            var version = _lanes.HeldVersion;
            if (_journal is not null && (isNews || version != _journaled))
            {
                _journal.Commit(_folder.DrainedEpoch, _lanes.Held, _folder.Returned);
                _journaled = version;
            }
        }
    }

    private Dictionary<string, List<SpendRow>> ByPartition(List<SpendRow> rows, long since)
    {
        var parts = new Dictionary<string, List<SpendRow>>(StringComparer.Ordinal);
        try
        {
            foreach (var row in rows)
            {
                var partition = _store.PartitionOf(row.Key);
                if (!parts.TryGetValue(partition, out var part))
                {
                    parts.Add(partition, part = []);
                }

                part.Add(row);
            }

            return parts;
        }
        catch
        {
            // Nothing was offered yet: nothing may be lost.
            Return(rows, since);
            throw;
        }
    }

    private void Return(List<SpendRow> rows, long since)
    {
        foreach (var row in rows)
        {
            _folder.Return(in row, since);
        }
    }
}
