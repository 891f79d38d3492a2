using System.Globalization;
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
        var own = RedisBudgetScripts.Own;
        var scripts = new RedisBudgetScripts(Moved(own.Hold), Moved(own.Settle), Moved(own.Read), Moved(own.Reset), Moved(own.Claim));
        var run = 0;
        Prop.ForAll(
            Operation.Scenarios(40),
            scenario => RunAsync(redis, scripts, $"t{++run}", scenario).GetAwaiter().GetResult()).Check(Config.QuickThrowOnFailure.WithMaxTest(Scenarios));
    }

    private static async Task RunAsync(RedisServer redis, RedisBudgetScripts scripts, string prefix, Scenario scenario)
    {
        var time = new ManualTime();
        await TellAsync(redis, time);
        await using var ledger = RedisBudgets.Open(redis.Address, prefix, scripts);
        await new ModelRun(ledger, Times, by =>
        {
            time.Advance(by);
            TellAsync(redis, time).GetAwaiter().GetResult();
        }).RunAsync(scenario);
    }

    private static async Task TellAsync(RedisServer redis, ManualTime time)
    {
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        await redis.CommandAsync("HSET", "clock", "s", Text(now / 1000), "us", Text(now % 1000 * 1000));
    }

    // No two scripts run in one microsecond.
    private static string Moved(string script)
    {
        var parts = script.Split("redis.call('TIME')");
        return parts.Length == 2 ? string.Join("{ redis.call('HGET', 'clock', 's'), redis.call('HINCRBY', 'clock', 'us', 1) }", parts) : throw new InvalidOperationException("The scripts ask for the time elsewhere: this test needs a new text.");
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
