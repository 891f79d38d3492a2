using LlmTelemetry.Budgets;
using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace LlmTelemetry.Service.Tests.Budgets;

/// <summary>An application with budgets of its own, as the command finds what it keeps. Its clock stands at noon of 22 November 2026.</summary>
internal sealed class BudgetedApp : IAsyncDisposable
{
    private readonly IHost _host;

    private BudgetedApp(IHost host) => _host = host;

    public BudgetGuard Budgets => _host.Services.GetRequiredService<BudgetGuard>();

    /// <param name="store">Where it keeps spend.</param>
    /// <param name="configure">Changes its budgets: 2 USD a day and 100 requests a month for each user, 1,000,000 tokens a month in all, and the tier free.</param>
    public static async Task<BudgetedApp> StartAsync(string store, Action<BudgetOptions>? configure = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddCostExporter(options => (options.Store, options.Hub, options.TimeProvider) = (store, new UsageHub(), new ManualTime()));
        builder.Services.AddBudgets(options =>
        {
            options.TimeProvider = new ManualTime();
            options.DefaultTier = "free";
            options.Limits.Add(new BudgetLimit("daily", BudgetUnit.Usd, 2m, BudgetWindow.Day, BudgetScope.User));
            options.Limits.Add(new BudgetLimit("monthly", BudgetUnit.Requests, 100, BudgetWindow.Month, BudgetScope.User));
            options.Limits.Add(new BudgetLimit("all", BudgetUnit.Tokens, 1_000_000, BudgetWindow.Month));
            configure?.Invoke(options);
        });
        var host = builder.Build();
        await host.StartAsync(TestContext.Current.CancellationToken);
        var app = new BudgetedApp(host);

        // In the background, all at once.
        await Eventually.HoldsAsync(async () => (await app.Budgets.Ledger.AnnouncedAsync(TestContext.Current.CancellationToken)).Count > 0, "the limits are announced");
        return app;
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        if (_host is IAsyncDisposable host)
        {
            await host.DisposeAsync();
        }
    }
}
