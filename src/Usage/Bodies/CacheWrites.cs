namespace LlmTelemetry.Usage;

/// <summary>Tokens written to the cache, and the part of them that lives for an hour, which costs more.</summary>
internal static class CacheWrites
{
    /// <summary>The larger one of the whole and its parts: what lives how long is not known of the rest is written for the default time.</summary>
    public static long? Whole(BodyReport report, long? whole, long? minutes, long? hour) =>
        report.Sum(minutes, hour) is not { } parts ? whole : whole is { } said ? Math.Max(said, parts) : parts;
}
