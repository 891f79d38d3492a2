using System.Diagnostics.Metrics;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.CostExporter;

/// <summary>Counts the points of metrics that are not booked, by reason.</summary>
internal static class IgnoredPoints
{
    private static readonly Counter<long> Ignored = ExporterMetrics.Meter.CreateCounter<long>(
        Metrics.ExporterIgnored, Units.Point, "Points of metrics that were not booked: seen twice, or not to be added up.");

    public static void Count(string reason) => Ignored.Add(1, new KeyValuePair<string, object?>(Attributes.Reason, reason));
}
