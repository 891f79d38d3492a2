using System.Globalization;
using LlmTelemetry.TestKit;

namespace LlmTelemetry.Budgets.Tests;

/// <summary>A clock of Redis that moves only when told: the scripts ask a key what time it is instead of the server. What expires by itself goes by the server's.</summary>
internal sealed class MovedRedisClock(RedisServer redis)
{
    private static readonly RedisBudgetScripts Own = RedisBudgetScripts.Own;

    private readonly ManualTime _time = new();

    public static RedisBudgetScripts Scripts { get; } = new(Moved(Own.Decide), Moved(Own.Reset), Moved(Own.Claim));

    public long Now => _time.GetUtcNow().ToUnixTimeMilliseconds();

    public Task AdvanceAsync(TimeSpan by)
    {
        _time.Advance(by);
        return SetAsync();
    }

    public Task SetAsync() => redis.CommandAsync("HSET", "clock", "s", Text(Now / 1000), "us", Text(Now % 1000 * 1000));

    // No two scripts run in one microsecond.
    private static string Moved(string script)
    {
        var parts = script.Split("redis.call('TIME')");
        return parts.Length == 2 ? string.Join("{ redis.call('HGET', 'clock', 's'), redis.call('HINCRBY', 'clock', 'us', 1) }", parts) : throw new InvalidOperationException("The scripts ask for the time elsewhere: this test needs a new text.");
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
