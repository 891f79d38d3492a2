using System.Globalization;
using System.Text.Json;

namespace LlmTelemetry.Demo;

/// <summary>
/// What recording rules would have recorded of a history: each rule is worked out by a Prometheus over its data, as <c>promtool tsdb create-blocks-from rules</c> does, but
/// wave by wave, because rules read what others record, and into one block for all rules of two hours, in the place of thousands.
/// </summary>
internal sealed class RuleHistory(HistoryPlan plan, string rules)
{
    // As seldom as can be: Prometheus forgets a series after five minutes without a sample.
    private static readonly TimeSpan Step = TimeSpan.FromMinutes(4);
    private static readonly TimeSpan Part = TimeSpan.FromHours(12);

    /// <summary>Adds it to the data.</summary>
    /// <returns>How many series' values there are.</returns>
    /// <exception cref="IOException">Prometheus is not there, or cannot work a rule out.</exception>
    public async Task<long> AddAsync(CancellationToken cancellationToken)
    {
        var samples = 0L;
        foreach (var wave in RecordedRule.Waves(rules))
        {
            var texts = new SortedDictionary<DateTimeOffset, OpenMetricsText>();

            // It reads blocks at its start, so there is one for each wave. Text has no end of a series: what a rule recorded one step ago and no longer does
            // must not be found, or yesterday's figures are taken with today's end, and burn at midnight.
            await using (var prometheus = await LocalPrometheus.StartAsync(plan.Folder, lookback: Step, cancellationToken))
            {
                foreach (var rule in wave)
                {
                    samples += await RecordAsync(prometheus, rule, texts, cancellationToken);
                }
            }

            await using var blocks = new Blocks(plan.Folder, "openmetrics-of-rules", keepsText: false);
            foreach (var (begin, text) in texts)
            {
                await blocks.AddAsync(text, begin, cancellationToken);
            }

            await blocks.CompleteAsync();
        }

        return samples;
    }

    private async Task<long> RecordAsync(LocalPrometheus prometheus, RecordedRule rule, SortedDictionary<DateTimeOffset, OpenMetricsText> texts, CancellationToken cancellationToken)
    {
        var samples = 0L;
        for (var begin = plan.Begin; begin <= plan.End; begin += Part)
        {
            var last = begin + Part > plan.End ? plan.End : begin + Part - Step;
            using var answer = await prometheus.RangeAsync(rule.Expression, begin, last, Step, cancellationToken);
            foreach (var series in answer.RootElement.GetProperty("data").GetProperty("result").EnumerateArray())
            {
                if (!texts.TryGetValue(begin, out var text))
                {
                    texts.Add(begin, text = new OpenMetricsText());
                }

                var family = text.Family(rule.Name, "gauge");
                var labels = LabelsOf(rule, series.GetProperty("metric"));
                foreach (var value in series.GetProperty("values").EnumerateArray())
                {
                    OpenMetricsText.Add(family, rule.Name, labels, Number(value[1].GetString()!), (long)value[0].GetDouble());
                    samples++;
                }
            }
        }

        return samples;
    }

    private static string LabelsOf(RecordedRule rule, JsonElement metric)
    {
        var labels = metric.EnumerateObject().Where(label => label.Name != "__name__").ToDictionary(label => label.Name, label => label.Value.GetString()!);
        foreach (var (name, value) in rule.Labels)
        {
            labels[name] = value;
        }

        return string.Join(',', labels.OrderBy(label => label.Key, StringComparer.Ordinal).Select(label => OpenMetricsText.Label(label.Key, label.Value)));
    }

    private static double Number(string text) => text switch
    {
        "+Inf" => double.PositiveInfinity,
        "-Inf" => double.NegativeInfinity,
        _ => double.Parse(text, CultureInfo.InvariantCulture),
    };
}
