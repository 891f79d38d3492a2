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

    /// <summary>Bytes that the rows of a day's users take, keys and hashes with them, for each row.</summary>
    public static async Task<double> BytesPerDayRowAsync(RedisServer redis)
    {
        const string Script =
            """
            local bytes, rows = 0, 0
            for _, key in ipairs(redis.call('KEYS', '*:d:*:u:*')) do
              bytes, rows = bytes + redis.call('MEMORY', 'USAGE', key, 'SAMPLES', '0'), rows + redis.call('HLEN', key)
            end
            return { bytes, rows }
            """;
        var counts = Number().Matches(await redis.CommandAsync("EVAL", Script, "0")).Select(n => double.Parse(n.Groups[1].Value, CultureInfo.InvariantCulture)).ToArray();
        return counts[0] / counts[1];
    }

    [GeneratedRegex("cmdstat_([^:]+):calls=([0-9]+)")]
    private static partial Regex CommandCount();

    [GeneratedRegex(@"used_cpu_(?:sys|user):([0-9.]+)")]
    private static partial Regex ProcessorTime();

    [GeneratedRegex(":([0-9]+)")]
    private static partial Regex Number();
}
