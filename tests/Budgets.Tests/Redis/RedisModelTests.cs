using FsCheck;
using FsCheck.Fluent;
using LlmTelemetry.Budgets.Tests.Ledgers;
using LlmTelemetry.TestKit;

namespace LlmTelemetry.Budgets.Tests;

/// <summary>
/// Whatever is done in whatever order, the scripts say what the model says. So that periods and windows pass, they ask a key what time it is instead of the server.
/// </summary>
public sealed class RedisModelTests
{
    private static readonly int Scenarios = Environment.GetEnvironmentVariable("LLMTELEMETRY_LONG") == "1" ? 1_000 : 40;

    private static readonly ModelTimes Times = new(Period: 10_000, Window: 6_000);

    [Fact]
    public async Task Redis_does_what_the_model_does()
    {
        await using var redis = await RedisServer.StartAsync("--appendonly", "no");
        var run = 0;
        Prop.ForAll(
            Operation.Scenarios(40),
            scenario => RunAsync(redis, $"t{++run}", scenario).GetAwaiter().GetResult()).Check(Config.QuickThrowOnFailure.WithMaxTest(Scenarios));
    }

    private static async Task RunAsync(RedisServer redis, string prefix, Scenario scenario)
    {
        var clock = new MovedRedisClock(redis);
        await clock.SetAsync();
        await using var ledger = RedisBudgets.Open(redis.Address, prefix, MovedRedisClock.Scripts);
        await new ModelRun(ledger, Times, by => clock.AdvanceAsync(by).GetAwaiter().GetResult()).RunAsync(scenario);
    }
}
