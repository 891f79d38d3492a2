namespace LlmTelemetry.TestKit;

/// <summary>A series as Prometheus has it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Unit">What its values are in: a unit of OpenTelemetry, <see cref="PrometheusNames.Buckets"/> and that of what is counted for the buckets of a histogram.</param>
/// <param name="Labels">The labels that it can have.</param>
public sealed record PrometheusSeries(string Name, string Unit, IReadOnlySet<string> Labels);

/// <summary>
/// What Prometheus' OTLP receiver makes of the metrics that docs/metrics.md lists, with <c>translation_strategy: UnderscoreEscapingWithSuffixes</c>. The service's
/// /metrics writes the same. The rules are those of github.com/prometheus/otlptranslator.
/// </summary>
public static class PrometheusNames
{
    /// <summary>Begins the unit of a histogram's buckets: calls, by seconds.</summary>
    public const string Buckets = "buckets of ";

    /// <summary>What is counted where no unit says it.</summary>
    public const string Count = "{count}";

    // Of every series that an application pushes or Prometheus scrapes; the last is the metrics SDK's own, where a metric has too many series.
    private static readonly string[] Always = ["job", "instance", "otel_metric_overflow"];

    /// <summary>All series of all documented metrics. One that stands in two tables, because two meters have it, has the labels of both.</summary>
    public static IReadOnlyDictionary<string, PrometheusSeries> All { get; } = DocumentedMetrics.All.SelectMany(Of)
        .GroupBy(series => series.Name, StringComparer.Ordinal)
        .ToDictionary(same => same.Key, same => same.First() with { Labels = same.SelectMany(series => series.Labels).ToHashSet(StringComparer.Ordinal) }, StringComparer.Ordinal);

    public static IEnumerable<PrometheusSeries> Of(DocumentedMetric metric)
    {
        HashSet<string> labels = [.. metric.Attributes.Select(Label), .. Always];
        var name = NameOf(metric);
        return metric.Kind == "histogram"
            ?
            [
                new(name + "_bucket", Buckets + metric.Unit, new HashSet<string>([.. labels, "le"])),
                new(name + "_sum", metric.Unit, labels),
                new(name + "_count", Count, labels),
            ]
            : [new(name, metric.Unit, labels)];
    }

    /// <summary>An attribute as a label.</summary>
    public static string Label(string attribute) => attribute.Replace('.', '_');

    private static string NameOf(DocumentedMetric metric)
    {
        List<string> words = [.. metric.Name.Split(['.', '_'], StringSplitOptions.RemoveEmptyEntries)];
        var unit = metric.Unit switch
        {
            // An annotation is for people. 1 is said of gauges alone, below.
            ['{', ..] or "1" => "",
            "s" => "seconds",
            "ms" => "milliseconds",
            "By" => "bytes",
            var other => other,
        };
        if (unit.Length > 0 && !words.Contains(unit))
        {
            words.Add(unit);
        }

        var kind = (metric.Kind, metric.Unit) switch
        {
            ("counter", _) => "total",
            ("gauge", "1") => "ratio",
            _ => "",
        };
        if (kind.Length > 0)
        {
            words.Remove(kind);
            words.Add(kind);
        }

        return string.Join('_', words);
    }
}
