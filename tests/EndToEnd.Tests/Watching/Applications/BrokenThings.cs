using LlmTelemetry.Budgets;
using LlmTelemetry.CostExporter;
using LlmTelemetry.TestKit;
using Microsoft.Extensions.AI;

namespace LlmTelemetry.EndToEnd.Tests.Watching.Applications;

/// <summary>Parts of an application whose other side is not there: a store, a receiver of events, a store of budgets.</summary>
internal sealed class BrokenThings
{
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(500);

    private CostExporterHost? _exporter;
    private UsageEventOtlp? _events;

    /// <summary>Beside the exporter that works: it sees the same calls.</summary>
    public void Start()
    {
        // Without what the environment gives every exporter: a journal, for what it holds is to be lost, and gauges, which end for the whole process when one of two publishers in it ends.
        _exporter = CostExporterHost.Start(o =>
        {
            (o.Store, o.Journal, o.LedgerGauges) = ($"redis:127.0.0.1:{Server.FreePort()}", null, false);
            (o.Interval, o.StoreTimeout, o.ShutdownTimeout) = (TimeSpan.FromMilliseconds(200), Soon, Soon);
        });
        _events = UsageEventOtlp.Start(o => (o.Endpoint, o.Interval, o.ShutdownTimeout) = (new Uri($"http://127.0.0.1:{Server.FreePort()}"), TimeSpan.FromMilliseconds(200), Soon));
    }

    /// <summary>A call that no budget could be asked for, and whose charge nobody took.</summary>
    public async Task FailAsync(CancellationToken cancellationToken)
    {
        await _exporter!.FlushAsync(cancellationToken);
        await using var guard = BudgetGuard.Start(o =>
        {
            (o.Store, o.StoreTimeout) = ($"redis://127.0.0.1:{Server.FreePort()}", Soon);
            o.Limits.Add(new BudgetLimit("monthly", BudgetUnit.Requests, 1_000, BudgetWindow.Day));
        });
        await ScriptedModels.Answering("openai", "gpt-4o-mini-2024-07-18", ScriptedModels.Usage).UseUsageTracking().UseBudgets(guard)
            .GetResponseAsync("Hi", new ChatOptions { ModelId = "gpt-4o-mini" }, cancellationToken);
    }

    public async Task LoseAsync()
    {
        await using (_exporter)
        await using (_events)
        {
            (_exporter, _events) = (null, null);
        }
    }
}
