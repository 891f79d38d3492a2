namespace LlmTelemetry.CostExporter;

/// <summary>Times as OTLP has them: nanoseconds since 1970-01-01T00:00Z.</summary>
internal static class UnixTime
{
    private const ulong NanosecondsPerTick = 100;

    /// <summary>0 for what was before.</summary>
    public static ulong Of(DateTimeOffset moment) => (ulong)Math.Max(0, moment.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks) * NanosecondsPerTick;

    /// <summary>Any number is a time: the last one is in the year 2554.</summary>
    public static DateTimeOffset ToMoment(ulong nanoseconds) => DateTimeOffset.UnixEpoch.AddTicks((long)(nanoseconds / NanosecondsPerTick));
}
