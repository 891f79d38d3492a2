using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace LlmTelemetry.CostExporter;

/// <summary>
/// Books deliveries in a store that is also an <see cref="IReceiptStore"/>: what waits at the same time goes together, by partition. What it answers as booked is in the store; what
/// it does not is delivered again, and then booked once. docs/receiver.md.
/// </summary>
internal sealed class UsageReceiver : IUsageReceiver
{
    // The store's own limit should strike first: its message says more.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan LeastBeat = TimeSpan.FromSeconds(10);

    private readonly CostExporterOptions _options;
    private readonly ReceiverGate _gate;
    private readonly TimedStore _store;
    private readonly Heartbeat _heart;
    private readonly DeliveryPlan _plan;
    private readonly ReceivedRecords? _records;
    private readonly ReceiverContext _context;
    private readonly ConcurrentDictionary<string, BookingLane> _lanes = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stopping = new();
    private readonly ITimer _timer;
    private readonly ILogger _logger;
    private volatile string? _error;
    private volatile bool _hasEnded;

    private UsageReceiver(CostExporterOptions options, ISpendStore store, IReceiptStore receipts, IRecordStore? records, ILogger logger, ReceiverLimits limits, Random random)
    {
        _options = options;
        _logger = logger;
        var (time, rules) = (options.TimeProvider, new RowRules(options));
        _gate = new ReceiverGate(limits, time);
        _store = new TimedStore(store, options.StoreTimeout + Grace, time);

        // What it had not booked when it dies is with whoever sent it, as safe as in a journal.
        var interval = options.Interval == Timeout.InfiniteTimeSpan ? LeastBeat : options.Interval;
        _heart = new Heartbeat(_store, Guid.NewGuid().ToString("N"), interval, journal: true, time, logger);
        var claims = new SourceClaims(_store, receipts, limits.MaxClaims);
        _plan = new DeliveryPlan(options, rules, _store, receipts, claims);
        _records = records is null ? null : new ReceivedRecords(records, options, logger);
        _context = new ReceiverContext(
            _store, receipts, rules, new RecentCache<StateAddress, HeldState>(limits.MaxStateBytes / 2), _gate, options, limits, random, logger, claims.Forget, _stopping.Token);
        _timer = time.CreateTimer(static state => _ = ((UsageReceiver)state!).BeatAsync(), this, interval, interval);
        ReceiverMetrics.Watch(_gate);
    }

    /// <summary>Why deliveries fail at the moment; null: they do not.</summary>
    public string? Error => _error;

    /// <summary>Starts one. The store is opened in the background: one that is down answers deliveries with "again later", and nothing else.</summary>
    /// <param name="options">The ledger's settings. Prices are asked for each delivery, so that new ones hold at once.</param>
    /// <param name="store">The store, an <see cref="IReceiptStore"/> too; not disposed with the receiver.</param>
    /// <param name="records">Where records of the calls are kept; null: nowhere. Not disposed either.</param>
    /// <param name="logger">Told of what people must know.</param>
    /// <param name="limits">Bounds; null for the default ones.</param>
    /// <param name="random">For pauses.</param>
    /// <exception cref="NotSupportedException">The store takes no deliveries.</exception>
    public static UsageReceiver Start(
        CostExporterOptions options, ISpendStore store, IRecordStore? records, ILogger logger, ReceiverLimits? limits = null, Random? random = null)
    {
        if (store is not IReceiptStore receipts)
        {
            throw new NotSupportedException($"{nameof(CostExporterOptions.Store)}: {options.Place} takes no deliveries; it must be redis://HOST:PORT, redis:HOST:PORT or sqlite:FILE.");
        }

        var receiver = new UsageReceiver(options.Copy(), store, receipts, records, logger, limits ?? new ReceiverLimits(), random ?? Random.Shared);
        _ = receiver.OpenAsync();
        return receiver;
    }

    /// <inheritdoc/>
    public async Task<DeliveryReply> ReceiveAsync(Delivery delivery, CancellationToken cancellationToken)
    {
        var bytes = delivery.Sources.Sum(source => (source.Calls.Count * CallPart.BytesEach) + (source.Points.Count * PointPart.BytesEach));
        if (_hasEnded || !_gate.TryEnter(bytes))
        {
            ReceiverMetrics.CountDelivery(Vocabulary.DeliveryResults.Busy);
            return Later(_hasEnded ? "The receiver is being stopped." : "Too much is waiting for the store.");
        }

        var progress = new DeliveryProgress();
        try
        {
            var begun = _options.TimeProvider.GetTimestamp();
            var cause = await BookInTimeAsync(delivery, bytes, progress, cancellationToken).ConfigureAwait(false);
            if (cause is not null)
            {
                return Failed(cause);
            }

            Succeeded(_options.TimeProvider.GetElapsedTime(begun));
            var rejected = progress.Rejected;
            ReceiverMetrics.CountDelivery(rejected == 0 ? Vocabulary.DeliveryResults.Booked : Vocabulary.DeliveryResults.Partial);
            return new DeliveryReply(IsBooked: true, rejected, progress.Message);
        }
        catch (Exception cause) when (!cancellationToken.IsCancellationRequested) // It is told to whoever delivered, and never thrown at them.
        {
            return Failed(cause);
        }
        finally
        {
            progress.Abandon();
            _gate.Leave();
        }
    }

    /// <summary>Takes nothing in any more, lets what is under way come to its end within <see cref="CostExporterOptions.ShutdownTimeout"/>, and says that it ended. Never throws.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_hasEnded)
        {
            return;
        }

        _hasEnded = true;
        await _timer.DisposeAsync().ConfigureAwait(false);
        ReceiverMetrics.Unwatch(_gate);
        using var timeUp = new CancellationTokenSource(_options.ShutdownTimeout, _options.TimeProvider);
        try
        {
            await _gate.EmptyAsync().WaitAsync(timeUp.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            _logger.LogWarning("The receiver ends with {Deliveries} deliveries unanswered: they are delivered again.", _gate.Waiting);
        }

        await _stopping.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_lanes.Values.Select(lane => lane.Running)).ConfigureAwait(false);
        await _heart.EndAsync(isClean: true, timeUp.Token).ConfigureAwait(false);
        _heart.Dispose();
    }

    /// <summary>Books a delivery, or gives up when nothing of it was booked for as long as the store may take.</summary>
    /// <returns>Why it is not in the store; null: it is.</returns>
    private async Task<Exception?> BookInTimeAsync(Delivery delivery, long bytes, DeliveryProgress progress, CancellationToken cancellationToken)
    {
        // On the pool: what a delivery of a hundred thousand calls costs is not this caller's.
        var booking = Task.Run(() => BookAsync(delivery, bytes, progress), CancellationToken.None);
        while (true)
        {
            var steps = progress.Steps;
            try
            {
                await booking.WaitAsync(_options.StoreTimeout + (2 * Grace), _options.TimeProvider, cancellationToken).ConfigureAwait(false);
                return progress.Failure;
            }
            catch (TimeoutException) when (progress.Steps > steps)
            {
                // It goes on, and only takes its time.
            }
            catch (TimeoutException cause)
            {
                return cause;
            }
        }
    }

    private async Task BookAsync(Delivery delivery, long bytes, DeliveryProgress progress)
    {
        var parts = new List<(string Partition, DeliveryPart Part)>();
        foreach (var source in await Task.WhenAll(delivery.Sources.Select(said => PlanAsync(delivery.Tenant, said, progress))).ConfigureAwait(false))
        {
            parts.AddRange(source);
        }

        _gate.Free(bytes - parts.Sum(one => one.Part.Bytes));
        foreach (var (partition, part) in parts)
        {
            Offer(partition, part);
        }

        await Task.WhenAll(parts.Select(one => one.Part.Over)).ConfigureAwait(false);
        if (_records is not null && progress.Failure is null && !progress.IsAbandoned)
        {
            await _records.WriteAsync(parts.Select(one => one.Part).OfType<CallPart>().SelectMany(part => part.Calls).Select(call => call.Record), progress.Step).ConfigureAwait(false);
        }
    }

    /// <summary>What fails for one source is no reason not to book the others.</summary>
    private async Task<List<(string Partition, DeliveryPart Part)>> PlanAsync(string? tenant, SourceDelivery said, DeliveryProgress progress)
    {
        try
        {
            return await _plan.OfAsync(tenant, said, progress, _stopping.Token).ConfigureAwait(false);
        }
        catch (Exception cause) // Whatever it is: the delivery is to come again.
        {
            progress.Fail(cause);
            return [];
        }
    }

    private void Offer(string partition, DeliveryPart part)
    {
        while (true)
        {
            var isNew = new BookingLane(partition, _context);
            var lane = _lanes.GetOrAdd(partition, isNew);
            if (lane.TryOffer(part))
            {
                if (ReferenceEquals(lane, isNew))
                {
                    lane.Start(() => _lanes.TryRemove(KeyValuePair.Create(partition, lane)));
                }

                return;
            }

            _lanes.TryRemove(KeyValuePair.Create(partition, lane));
            if (_stopping.IsCancellationRequested)
            {
                part.Fail(new OperationCanceledException());
                _gate.Free(part.Bytes);
                return;
            }
        }
    }

    private async Task OpenAsync()
    {
        try
        {
            await _store.OpenAsync(_stopping.Token).ConfigureAwait(false);
        }
        catch (Exception cause) // It is opened by the first delivery, or with the next beat.
        {
            SelfDiagnostics.Log.Failed(cause, "nothing: what is delivered meanwhile is delivered again");
            _logger.LogError(cause, "The store is not there yet; what is delivered is refused until it is, and delivered again.");
        }

        await _heart.StartAsync().ConfigureAwait(false);
    }

    private async Task BeatAsync()
    {
        try
        {
            // Whatever is not booked was not answered: so everything that was is in the store.
            await _store.OpenAsync(_stopping.Token).ConfigureAwait(false);
            await _heart.BeatAsync(_options.TimeProvider.GetUtcNow()).ConfigureAwait(false);
        }
        catch (Exception cause) // A beat is not worth more than another attempt.
        {
            SelfDiagnostics.Log.Failed(cause, "a beat of the receiver; the next one makes up for it");
        }
    }

    private void Succeeded(TimeSpan taken)
    {
        _gate.Succeeded();
        ReceiverMetrics.RecordBooking(taken);
        if (Interlocked.Exchange(ref _error, null) is not null)
        {
            _logger.LogInformation("What is delivered is reaching the store again; nothing was lost or counted twice.");
        }
    }

    private DeliveryReply Failed(Exception cause)
    {
        _gate.Failed();
        ReceiverMetrics.CountDelivery(Vocabulary.DeliveryResults.Later);
        SelfDiagnostics.Log.Failed(cause, "nothing: it is delivered again");
        if (Interlocked.Exchange(ref _error, $"{cause.GetType().Name}: {cause.Message}") is null)
        {
            _logger.LogError(cause, "What is delivered does not reach the store; it is refused until it does, and delivered again.");
        }

        return Later("The store does not take it at the moment.");
    }

    private DeliveryReply Later(string why) => new(IsBooked: false, Message: why, RetryAfter: _gate.RetryAfter);
}
