using System.Text.RegularExpressions;
using LlmTelemetry.TestKit;

namespace LlmTelemetry.Contract.Tests.Watching;

/// <summary>Every series that a query may ask for: those of our metrics, those that rules record, and a few of Prometheus and the Collector.</summary>
internal sealed partial class WatchedSeries
{
    private static readonly PrometheusSeries[] OfOthers =
    [
        Of("up", PrometheusNames.Count),
        Of("target_info", "1", "service_version", "telemetry_sdk_language", "telemetry_sdk_name", "telemetry_sdk_version", "deployment_environment_name", "host_name"),

        // As otelcol 0.152 shows them with otel-collector.yaml; other builds end them in _total.
        .. from items in new[] { "metric_points", "log_records", "spans", "metric_points_total", "log_records_total", "spans_total" }
           from part in new[]
           {
               Of("otelcol_receiver_accepted_", PrometheusNames.Count, "receiver", "transport"), Of("otelcol_receiver_refused_", PrometheusNames.Count, "receiver", "transport"),
               Of("otelcol_receiver_failed_", PrometheusNames.Count, "receiver", "transport"), Of("otelcol_exporter_sent_", PrometheusNames.Count, "exporter", "server_address", "server_port", "url_path"),
               Of("otelcol_exporter_send_failed_", PrometheusNames.Count, "exporter", "error_type", "error_permanent", "server_address", "server_port", "url_path"), Of("otelcol_exporter_enqueue_failed_", PrometheusNames.Count, "exporter"),
               Of("otelcol_processor_accepted_", PrometheusNames.Count, "processor"), Of("otelcol_processor_refused_", PrometheusNames.Count, "processor"),
           }
           select part with { Name = part.Name + items },
        Of("otelcol_exporter_queue_size", PrometheusNames.Count, "exporter", "data_type"),
        Of("otelcol_exporter_queue_capacity", PrometheusNames.Count, "exporter", "data_type"),
        Of("otelcol_process_uptime", "s"),
        Of("otelcol_process_memory_rss", "By"),
    ];

    private readonly Dictionary<string, PrometheusSeries> _known;

    public WatchedSeries(WatchedRules rules, IEnumerable<string> resourceLabels)
    {
        string[] promoted = [.. resourceLabels];
        _known = PrometheusNames.All.Values.Concat(OfOthers)
            .ToDictionary(series => series.Name, series => series with { Labels = series.Labels.Concat(promoted).ToHashSet(StringComparer.Ordinal) }, StringComparer.Ordinal);

        // A recorded series may be made of others: what is not known yet is known in one of the next rounds.
        var recorded = rules.All.Where(rule => !rule.IsAlert).GroupBy(rule => rule.Name, StringComparer.Ordinal).ToArray();
        for (var (round, isNew) = (0, true); isNew && round < recorded.Length; round++)
        {
            isNew = false;
            foreach (var same in recorded)
            {
                isNew |= Record(same);
            }
        }

        var alerts = rules.All.Where(rule => rule.IsAlert).SelectMany(LabelsOf).Concat(["alertname", "alertstate"]).ToHashSet(StringComparer.Ordinal);
        _known["ALERTS"] = new("ALERTS", "1", alerts);
        _known["ALERTS_FOR_STATE"] = new("ALERTS_FOR_STATE", "s", alerts);
    }

    /// <summary>What we ship: our rules, and the labels that prometheus-otlp.yml makes of the resource's attributes.</summary>
    public static WatchedSeries Ours { get; } = new(WatchedRules.Ours, PromotedIn(Repository.Read("prometheus/prometheus-otlp.yml")));

    public PrometheusSeries? this[string name] => _known.GetValueOrDefault(name);

    /// <summary>The series that a pattern of <c>__name__</c> finds.</summary>
    public IEnumerable<PrometheusSeries> Matching(string pattern) => _known.Values.Where(series => Regex.IsMatch(series.Name, $"^(?:{pattern})$"));

    /// <summary>Whether any of them has it.</summary>
    public bool HasLabel(string label) => _known.Values.Any(series => series.Labels.Contains(label));

    /// <summary>The labels that an alert or a recorded series can have.</summary>
    public IReadOnlySet<string> LabelsOf(WatchedRule rule) => new SeriesLabels(this).Of(PromQl.Parse(rule.Expression)).Concat(rule.Labels.Keys).ToHashSet(StringComparer.Ordinal);

    private static IEnumerable<string> PromotedIn(string configuration) =>
        Promoted().Match(configuration).Groups[1].Value.Split([',', ' '], StringSplitOptions.RemoveEmptyEntries).Select(PrometheusNames.Label);

    private static PrometheusSeries Of(string name, string unit, params string[] labels) => new(name, unit, new HashSet<string>([.. labels, "job", "instance"]));

    // Whether this made known anything that was not.
    private bool Record(IGrouping<string, WatchedRule> rules)
    {
        var labels = rules.SelectMany(LabelsOf).ToHashSet(StringComparer.Ordinal);
        var before = this[rules.Key];
        var now = new PrometheusSeries(rules.Key, UnitIn(rules.Key) ?? new SeriesUnits(this).Of(PromQl.Parse(rules.First().Expression)), labels);
        _known[rules.Key] = now;
        return before is null || before.Unit != now.Unit || !before.Labels.SetEquals(labels);
    }

    // The name of a recorded series says what it is in, as the names of metrics do.
    private static string? UnitIn(string name) => Said().Match(name).Value switch
    {
        ":ratio" => "1",
        "_USD" => "USD",
        "_seconds" => "s",
        _ => null,
    };

    [GeneratedRegex(@":ratio|_USD(?=:|$)|_seconds(?=:|$)")]
    private static partial Regex Said();

    [GeneratedRegex(@"promote_resource_attributes:\s*\[([^\]]*)\]")]
    private static partial Regex Promoted();
}
