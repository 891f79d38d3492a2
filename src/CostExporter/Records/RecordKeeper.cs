using LlmTelemetry.Usage;
using Microsoft.Extensions.Logging;

namespace LlmTelemetry.CostExporter;

/// <summary>
/// Brings the records of a hub's calls to their store: at every interval, when asked, and at the end. Apart from the ledger's own sending, which neither waits
/// for it nor sees its failures. A store that is down costs the oldest records, counted, and no more memory.
/// </summary>
internal sealed class RecordKeeper : IAsyncDisposable
{
    // Enough for a second of a busy process until the writer is told; an event takes about a kilobyte.
    private const int MostWaiting = 8192;
    private const int RecordsAtOnce = 200;

    // The store's own limit should strike first: its message says more.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    private readonly IRecordStore _store;
    private readonly TimeProvider _time;
    private readonly TimeSpan _limit;
    private readonly TimeSpan _shutdownTimeout;
    private readonly ILogger _logger;
    private readonly int _capacity;
    private readonly bool _cappedByUser;
    private readonly RecordRing _ring;
    private readonly SemaphoreSlim _writing = new(1);

    // Used only by who holds _writing.
    private readonly List<UsageRecord> _pending = [];
    private bool _opened;

    private readonly CancellationTokenSource _stopping = new();
    private volatile bool _failing;

    private volatile int _waiting;
    private IDisposable? _subscription;
    private ITimer? _timer;

    public RecordKeeper(IRecordStore store, CostExporterOptions options, ILogger logger, RecordBooking? booking = null)
    {
        _store = store;
        _time = options.TimeProvider;
        _limit = options.StoreTimeout + Grace;
        _shutdownTimeout = options.ShutdownTimeout;
        _logger = logger;

        // More than the store keeps need not wait; a file keeps what fits on disk.
        _cappedByUser = options.Records.Keep != RecordKeeping.File && options.Records.MaxRecords <= MostWaiting;
        _capacity = _cappedByUser ? options.Records.MaxRecords : MostWaiting;
        _ring = new RecordRing(_capacity, RingIsHalfFull);
        Records = new UsageRecords(store, booking, owned: null);
    }

    /// <summary>The keeper that the options ask for; null for none.</summary>
    /// <param name="options">The options.</param>
    /// <param name="ledger">The ledger's store.</param>
    /// <param name="isNamed">Whether that is one that we know by its address; one of somebody's own takes no records, which then are in memory.</param>
    /// <param name="logger">Told when records begin to fail, and when they are kept again.</param>
    public static RecordKeeper? Create(CostExporterOptions options, ISpendStore ledger, bool isNamed, ILogger logger)
    {
        var store = isNamed || options.Records.Keep != RecordKeeping.Store ? RecordStores.Create(options) : new MemoryRecordStore(options.Records.MaxRecords);
        return store is null ? null : new RecordKeeper(store, options, logger, new RecordBooking(_ => Task.FromResult(ledger), options.TimeZone, options));
    }

    /// <summary>The records that the store holds.</summary>
    public UsageRecords Records { get; }

    /// <summary>Takes the hub's events from now on.</summary>
    public void Subscribe(UsageHub hub) => _subscription = hub.Subscribe(_ring);

    /// <summary>Writes at every interval from now on.</summary>
    public void Start(TimeSpan interval)
    {
        if (_subscription is not null && interval != Timeout.InfiniteTimeSpan)
        {
            _timer = _time.CreateTimer(static state => ((RecordKeeper)state!).Wake(), this, interval, interval);
        }
    }

    /// <summary>Writes what was recorded before the call, or fails once; never throws but for the token.</summary>
    /// <returns>How many records still wait.</returns>
    public async Task<int> FlushAsync(CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            do
            {
                Collect();
                await WriteAsync(cancellationToken).ConfigureAwait(false);
            }
            while (_ring.Count > _capacity / 2);
        }
        catch (Exception cause) when (!cancellationToken.IsCancellationRequested) // Records are no money: what is wrong with them stops nothing else.
        {
            Failed(cause);
        }
        finally
        {
            _waiting = _pending.Count;
            _writing.Release();
        }

        return _waiting + _ring.Count;
    }

    /// <summary>Writes what is left within the time to shut down, and closes the store. Never throws.</summary>
    public async ValueTask DisposeAsync()
    {
        _subscription?.Dispose();
        if (_timer is not null)
        {
            await _timer.DisposeAsync().ConfigureAwait(false);
        }

        await _stopping.CancelAsync().ConfigureAwait(false);
        using var timeUp = new CancellationTokenSource(_shutdownTimeout, _time);
        int left;
        try
        {
            left = await FlushAsync(timeUp.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            left = _waiting + _ring.Count;
        }

        if (left > 0)
        {
            Dropped(Vocabulary.DropReasons.Shutdown, left);
        }

        try
        {
            await _store.DisposeAsync().AsTask().WaitAsync(_limit, _time).ConfigureAwait(false);
        }
        catch (Exception cause) // A file that is written at the end may fail here; nobody above could do anything about it.
        {
            SelfDiagnostics.Log.Failed(cause, "records that are written at the end");
            _logger.LogError(cause, "The records did not end well.");
        }
    }

    private void Wake()
    {
        // One that is under way takes what came meanwhile, or the next one does.
        if (_writing.CurrentCount > 0)
        {
            _ = FlushAsync(_stopping.Token);
        }
    }

    // A store that is down is tried again at the interval, not each time that so many calls were made.
    private void RingIsHalfFull()
    {
        if (!_failing)
        {
            Wake();
        }
    }

    private void Collect()
    {
        _pending.AddRange(_ring.Drain(out var overflown));
        if (_pending.Count > _capacity)
        {
            overflown += _pending.Count - _capacity;
            _pending.RemoveRange(0, _pending.Count - _capacity);
        }

        if (overflown > 0)
        {
            // Those that newer ones would have driven out of the store all the same are no loss.
            Dropped(_cappedByUser ? Vocabulary.DropReasons.Superseded : Vocabulary.DropReasons.Overflow, overflown);
        }
    }

    private async Task WriteAsync(CancellationToken cancellationToken)
    {
        if (_pending.Count == 0)
        {
            return;
        }

        if (!_opened)
        {
            await LimitedAsync(
                async token =>
                {
                    await _store.OpenAsync(token).ConfigureAwait(false);
                    return true;
                },
                cancellationToken).ConfigureAwait(false);
            _opened = true;
        }

        while (_pending.Count > 0)
        {
            var some = _pending.GetRange(0, Math.Min(RecordsAtOnce, _pending.Count));
            await LimitedAsync(token => _store.WriteAsync(some, token), cancellationToken).ConfigureAwait(false);
            _pending.RemoveRange(0, some.Count);
        }

        if (_failing)
        {
            _failing = false;
            _logger.LogInformation("Records are being kept again.");
        }
    }

    private async Task<T> LimitedAsync<T>(Func<CancellationToken, Task<T>> call, CancellationToken cancellationToken)
    {
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var token = giveUp.Token;

        // On the pool, because a store may work before its first await.
        var task = Task.Run(() => call(token), CancellationToken.None);
        try
        {
            return await task.WaitAsync(_limit, _time, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception) when (!task.IsCompleted)
        {
            await giveUp.CancelAsync().ConfigureAwait(false);
            _ = task.ContinueWith(static late => late.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            cancellationToken.ThrowIfCancellationRequested();
            throw new TimeoutException($"The records' store did not answer within {_limit.TotalSeconds:0.###} s.");
        }
    }

    private void Failed(Exception cause)
    {
        SelfDiagnostics.Log.Failed(cause, $"nothing yet: {_pending.Count} records wait, the latest {_capacity} are kept");
        if (!_failing)
        {
            _failing = true;
            _logger.LogWarning(cause, "Records are not being kept; the latest {Capacity} wait, and spend is not touched by it.", _capacity);
        }
    }

    private static void Dropped(string reason, long records)
    {
        ExporterMetrics.CountRecordsDropped(reason, records);
        SelfDiagnostics.Log.Dropped(reason, records, "Records of calls; what they cost is in the ledger all the same.");
    }
}
