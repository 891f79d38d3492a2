namespace LlmTelemetry.CostExporter;

/// <summary>
/// What is remembered of the series of one shard of one source, so that each increment is booked once: whatever is delivered twice, late, in another order, after a
/// restart, or by several processes of one name. Bounded. Not thread-safe.
/// </summary>
internal sealed class SeriesState
{
    /// <summary>How many shards the series of a source are divided into; the shard is a part of the series' hash. Never changes: states are kept in stores.</summary>
    public const int Shards = 16;

    /// <summary>Reads what <see cref="ToBytes"/> wrote; nothing: no series yet.</summary>
    /// <exception cref="FormatException">It is none; a newer version's, say.</exception>
    public static SeriesState Read(ReadOnlySpan<byte> content) => throw new NotImplementedException("series");

    /// <summary>Takes a point in and returns what it adds to what was taken in before; zero for a point that was delivered before.</summary>
    /// <param name="point">The point.</param>
    /// <param name="now">The service's clock: says of which series nothing was heard for long.</param>
    /// <param name="ignored">Why it adds nothing and never will, a word of <see cref="Vocabulary.IgnoredReasons"/>; null otherwise.</param>
    public PointSum Advance(in ReceivedPoint point, DateTimeOffset now, out string? ignored) => throw new NotImplementedException("series");

    /// <summary>Whether it is to be written: something was taken in, or it was not written for an hour in which something was heard.</summary>
    public bool IsChanged => throw new NotImplementedException("series");

    /// <summary>The state as bytes; the same state gives the same bytes.</summary>
    public byte[] ToBytes() => throw new NotImplementedException("series");
}
