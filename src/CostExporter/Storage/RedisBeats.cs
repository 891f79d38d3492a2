using System.Globalization;

namespace LlmTelemetry.CostExporter;

/// <summary>The list of the exporters that live.</summary>
internal static class RedisBeats
{
    private static readonly string BeatScript = StoreScript.Read("beat.lua");

    /// <summary>See <see cref="ISpendStore.BeatAsync"/>.</summary>
    /// <param name="redis">The connection.</param>
    /// <param name="key">The list's key.</param>
    /// <param name="beat">The beat.</param>
    /// <param name="kept">Seconds to keep the list.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<IReadOnlyList<ExporterBeat>> BeatAsync(RedisConnection redis, string key, ExporterBeat beat, long kept, CancellationToken cancellationToken)
    {
        var silent = BeatText.Overdue(beat) is var overdue && overdue == TimeSpan.MaxValue ? -1 : (long)overdue.TotalSeconds;
        var reply = ((string?[]?)await redis.RunAsync(BeatScript, [key], [beat.Instance, beat.Ends ? "" : BeatText.Of(beat), silent, kept], cancellationToken).ConfigureAwait(false))!;
        var overdues = int.Parse(reply[0]!, CultureInfo.InvariantCulture);
        var dead = new List<ExporterBeat>();
        for (var i = 1; i < reply.Length; i++)
        {
            if (BeatText.Parse(reply[i]!) is not { } other)
            {
                continue;
            }

            // Whose process is not there any more Redis cannot know; that its beat is deleted only one caller is told.
            if (i <= overdues
                || (ProcessLife.IsDead(other, beat) && await redis.CallAsync(client => client.HashDeleteAsync(key, other.Instance), cancellationToken).ConfigureAwait(false)))
            {
                dead.Add(other);
            }
        }

        return dead;
    }

    /// <summary>See <see cref="ISpendStore.ReadBeatsAsync"/>.</summary>
    public static async Task<IReadOnlyList<ExporterBeat>> ReadAsync(RedisConnection redis, string key, CancellationToken cancellationToken)
    {
        var fields = await redis.CallAsync(client => client.HashGetAllAsync(key), cancellationToken).ConfigureAwait(false);

        // When it was seen and how long it may be silent stand before each beat (beat.lua).
        return [.. fields.Select(field => ((string?)field.Value ?? "").Split(' ', 3)).Where(parts => parts.Length == 3).Select(parts => BeatText.Parse(parts[2])).OfType<ExporterBeat>()];
    }
}
