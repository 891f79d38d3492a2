using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LlmTelemetry.Budgets;

/// <summary>Has budgets ready before the application's own services start, and ends them after them, so that their last calls are settled. That it can be made is the check of the settings.</summary>
internal sealed class BudgetService(BudgetGuard guard, IServiceProvider services, ILogger<BudgetGuard>? logger = null) : IHostedLifecycleService, IDisposable
{
    private readonly Lock _gate = new();
    private BudgetReloads? _reloads;

    /// <exception cref="OptionsValidationException">A setting is wrong.</exception>
    /// <exception cref="ArgumentException">A limit is.</exception>
    public static BudgetGuard CreateGuard(IServiceProvider services) =>
        BudgetGuard.Open(services.GetRequiredService<IOptions<BudgetOptions>>().Value, services.GetService<ILogger<BudgetGuard>>());

    public Task StartingAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_reloads is null)
            {
                // Whoever misspelt the setting sees here where budgets really are.
                logger?.LogInformation("Budgets are kept in {Store}, in days of {TimeZone}.", guard.Ledger.Place, guard.Limits.Calendar.Zone.Id);
                _reloads = new BudgetReloads(guard, services, logger);
            }
        }

        return Task.CompletedTask;
    }

    // A host without the lifecycle calls only this one and StopAsync.
    public Task StartAsync(CancellationToken cancellationToken) => StartingAsync(cancellationToken);

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken)
    {
        Dispose();
        return Task.CompletedTask;
    }

    public void Dispose() => _reloads?.Dispose();

    public async Task StoppedAsync(CancellationToken cancellationToken) => await guard.DisposeAsync().ConfigureAwait(false);
}
