using System.Globalization;

namespace LlmTelemetry.CostExporter;

/// <summary>The list of the exporters that live.</summary>
internal static class RedisBeats
{
    // Signs of life get lost: two may, and the one after them has a moment to arrive.
    private const int SignsToWaitFor = 3;

    private static readonly TimeSpan ShortestWait = TimeSpan.FromSeconds(5);

    // Of an exporter that sends only when it is told to, nothing says when that is.
    private static readonly TimeSpan WaitWithoutInterval = TimeSpan.FromDays(1);

    private static readonly string BeatScript = StoreScript.Read("beat.lua");

    /// <summary>See <see cref="ISpendStore.BeatAsync"/>.</summary>
    public static async Task<IReadOnlyList<ExporterBeat>> BeatAsync(RedisConnection connection, Keys keys, ExporterBeat beat, CancellationToken cancellationToken)
    {
        var wait = beat.Interval <= TimeSpan.Zero ? WaitWithoutInterval : beat.Interval * SignsToWaitFor;
        var seconds = (long)Math.Ceiling((wait > ShortestWait ? wait : ShortestWait).TotalSeconds);
        var kept = (long)RedisBatch.NumberKept.TotalSeconds + seconds;
        var ended = ((string[]?)await connection.RunAsync(
            BeatScript, [keys.Exporters, keys.Beats], [beat.Instance, seconds, Write(beat), beat.Ends ? 1 : 0, kept], cancellationToken).ConfigureAwait(false))!;
        return [.. ended.Chunk(2).Select(pair => Read(pair[0], pair[1]))];
    }

    private static string Write(ExporterBeat beat) => KeyText.Join(
        beat.Host, Text(beat.ProcessId), Text(beat.At.ToUnixTimeMilliseconds()), Text((long)beat.Interval.TotalMilliseconds), beat.Journal ? "1" : "0");

    private static ExporterBeat Read(string instance, string text)
    {
        Span<string?> parts = new string?[5];
        KeyText.Split(text, parts);
        return new ExporterBeat(
            instance, parts[0] ?? "", (int)Number(parts[1]), DateTimeOffset.FromUnixTimeMilliseconds(Number(parts[2])), TimeSpan.FromMilliseconds(Number(parts[3])), parts[4] == "1");
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static long Number(string? text) => long.Parse(text ?? "0", NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
}
