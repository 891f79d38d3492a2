using LlmTelemetry.Budgets;
using LlmTelemetry.CostExporter;
using LlmTelemetry.Service;
using LlmTelemetry.Usage;
using Microsoft.Extensions.Logging.Abstractions;

namespace LlmTelemetry.Demo;

/// <summary>The real exporter and the real <c>/metrics</c> of the service, by a clock that is set.</summary>
internal sealed class PastLedger : IAsyncDisposable
{
    private readonly CostExporterHost _exporter;
    private readonly LedgerExposition _exposition;

    public PastLedger(HistoryPlan plan, UsageHub hub, SimulatedTime time)
    {
        var options = new CostExporterOptions
        {
            Store = plan.Store,
            Hub = hub,
            TimeProvider = time,
            Interval = Timeout.InfiniteTimeSpan, // Sent when told.
            HourRetention = Product.HourRetention(plan.Days),
            StoreTimeout = TimeSpan.FromSeconds(30),
        };
        foreach (var (name, usd) in CompanyBudgets.Daily)
        {
            options.DailyBudgets[name] = usd;
        }

        _exporter = new CostExporterHost(options);
        Budgets = BudgetGuard.Start(o =>
        {
            CompanyBudgets.AddTo(o);
            o.Store = "sqlite::memory:";
            o.TimeProvider = time;
        });

        // The receiver and the state of the store are for deliveries and for the start of a service: nobody delivers anything here.
        _exposition = new LedgerExposition(
            new ServedLedger(options, _exporter.Store, _exporter.Reports, Records: null, Receiver: null!, Budgets), new StoreState(), NullLogger<LedgerExposition>.Instance);
    }

    /// <summary>The budgets that calls are made within.</summary>
    public BudgetGuard Budgets { get; }

    public Task StartAsync(CancellationToken cancellationToken) => _exporter.StartAsync(subscribe: true, cancellationToken);

    /// <summary>Brings what was recorded into the ledger, and reads what <c>/metrics</c> says then.</summary>
    /// <exception cref="IOException">The store did not take it, or cannot be read.</exception>
    public async Task<IEnumerable<MetricFamily>> BookAsync(CancellationToken cancellationToken)
    {
        if ((await _exporter.FlushAsync(cancellationToken)).Error is { } error)
        {
            throw new IOException($"The ledger did not take the calls: {error}");
        }

        foreach (var reading in _exposition.Readings)
        {
            await reading.ReadIfDueAsync();
        }

        if (_exposition.Readings.Any(reading => reading.Count == 0))
        {
            throw new IOException("The ledger cannot be read.");
        }

        return _exposition.OfLedger();
    }

    public async ValueTask DisposeAsync()
    {
        await _exposition.DisposeAsync();
        await Budgets.DisposeAsync();
        await _exporter.DisposeAsync();
    }
}
