using System.Diagnostics.Metrics;

namespace LlmTelemetry.Service;

/// <summary>What kind of metric a family is.</summary>
internal enum MetricKind
{
    Gauge,
    Counter,
}

/// <summary>All points of one metric.</summary>
/// <param name="Name">Its name in OpenTelemetry.</param>
/// <param name="Unit">Its unit there; null: none.</param>
/// <param name="Kind">Its kind.</param>
/// <param name="Help">What it is.</param>
/// <param name="Points">Its points. No two have the same tags.</param>
internal sealed record MetricFamily(string Name, string? Unit, MetricKind Kind, string Help, IReadOnlyList<MetricPoint> Points)
{
    /// <summary>A gauge's measurements.</summary>
    public static MetricFamily Gauge(string name, string? unit, string help, IEnumerable<Measurement<double>> points) =>
        new(name, unit, MetricKind.Gauge, help, [.. points.Select(point => new MetricPoint(point.Value, [.. point.Tags]))]);

    /// <inheritdoc cref="Gauge(string, string?, string, IEnumerable{Measurement{double}})"/>
    public static MetricFamily Gauge(string name, string? unit, string help, IEnumerable<Measurement<long>> points) =>
        new(name, unit, MetricKind.Gauge, help, [.. points.Select(point => new MetricPoint(point.Value, [.. point.Tags]))]);
}

/// <summary>One point.</summary>
/// <param name="Value">Its value: of counts exact to 2^53, as Prometheus has it.</param>
/// <param name="Tags">Its attributes.</param>
internal readonly record struct MetricPoint(double Value, IReadOnlyList<KeyValuePair<string, object?>> Tags);
