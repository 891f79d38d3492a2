using LlmTelemetry.EndToEnd.Tests.Watching.Queries;
using LlmTelemetry.TestKit;

namespace LlmTelemetry.EndToEnd.Tests.Watching;

/// <summary>The names and labels under which our metrics really are in Prometheus: those of docs/metrics.md, as OTLP translates them and as the service writes them.</summary>
[Collection(OfTheWatchedSystem.Name)]
public sealed class TranslationTests(WatchedSystem system)
{
    // What Prometheus adds, and what prometheus-otlp.yml promotes.
    private static readonly string[] OfTheTarget = ["__name__", "job", "instance", "le", "deployment_environment_name"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_name_that_arrives_is_a_translation_of_a_documented_metric()
    {
        await system.StartAsync();
        var arrived = (await system.Prometheus.Api.LabelValuesAsync("__name__", null, Cancellation)).Where(IsOurs).ToArray();
        Assert.Empty(arrived.Except(DocumentedMetrics.All.SelectMany(OtlpNames.Of)));
    }

    [Fact]
    public async Task Every_documented_metric_arrives_or_is_known_to_have_nothing_to_say_here()
    {
        await system.StartAsync();
        var arrived = (await system.Prometheus.Api.LabelValuesAsync("__name__", null, Cancellation)).ToHashSet(StringComparer.Ordinal);
        var silent = DocumentedMetrics.All.Where(metric => !OtlpNames.Of(metric).Any(arrived.Contains)).Select(metric => metric.Name).Distinct().Where(name => name != SilentMetrics.Sometimes).Order();
        Assert.True(silent.SequenceEqual(SilentMetrics.Names.Order()), $"These do not arrive:\n{string.Join('\n', silent)}");
    }

    [Fact]
    public async Task Every_label_is_an_attribute_that_the_metric_is_documented_to_have()
    {
        await system.StartAsync();
        foreach (var (metric, labels) in DocumentedMetrics.All.GroupBy(metric => metric.Name).Select(rows => (rows.First(), rows.SelectMany(row => row.Attributes).Select(OtlpNames.Escaped).Concat(OfTheTarget).ToHashSet())))
        {
            foreach (var name in OtlpNames.Of(metric))
            {
                Assert.Empty((await system.Prometheus.Api.SeriesAsync(name, Cancellation)).SelectMany(series => series.Keys).Distinct().Except(labels).Select(label => $"{label} of {name}"));
            }
        }
    }

    [Fact]
    public async Task The_service_writes_the_same_names_and_types_that_are_pushed()
    {
        await system.StartAsync();
        var types = await system.Scraping.Api.TypesAsync(Cancellation);
        var written = (await system.Scraping.Api.LabelValuesAsync("__name__", null, Cancellation)).Where(IsOurs).ToArray();
        Assert.NotEmpty(written);
        Assert.Empty(written.Except(DocumentedMetrics.All.SelectMany(OtlpNames.Of)));
        var expected = DocumentedMetrics.All.SelectMany(metric => OtlpNames.Of(metric).Select(name => (name, Type: OtlpNames.TypeOf(metric)))).ToLookup(metric => metric.name, metric => metric.Type);
        Assert.All(written, name => Assert.Contains(types[name], expected[name]));
    }

    private static bool IsOurs(string name) => name.StartsWith("llm_", StringComparison.Ordinal) || name.StartsWith("gen_ai_", StringComparison.Ordinal);
}
