using System.Globalization;
using System.Text.RegularExpressions;
using LlmTelemetry.CostExporter;
using LlmTelemetry.EndToEnd.Tests.Watching;
using LlmTelemetry.TestKit;

namespace LlmTelemetry.EndToEnd.Tests.Demonstration;

/// <summary>The demo's history: what the ledger holds and what Prometheus is given are one.</summary>
public sealed partial class HistoryTests
{
    private const double Days = 0.4;
    private const double Relative = 1e-9;

    [Fact]
    public async Task Counters_gauges_and_ledger_of_a_past_say_the_same()
    {
        var stop = TestContext.Current.CancellationToken;
        using var samples = await PastSamples.WriteAsync(Days, stop);
        UsageReportRow total;
        await using (var ledger = CostExporterHost.Start(o => o.Store = samples.Store))
        {
            total = (await ledger.Reports.QueryAsync(new() { From = ledger.Reports.Today.AddDays(-3), To = ledger.Reports.Today }, stop)).Total;
        }

        // The script that ran away is in it, whatever the time of day.
        Assert.InRange(total.Calls, 200, 2_000);
        Assert.True(samples.Sum("llm_usage_calls_total", "error_type=\"429\"") > 0);
        Assert.Equal(total.Calls, samples.Sum("llm_usage_calls_total"));
        Assert.Equal(total.InputTokens + total.OutputTokens, samples.Sum("llm_usage_tokens_total"));
        var cost = (double)total.Cost!.Value;
        Assert.Equal(cost, samples.Sum("llm_usage_cost_USD_total"), cost * Relative);

        foreach (var (series, values) in samples.Series)
        {
            Assert.True(values.Zip(values.Skip(1)).All(pair => pair.First.At < pair.Second.At), $"out of order: {series}");

            // A series of Prometheus is stale after five minutes.
            Assert.True(!series.StartsWith("llm_usage_", StringComparison.Ordinal) || values.Zip(values.Skip(1)).All(pair => pair.Second.At - pair.First.At < 300), $"with gaps: {series}");
        }

        foreach (var name in new[] { "llm_usage_calls_total", "llm_usage_cost_USD_total", "llm_usage_tokens_total", "gen_ai_client_operation_duration_seconds_count" })
        {
            Assert.NotEmpty(samples.Of(name));
            Assert.All(samples.Of(name), series => Assert.Equal(series.Value.Select(value => value.Value).Order(), series.Value.Select(value => value.Value)));
        }

        AssertDaysOfLedgerAre(samples, total);
    }

    [Fact]
    public async Task Recording_rules_have_a_past_though_one_reads_what_another_records()
    {
        var stop = TestContext.Current.CancellationToken;
        Server.Need("prometheus");
        var rules = Directory.CreateTempSubdirectory("llmtelemetry-rules-");
        try
        {
            // The first reads the second.
            await File.WriteAllTextAsync(
                Path.Combine(rules.FullName, "rules.yml"),
                """
                groups:
                  - name: demo
                    rules:
                      - { record: "calls:twice", expr: "2 * calls:all", labels: { times: "2" } }
                      - { record: "calls:all", expr: "sum(llm_usage_calls_total)" }
                """,
                stop);
            using var samples = await PastSamples.WriteAsync(0.2, stop, "--rules", rules.FullName);
            var (code, dump) = await Tool.RunAsync(Server.Need("promtool"), ["tsdb", "dump", "--match={__name__=\"calls:twice\"}", samples.Folder], stop);
            Assert.True(code == 0, dump);
            var recorded = Dumped().Matches(dump);

            // One of each four minutes, each of which is what the counters said then, or at most four minutes before.
            Assert.InRange(recorded.Count, 70, 75);
            var last = Number(recorded.MaxBy(sample => sample.Groups["at"].Value)!);
            Assert.InRange(last, 2 * samples.SumBefore("llm_usage_calls_total", TimeSpan.FromMinutes(8)), 2 * samples.Sum("llm_usage_calls_total"));
            Assert.True(last > 400, "The script that ran away is in it.");
        }
        finally
        {
            rules.Delete(recursive: true);
        }
    }

    // Of each day the last value, as the day ends with all of its spend; between two samples of midnight some calls of the old day end.
    private static void AssertDaysOfLedgerAre(PastSamples samples, UsageReportRow total)
    {
        var days = samples.Of("llm_ledger_calls").Where(series => series.Key.Contains("llm_ledger_period=\"day\"", StringComparison.Ordinal)).SelectMany(series => series.Value)
            .GroupBy(sample => sample.At).Select(moment => (At: DateTimeOffset.FromUnixTimeSeconds(moment.Key), Calls: moment.Sum(sample => sample.Value)))
            .GroupBy(moment => moment.At.Date).Sum(day => day.MaxBy(moment => moment.At).Calls);
        Assert.InRange(days, total.Calls - 10, total.Calls);
    }

    private static double Number(Match sample) => double.Parse(sample.Groups["value"].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^\{__name__=""calls:twice"", times=""2""\} (?<value>\S+) (?<at>\d+)$", RegexOptions.Multiline)]
    private static partial Regex Dumped();
}
