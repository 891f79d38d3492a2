using Microsoft.Extensions.Logging;

namespace LlmTelemetry.Budgets;

/// <summary>What a running guard does beside deciding calls: announces its limits and, where that is switched on, publishes the gauges.</summary>
internal sealed class BudgetUpkeep : IAsyncDisposable
{
    private readonly Announcer _announcer;
    private readonly BudgetGauges? _gauges;

    private BudgetUpkeep(BudgetGuard guard, ILogger logger)
    {
        _announcer = Announcer.Start(guard, logger);
        _gauges = guard.Options.Gauges ? BudgetGauges.Start(guard) : null;
    }

    public static BudgetUpkeep Start(BudgetGuard guard, ILogger logger) => new(guard, logger);

    /// <summary>To call when the limits are others.</summary>
    public void Changed() => _announcer.Changed();

    public async ValueTask DisposeAsync()
    {
        await _announcer.DisposeAsync().ConfigureAwait(false);
        if (_gauges is not null)
        {
            await _gauges.DisposeAsync().ConfigureAwait(false);
        }
    }
}
