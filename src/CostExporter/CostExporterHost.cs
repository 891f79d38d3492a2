using LlmTelemetry.Usage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace LlmTelemetry.CostExporter;

/// <summary>
/// A running cost exporter: takes every usage event of a hub, folds it, and keeps exact sums in a store. Applications with dependency
/// injection use <c>services.AddCostExporter()</c> and may ask for this type to flush. Thread-safe.
/// </summary>
public sealed class CostExporterHost : IAsyncDisposable, IDisposable
{
    // A flush may take one interval and wait for another: what is older does not get through.
    private const int LateIntervals = 3;

    private static readonly TimeSpan NeverLate = TimeSpan.FromSeconds(1);

    private readonly CostExporterOptions _options;
    private readonly ILogger _logger;
    private readonly SpendFlusher _flusher;
    private readonly RecordKeeper? _records;
    private readonly Lock _gate = new();
    private readonly List<IDisposable> _subscriptions = [];
    private LedgerGauges? _gauges;
    private Task? _started;
    private Task? _ended;

    internal CostExporterHost(CostExporterOptions options, ILogger<CostExporterHost>? logger = null, ISpendStore? store = null, Random? random = null)
    {
        _options = options = options.Copy();
        _logger = logger ?? NullLogger<CostExporterHost>.Instance;
        var journals = JournalSetting.Open(options, _logger);
        Store = store ?? SpendStores.Create(options, options.ToStoreSettings());
        Reports = new UsageReports(Store, options.TimeZone, options.TimeProvider, options.ToStoreSettings().Keeps) { Parts = new LedgerParts(options.Aggregates, options.LiveSessions) };
        Folder = new SpendFolder(options.TimeZone, options.TimeProvider, kept: Kept(options), journal: journals?.Own) { HasSums = options.Aggregates, HasSessions = options.LiveSessions };
        _flusher = new SpendFlusher(
            new FlusherParts(Folder, Store, new FlushHealth(_logger), _logger, journals?.Own, journals?.ReplayInto(Store)), options, random ?? Random.Shared);
        _records = RecordKeeper.Create(options, Store, isNamed: store is null && options.OwnStore is null, _logger);
    }

    /// <summary>Reads the store that this exporter writes. What is still pending is not in it: flush first where that matters.</summary>
    public UsageReports Reports { get; }

    /// <summary>The records of single calls, as far as they were written: flush first where that matters. Null where none are kept (<see cref="CostExporterOptions.Records"/>).</summary>
    public UsageRecords? Records => _records?.Records;

    /// <summary>Rows that the store has not acknowledged. After <see cref="DisposeAsync"/>: what it did not take, and what is lost with the process.</summary>
    public long PendingRows => _flusher.PendingRows;

    internal SpendFolder Folder { get; }

    internal ISpendStore Store { get; }

    /// <summary>
    /// Starts an exporter. Waits for the store, but no longer than <see cref="CostExporterOptions.StoreTimeout"/>: one that is down is tried
    /// again in the background, and nothing is lost meanwhile.
    /// </summary>
    /// <param name="configure">
    /// Sets the options; null for those that environment variables set (<c>LlmTelemetry__Store</c>), else the defaults: a SQLite file in the current
    /// folder. What is set here wins.
    /// </param>
    /// <exception cref="FormatException">The store's address is not one.</exception>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">An environment variable is wrong; the message names it and what would be right.</exception>
    /// <exception cref="InvalidOperationException">The store belongs to something else: another schema or another time zone.</exception>
    public static CostExporterHost Start(Action<CostExporterOptions>? configure = null)
    {
        var options = EnvironmentSettings.Read();
        configure?.Invoke(options);
        return Start(options, subscribe: true, logger: null);
    }

    /// <summary>
    /// Sends what was recorded before the call and waits until the store has acknowledged it, or until sending failed once: then the result
    /// says so, and sending goes on in the background. Calls may overlap.
    /// </summary>
    /// <exception cref="OperationCanceledException">The token was cancelled; sending goes on in the background.</exception>
    /// <remarks>The result is about spend. Records are written too; those that were not are kept for the next time, as long as there is room.</remarks>
    public async Task<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        var records = _records?.FlushAsync(cancellationToken) ?? Task.CompletedTask;
        var spend = await _flusher.FlushAsync(hurry: true, cancellationToken).ConfigureAwait(false);
        await records.ConfigureAwait(false);
        return spend;
    }

    /// <summary>
    /// Proves that a write reaches the store: sends a batch without rows the way of all others and waits for its answer, no longer than
    /// <see cref="CostExporterOptions.StoreTimeout"/>. Changes no figure. In a Cluster it proves the slot of calls without a tenant; a slot that takes nothing
    /// shows in the lag. Does not throw for what it finds; for health checks (LlmTelemetry.AspNetCore: <c>AddHealthChecks().AddCostExporter()</c>).
    /// </summary>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async Task<StoreCheck> CheckAsync(CancellationToken cancellationToken = default)
    {
        var begun = _options.TimeProvider.GetTimestamp();
        string? error = null;
        try
        {
            ObjectDisposedException.ThrowIf(_ended is not null, this);
            await _flusher.ProveAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception cause) when (cause is not OperationCanceledException || !cancellationToken.IsCancellationRequested) // It is what was asked for.
        {
            error = $"{cause.GetType().Name}: {cause.Message}";
        }

        var lag = _flusher.Lag;
        var late = _options.Interval == Timeout.InfiniteTimeSpan ? TimeSpan.MaxValue : new[] { _options.Interval * LateIntervals, NeverLate }.Max();
        return new StoreCheck(
            _options.Place, error is null, _options.TimeProvider.GetElapsedTime(begun), lag, lag > late, PendingRows, error ?? _flusher.Error);
    }

    /// <summary>
    /// Stops taking events, then sends what is left within <see cref="CostExporterOptions.ShutdownTimeout"/>. What the store did not take by
    /// then is lost with the process: <see cref="PendingRows"/> says how much; it is logged and counted as <c>llm.exporter.dropped</c>. Never throws.
    /// </summary>
    public ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            return new ValueTask(_ended ??= Task.Run(EndAsync));
        }
    }

    /// <summary>The same as <see cref="DisposeAsync"/>, for callers that cannot await: blocks no longer than the time limit.</summary>
    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    internal static CostExporterHost Start(CostExporterOptions options, bool subscribe, ILogger<CostExporterHost>? logger)
    {
        var host = new CostExporterHost(options, logger);
        try
        {
            // A console's Main may be synchronous; this wait is bounded by the time limit of opening, on the thread pool.
            Task.Run(() => host.StartAsync(subscribe, CancellationToken.None)).GetAwaiter().GetResult();
            return host;
        }
        catch
        {
            host.Dispose();
            throw;
        }
    }

    /// <summary>Opens the store and takes the hub's events. Later calls only wait for the first.</summary>
    /// <param name="subscribe">False: only what is added to <see cref="Folder"/> directly is kept.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SpendStoreMismatchException">The store is not ours.</exception>
    internal Task StartAsync(bool subscribe, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_ended is not null, this);
            return _started ??= OpenAsync(subscribe, cancellationToken);
        }
    }

    /// <summary>Also hands the hub's events to the sink, until the exporter ends.</summary>
    internal void Subscribe(IUsageSink sink)
    {
        lock (_gate)
        {
            _subscriptions.Add(_options.Hub.Subscribe(sink));
        }
    }

    // Of sessions alone no more is kept than what a session is read by.
    internal static DimensionSet Kept(CostExporterOptions options) => options.Aggregates
        ? new DimensionSet(options.Dimensions, options.Tags)
        : new DimensionSet(new[] { SpendDimension.Provider, SpendDimension.Model, SpendDimension.Tenant, SpendDimension.Session }.Where(options.Dimensions.Contains), []);

    private async Task OpenAsync(bool subscribe, CancellationToken cancellationToken)
    {
        if (subscribe)
        {
            // Before the store answers: what is called meanwhile counts.
            _subscriptions.Add(Folder.SubscribeTo(_options.Hub));
            _records?.Subscribe(_options.Hub);
        }

        try
        {
            await _flusher.OpenAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception cause) when (cause is not (SpendStoreMismatchException or OperationCanceledException))
        {
            SelfDiagnostics.Log.FlushFailed(cause, Folder.Count);
            _logger.LogWarning(cause, "The store is not there yet; spend is kept in memory and sent when it is.");
        }

        if (_options.Journal is not null)
        {
            await Task.Run(_flusher.Replay, CancellationToken.None).ConfigureAwait(false);
        }

        lock (_gate)
        {
            if (_ended is not null)
            {
                // Disposed while the store was being opened: nobody would stop what began now.
                return;
            }

            _flusher.Start(_options.Interval);
            _records?.Start(_options.Interval);
            if (_options.LedgerGauges)
            {
                _gauges = LedgerGauges.Start(Store, _options);
            }
        }
    }

    private async Task EndAsync()
    {
        try
        {
            try
            {
                lock (_gate)
                {
                    _subscriptions.ForEach(s => s.Dispose());
                    _subscriptions.Clear();
                }

                if (_gauges is not null)
                {
                    await _gauges.DisposeAsync().ConfigureAwait(false);
                }
            }
            finally
            {
                // Whatever goes wrong before: what is pending is money.
                var records = _records?.DisposeAsync().AsTask() ?? Task.CompletedTask;
                await _flusher.DisposeAsync().ConfigureAwait(false);
                await records.ConfigureAwait(false);
            }
        }
        catch (Exception cause) // Whoever disposes is on the way out: telemetry must not stand in it.
        {
            SelfDiagnostics.Log.Failed(cause, "what was pending at the end");
            _logger.LogError(cause, "The cost exporter did not end well.");
        }
    }
}
