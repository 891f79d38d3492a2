using System.Text.Json;
using System.Text.RegularExpressions;
using LlmTelemetry.TestKit;
using YamlDotNet.RepresentationModel;

namespace LlmTelemetry.Contract.Tests;

/// <summary>Dashboards and rules ask only for names that the code emits, in the spelling that Prometheus gives them.</summary>
public sealed partial class WatchedNamesTests
{
    private static readonly HashSet<string> MetricNames = [.. Names.Metrics.SelectMany(Names.InPrometheus)];
    private static readonly HashSet<string> LabelNames = [.. Names.Attributes.Select(Names.Escaped)];

    [Fact]
    public void Rules_ask_only_for_names_that_the_code_emits()
    {
        var files = Repository.Files("prometheus/rules", "*.yml").Where(file => !file.Contains("/tests/", StringComparison.Ordinal)).ToArray();
        Assert.NotEmpty(files);
        var recorded = files.SelectMany(file => Scalars(file, "record")).ToHashSet(StringComparer.Ordinal);
        var expressions = files.SelectMany(file => Scalars(file, "expr")).ToArray();
        Assert.NotEmpty(expressions);
        Assert.Empty(expressions.SelectMany(Strangers).Except(recorded));
    }

    [Fact]
    public void Dashboards_ask_only_for_names_that_the_code_emits()
    {
        var recorded = Repository.Files("prometheus/rules", "*.yml").SelectMany(file => Scalars(file, "record")).ToHashSet(StringComparer.Ordinal);
        var queries = Repository.Files("grafana", "*.json").SelectMany(file => Queries(JsonDocument.Parse(Repository.Read(file)).RootElement)).ToArray();
        Assert.NotEmpty(queries);
        Assert.Empty(queries.SelectMany(Strangers).Except(recorded));
    }

    [Theory]
    [InlineData("sum by (user_idd) (llm_usage_cost_USD_total)", "user_idd")]
    [InlineData("rate(llm_usage_cost_EUR_total[5m])", "llm_usage_cost_EUR_total")]
    [InlineData("gen_ai_client_operation_duration_seconds_bucket{gen_ai_system=\"x\"}", "gen_ai_system")]
    public void A_stray_name_is_found(string query, string stray) => Assert.Equal([stray], Strangers(query));

    // What looks like one of our metrics or labels and is none. Words that belong to PromQL, Prometheus or the target have no such prefix.
    private static IEnumerable<string> Strangers(string query) =>
        Word().Matches(Text().Replace(query, "\"\"")).Select(m => m.Value).Distinct().Where(word => !MetricNames.Contains(word) && !LabelNames.Contains(word));

    private static IEnumerable<string> Scalars(string file, string key)
    {
        var yaml = new YamlStream();
        yaml.Load(new StringReader(Repository.Read(file)));
        return yaml.Documents.SelectMany(d => d.AllNodes).OfType<YamlMappingNode>()
            .SelectMany(node => node.Children)
            .Where(pair => pair.Key is YamlScalarNode { Value: { } name } && name == key)
            .Select(pair => ((YamlScalarNode)pair.Value).Value!);
    }

    private static IEnumerable<string> Queries(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(property =>
            property.Name is "expr" or "query" or "definition" && property.Value.ValueKind == JsonValueKind.String ? [property.Value.GetString()!] : Queries(property.Value)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(Queries),
        _ => [],
    };

    [GeneratedRegex("\\b(?:gen_ai|llm|user|error)_[a-zA-Z0-9_]+")]
    private static partial Regex Word();

    [GeneratedRegex("\"(?:[^\"\\\\]|\\\\.)*\"")]
    private static partial Regex Text();
}
