using LlmTelemetry.Budgets;
using LlmTelemetry.CostExporter;

namespace LlmTelemetry.Service;

/// <summary>What users may still use, by the limits that applications announce in the store: read anew while the service runs, and announced by nobody here. Thread-safe.</summary>
internal sealed class ServedQuotas(IServiceProvider services) : IAsyncDisposable
{
    // Applications announce theirs when they start and when they change.
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(5);

    private readonly CostExporterOptions _options = LedgerFactory.Options(services);
    private readonly BudgetGuard _guard = LedgerFactory.Guard(services, LedgerFactory.Options(services));
    private readonly SemaphoreSlim _reading = new(1);
    private long? _at;

    /// <exception cref="IOException">The store of budgets cannot be reached.</exception>
    /// <exception cref="TimeoutException">It does not answer.</exception>
    public async Task<BudgetQuota> GetAsync(string user, string? tier, CancellationToken cancellationToken)
    {
        await RefreshAsync(cancellationToken).ConfigureAwait(false);
        return await _guard.GetQuotaAsync(user, tier, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await _guard.DisposeAsync().ConfigureAwait(false);
        _reading.Dispose();
    }

    private async Task RefreshAsync(CancellationToken cancellationToken)
    {
        await _reading.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var time = _options.TimeProvider;
            if (_at is { } at && time.GetElapsedTime(at) < Fresh)
            {
                return;
            }

            var options = LedgerFactory.BudgetOptions(services, _options);
            var announced = await _guard.Ledger.AnnouncedAsync(cancellationToken).WaitAsync(options.StoreTimeout, time, cancellationToken).ConfigureAwait(false);
            BudgetReader.Take(options, KnownLimits.Of([], announced, time.GetUtcNow()).All);
            _guard.Change(options);
            _at = time.GetTimestamp();
        }
        finally
        {
            _reading.Release();
        }
    }
}
