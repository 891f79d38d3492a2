using System.Globalization;

namespace LlmTelemetry.CostExporter;

/// <summary>Beats as stores keep them: instance, host, process, milliseconds since 1970, milliseconds of the interval (-1: none), whether there is a journal.</summary>
internal static class BeatText
{
    private const int Parts = 6;
    private const string Journaled = "1";

    private static readonly TimeSpan LeastOverdue = TimeSpan.FromMinutes(1);

    public static string Of(ExporterBeat beat) => KeyText.Join(
        beat.Instance,
        beat.Host,
        beat.ProcessId.ToString(CultureInfo.InvariantCulture),
        beat.At.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture),
        ((long)beat.Interval.TotalMilliseconds).ToString(CultureInfo.InvariantCulture),
        beat.Journal ? Journaled : "0");

    /// <summary>Null: it is none of this version's.</summary>
    public static ExporterBeat? Parse(string text)
    {
        var parts = new string?[Parts];
        _ = KeyText.Split(text, parts);
        return parts is [{ } instance, { } host, _, _, _, { } journal] && Number(parts[2]) is { } process && Number(parts[3]) is { } at && Number(parts[4]) is { } interval
            ? new ExporterBeat(instance, host, (int)process, DateTimeOffset.FromUnixTimeMilliseconds(at), TimeSpan.FromMilliseconds(interval), journal == Journaled)
            : null;
    }

    /// <summary>How old a beat is when its exporter counts as dead; one that has no interval never does by age.</summary>
    public static TimeSpan Overdue(ExporterBeat beat)
    {
        if (beat.Interval < TimeSpan.Zero)
        {
            return TimeSpan.MaxValue;
        }

        var three = beat.Interval * 3;
        return three > LeastOverdue ? three : LeastOverdue;
    }

    private static long? Number(string? text) => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;
}
