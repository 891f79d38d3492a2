using System.Globalization;
using System.Text.RegularExpressions;
using LlmTelemetry.TestKit;

namespace LlmTelemetry.Benchmarks;

/// <summary>What a Redis says about itself.</summary>
internal static partial class RedisCommands
{
    // What carries our scripts over the wire; everything else that is counted while we flush is called by them.
    private static readonly string[] Scripts = ["eval", "evalsha"];

    /// <summary>Begins to count commands from 0.</summary>
    public static Task ResetAsync(RedisServer redis) => redis.CommandAsync("CONFIG", "RESETSTAT");

    /// <summary>Commands since <see cref="ResetAsync"/>: scripts sent by clients, and what those called inside.</summary>
    public static async Task<(long Sent, long Inside)> CountAsync(RedisServer redis)
    {
        var counts = CommandCount().Matches(await redis.CommandAsync("INFO", "commandstats"))
            .Where(line => !line.Groups[1].Value.StartsWith("config", StringComparison.Ordinal))
            .ToLookup(line => Scripts.Contains(line.Groups[1].Value), line => long.Parse(line.Groups[2].Value, CultureInfo.InvariantCulture));
        return (counts[true].Sum(), counts[false].Sum());
    }

    /// <summary>Seconds of processor time it has used so far, in user and system mode.</summary>
    public static async Task<double> ProcessorSecondsAsync(RedisServer redis) =>
        ProcessorTime().Matches(await redis.CommandAsync("INFO", "cpu")).Sum(line => double.Parse(line.Groups[1].Value, CultureInfo.InvariantCulture));

    public static async Task<long> UsedMemoryAsync(RedisServer redis) =>
        long.Parse(UsedMemory().Match(await redis.CommandAsync("INFO", "memory")).Groups[1].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex("cmdstat_([^:]+):calls=([0-9]+)")]
    private static partial Regex CommandCount();

    [GeneratedRegex(@"used_cpu_(?:sys|user):([0-9.]+)")]
    private static partial Regex ProcessorTime();

    [GeneratedRegex("used_memory:([0-9]+)")]
    private static partial Regex UsedMemory();
}
