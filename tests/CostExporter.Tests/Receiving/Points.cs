namespace LlmTelemetry.CostExporter.Tests;

/// <summary>Makes points as they are delivered.</summary>
internal static class Points
{
    public const ulong Second = 1_000_000_000;

    /// <summary>2026-11-22T12:00Z.</summary>
    public static readonly DateTimeOffset Now = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    /// <summary>In nanoseconds, a number of seconds before <see cref="Now"/>.</summary>
    public static ulong At(double secondsBefore) => UnixTime.Of(Now.AddSeconds(-secondsBefore));

    public static PointSum Sum(long value) => PointSum.TryMake(value, out var sum) ? sum : throw new ArgumentOutOfRangeException(nameof(value));

    public static PointSum Sum(double value, long count = 0) => PointSum.TryMake(value, count, out var sum) ? sum : throw new ArgumentOutOfRangeException(nameof(value));

    public static ReceivedPoint Cumulative(PointSum value, ulong start, ulong time, uint series = 1) =>
        new(UsageSourceKind.OwnMetrics, "llm.usage.tokens", default, series, IsDelta: false, start, time, value);

    public static ReceivedPoint Delta(PointSum value, ulong start, ulong time, uint series = 1) =>
        new(UsageSourceKind.OwnMetrics, "llm.usage.tokens", default, series, IsDelta: true, start, time, value);

    /// <summary>What the points add one after the other, in whole units; the state is written and read between any two.</summary>
    public static Int128[] Added(params ReceivedPoint[] points)
    {
        var content = Array.Empty<byte>();
        return
        [
            .. points.Select(point =>
            {
                var state = SeriesState.Read(content);
                var added = state.Advance(in point, Now, out _).In(1);
                content = state.ToBytes();
                return added;
            }),
        ];
    }
}
