using System.Globalization;
using System.Text;
using LlmTelemetry.Service;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using SdkPoint = OpenTelemetry.Metrics.MetricPoint;

namespace LlmTelemetry.Demo;

/// <summary>Writes points as Prometheus has them: under the names that its OTLP receiver gives them, with the labels of who publishes them.</summary>
/// <param name="text">Where to.</param>
/// <param name="job">What publishes.</param>
/// <param name="instance">Which one of them.</param>
/// <param name="environment">Where it is deployed, as prometheus-otlp.yml makes a label of it; null: not said.</param>
internal sealed class Samples(OpenMetricsText text, string job, string instance, string? environment = null)
{
    private const string Total = "_total";

    private readonly string _publisher =
        (environment is null ? "" : OpenMetricsText.Label("deployment_environment_name", environment) + ",") + $"{OpenMetricsText.Label("instance", instance)},{OpenMetricsText.Label("job", job)}";

    /// <summary>What <c>/metrics</c> of the service says.</summary>
    public void Add(MetricFamily family, long at)
    {
        var name = PrometheusText.NameOf(family);
        var lines = FamilyOf(name, family.Kind == MetricKind.Counter ? "counter" : "gauge");
        foreach (var point in family.Points)
        {
            OpenMetricsText.Add(lines, name, Labels(point.Tags), point.Value, at);
        }
    }

    /// <summary>What the SDK would send.</summary>
    public void Add(Metric metric, long at)
    {
        var isCounter = metric.MetricType is MetricType.LongSum or MetricType.DoubleSum;
        var isHistogram = metric.MetricType == MetricType.Histogram;
        var name = PrometheusText.NameOf(new MetricFamily(metric.Name, metric.Unit, isCounter ? MetricKind.Counter : MetricKind.Gauge, "", []));
        var lines = FamilyOf(name, isCounter ? "counter" : isHistogram ? "histogram" : "gauge");
        foreach (ref readonly var point in metric.GetMetricPoints())
        {
            var labels = Labels(point.Tags);
            if (isHistogram)
            {
                AddHistogram(lines, name, labels, in point, at);
            }
            else
            {
                OpenMetricsText.Add(lines, name, labels, ValueOf(metric.MetricType, in point), at);
            }
        }
    }

    private StringBuilder FamilyOf(string name, string type) => text.Family(type == "counter" ? name[..^Total.Length] : name, type);

    private static double ValueOf(MetricType type, in SdkPoint point) => type switch
    {
        MetricType.LongSum or MetricType.LongSumNonMonotonic => point.GetSumLong(),
        MetricType.DoubleSum or MetricType.DoubleSumNonMonotonic => point.GetSumDouble(),
        MetricType.LongGauge => point.GetGaugeLastValueLong(),
        MetricType.DoubleGauge => point.GetGaugeLastValueDouble(),
        _ => throw new NotSupportedException($"{type} is nothing that our meters publish."),
    };

    private static void AddHistogram(StringBuilder lines, string name, string labels, in SdkPoint point, long at)
    {
        var below = 0L;
        foreach (var bucket in point.GetHistogramBuckets())
        {
            below += bucket.BucketCount;
            var bound = double.IsPositiveInfinity(bucket.ExplicitBound) ? "+Inf" : bucket.ExplicitBound.ToString(CultureInfo.InvariantCulture);
            OpenMetricsText.Add(lines, name + "_bucket", $"{labels},{OpenMetricsText.Label("le", bound)}", below, at);
        }

        OpenMetricsText.Add(lines, name + "_count", labels, point.GetHistogramCount(), at);
        OpenMetricsText.Add(lines, name + "_sum", labels, point.GetHistogramSum(), at);
    }

    private string Labels(ReadOnlyTagCollection tags)
    {
        var labels = new StringBuilder(_publisher);
        foreach (var (name, value) in tags)
        {
            Add(labels, name, value);
        }

        return labels.ToString();
    }

    private string Labels(IEnumerable<KeyValuePair<string, object?>> tags)
    {
        var labels = new StringBuilder(_publisher);
        foreach (var (name, value) in tags)
        {
            Add(labels, name, value);
        }

        return labels.ToString();
    }

    // To Prometheus a label without text is no label.
    private static void Add(StringBuilder labels, string name, object? value)
    {
        if (Convert.ToString(value, CultureInfo.InvariantCulture) is { Length: > 0 } said)
        {
            labels.Append(',').Append(OpenMetricsText.Label(name.Replace('.', '_'), said));
        }
    }
}
