using LlmTelemetry.Budgets.Tests.Ledgers;
using LlmTelemetry.TestKit;

namespace LlmTelemetry.Budgets.Tests;

/// <summary>What every ledger must do, on a real Redis and its clock.</summary>
public sealed class RedisBudgetLedgerTests(SharedRedis redis) : LedgerCases, IClassFixture<SharedRedis>
{
    private protected override async Task<IBudgetLedger> OpenAsync()
    {
        await redis.StartAsync();
        return RedisBudgets.Open(redis.Address, $"t{Guid.NewGuid():N}");
    }

    private protected override Task PassAsync(long until) => Eventually.HoldsAsync(
        async () => await redis.Server.ClockAsync() >= until, "the server's clock passes the moment");
}
