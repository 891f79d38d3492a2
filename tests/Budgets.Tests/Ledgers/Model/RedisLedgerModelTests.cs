using LlmTelemetry.CostExporter;
using LlmTelemetry.TestKit;

namespace LlmTelemetry.Budgets.Tests.Ledgers;

/// <summary>The same on a real Redis, whose clock nobody moves: a scenario passes through no period, but holds of some milliseconds pass their deadlines.</summary>
public sealed class RedisLedgerModelTests
{
    private static readonly ModelTimes Times = new(Period: 86_400_000_000, Window: 3_600_000);

    private int _ledgers;

    [Fact]
    public async Task Redis_does_what_the_model_does()
    {
        await using var redis = await RedisServer.StartAsync("--appendfsync", "no");
        LedgerModelTests.Holds(
            25,
            30,
            async scenario =>
            {
                await using var ledger = BudgetLedgers.Open(StoreAddress.Parse(redis.Address), $"t{++_ledgers}", TimeSpan.FromMinutes(1), TimeProvider.System);
                await new ModelRun(ledger, Times, advance: null).RunAsync(scenario);
            });
    }
}
