using System.Text.RegularExpressions;
using LlmTelemetry.TestKit;

namespace LlmTelemetry.EndToEnd.Tests.AspNetChat;

/// <summary>What Prometheus finds at /metrics of samples/AspNetChat.</summary>
public sealed partial class ScrapeTests
{
    [Fact]
    public async Task Scraped_metrics_are_the_documented_ones_with_the_cost_of_the_answer()
    {
        await using var server = await ChatServer.StartAsync();
        using var ada = await ChatTests.SignInAsync(server, "ada");
        await ChatTests.AskAsync(ada);
        var page = await ada.GetStringAsync("/metrics", TestContext.Current.CancellationToken);

        var documented = DocumentedMetrics.All.Select(Scraped).ToHashSet();
        var scraped = Kind().Matches(page).Select(line => line.Groups[1].Value).Where(line => line != "target_info gauge").ToHashSet();
        Assert.Contains("llm_usage_calls_total counter", scraped);
        Assert.Subset(documented, scraped);
        Assert.Equal(0.000093, Cost().Matches(page).Sum(line => double.Parse(line.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture)), 12);
    }

    private static string Scraped(DocumentedMetric metric)
    {
        var unit = metric.Unit switch
        {
            "s" => "_seconds",
            ['{', ..] => "",
            _ => "_" + metric.Unit,
        };
        return $"{metric.Name.Replace('.', '_')}{unit}{(metric.Kind == "counter" ? "_total" : "")} {metric.Kind}";
    }

    [GeneratedRegex(@"^# TYPE (\w+ \w+)", RegexOptions.Multiline)]
    private static partial Regex Kind();

    [GeneratedRegex(@"^llm_usage_cost_USD_total\{.*user_id=""ada"".*\} (\S+)", RegexOptions.Multiline)]
    private static partial Regex Cost();
}
