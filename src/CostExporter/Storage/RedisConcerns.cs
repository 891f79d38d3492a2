using System.Globalization;

namespace LlmTelemetry.CostExporter;

/// <summary>What should be changed on a server that keeps spend, each as a sentence that says what to do.</summary>
internal static class RedisConcerns
{
    private const int NearlyFullPercent = 90;

    public static IEnumerable<string> Of(RedisInfo info)
    {
        if (info["role"] is "slave" or "replica")
        {
            yield return "It is a replica, which takes no writes: name its master in the store's address.";
        }

        if (info["maxmemory_policy"] is { } policy and not "noeviction")
        {
            yield return $"maxmemory-policy is {policy}: when memory runs out, rows are deleted and what they hold is lost. Set maxmemory-policy noeviction: then batches wait until there is room.";
        }

        if (info.Number("maxmemory") is { } most and > 0 && info.Number("used_memory") is { } used && used * 100 / most is var percent and >= NearlyFullPercent)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{percent} % of maxmemory are in use: batches are refused, and wait, when it is full. Raise maxmemory, or keep less.");
        }

        if (info["aof_enabled"] == "0")
        {
            yield return "It keeps no append-only file: what came after its last snapshot is lost when it ends. Set appendonly yes, and appendfsync always where nothing may be lost.";
        }

        if (info[RedisInfo.AppendFsync] == "no")
        {
            yield return "appendfsync is no: what the machine has not written by itself, up to half a minute, is lost with it. Set appendfsync always, or everysec.";
        }

        if (info["aof_last_write_status"] is { } written and not "ok")
        {
            yield return $"Its append-only file cannot be written ({written}): see its log, and whether its disk is full.";
        }
    }
}
