using LlmTelemetry.TestKit;

namespace LlmTelemetry.EndToEnd.Tests.Watching.Queries;

/// <summary>What Prometheus calls a metric that comes by OTLP (UnderscoreEscapingWithSuffixes).</summary>
internal static class OtlpNames
{
    public static string Escaped(string name) => name.Replace('.', '_');

    /// <summary>Of a histogram there are three.</summary>
    public static string[] Of(DocumentedMetric metric)
    {
        // Units in braces only annotate, and a name that ends in its unit does not get it again.
        var unit = metric.Unit switch { "s" => "_seconds", "By" => "_bytes", "1" when metric.Kind == "gauge" => "_ratio", "1" or ['{', ..] => "", var other => "_" + other };
        var name = Escaped(metric.Name);
        name = name.EndsWith(unit, StringComparison.Ordinal) ? name : name + unit;
        return metric.Kind switch
        {
            "counter" => [name + "_total"],
            "histogram" => [name + "_bucket", name + "_sum", name + "_count"],
            _ => [name],
        };
    }

    /// <summary>As Prometheus' text format says it.</summary>
    public static string TypeOf(DocumentedMetric metric) => metric.Kind is "counter" or "histogram" ? metric.Kind : "gauge";
}
