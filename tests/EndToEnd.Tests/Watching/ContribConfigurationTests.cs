using LlmTelemetry.TestKit;
using YamlDotNet.RepresentationModel;

namespace LlmTelemetry.EndToEnd.Tests.Watching;

/// <summary>otel-collector.contrib.yaml, as far as it can be checked without the distribution that it is for.</summary>
public sealed class ContribConfigurationTests
{
    private const string File = "otel-collector.contrib.yaml";

    // Of those that distributions/otelcol-contrib/manifest.yaml (open-telemetry/opentelemetry-collector-releases) lists, the ones that we use.
    private static readonly HashSet<string> InContrib = ["extensions/file_storage", "receivers/otlp", "processors/memory_limiter", "processors/batch", "processors/transform", "exporters/prometheus", "exporters/otlp_http"];

    // Of those, the ones that the Collector of the tests knows.
    private static readonly HashSet<string> InCore = [.. InContrib.Except(["extensions/file_storage", "processors/transform", "exporters/prometheus"])];

    private static readonly string[] Said = ["gen_ai.input.messages", "gen_ai.output.messages", "gen_ai.system_instructions", "gen_ai.tool.call.arguments", "gen_ai.tool.call.result"];
    private static readonly string[] Kinds = ["extensions", "receivers", "processors", "exporters"];

    [Fact]
    public void Every_component_is_one_of_the_contrib_distribution() =>
        Assert.Empty(Kinds.SelectMany(kind => Defined(Read(File), kind).Select(name => $"{kind}/{TypeOf(name)}")).Except(InContrib));

    [Fact]
    public void Pipelines_name_what_is_defined_and_everything_defined_is_used()
    {
        var root = Read(File);
        foreach (var kind in Kinds)
        {
            Assert.Equal(Defined(root, kind).Order(), Used(root, kind).Distinct().Order());
        }
    }

    [Fact]
    public void Usage_events_go_the_way_that_is_run_for_real() => Assert.Equal(Read("otel-collector.yaml")["exporters"]["otlp_http/usage"], Read(File)["exporters"]["otlp_http/usage"]);

    [Theory]
    [InlineData("trace_statements")]
    [InlineData("log_statements")]
    public void What_was_said_to_models_and_by_them_is_taken_out(string signal)
    {
        var contexts = (YamlSequenceNode)Read(File)["processors"]["transform/scrub"][signal];
        var statements = Names(contexts.First(context => ((YamlScalarNode)context["context"]).Value is "span" or "log")["statements"]).ToArray();
        Assert.All(Said, name => Assert.Contains($"delete_key(attributes, \"{name}\")", statements));
    }

    [Fact]
    public async Task A_real_collector_accepts_what_the_core_distribution_knows_of_it()
    {
        var root = Read(File);
        foreach (var kind in Kinds)
        {
            var components = (YamlMappingNode)root[kind];
            foreach (var name in Defined(root, kind).Where(name => !InCore.Contains($"{kind}/{TypeOf(name)}")))
            {
                components.Children.Remove(new YamlScalarNode(name));
                Forget((YamlMappingNode)root["service"], name);
            }
        }

        ((YamlMappingNode)root["exporters"]["otlp_http/foreign"]["sending_queue"]).Children.Remove(new YamlScalarNode("storage"));
        var pipelines = (YamlMappingNode)root["service"]["pipelines"];
        pipelines.Children.Remove(new YamlScalarNode("metrics/people"));
        ((YamlMappingNode)root["processors"]).Children.Remove(new YamlScalarNode("batch"));
        var file = Path.GetTempFileName();
        try
        {
            await using (var text = new StreamWriter(file))
            {
                new YamlStream(new YamlDocument(root)).Save(text, assignAnchors: false);
            }

            var (code, output) = await Tool.RunAsync(Server.Need("otelcol"), ["validate", "--config", file], TestContext.Current.CancellationToken);
            Assert.True(code == 0, output);
        }
        finally
        {
            System.IO.File.Delete(file);
        }
    }

    private static YamlMappingNode Read(string file)
    {
        var yaml = new YamlStream();
        yaml.Load(new StringReader(Repository.Read(file)));
        return (YamlMappingNode)yaml.Documents.Single().RootNode;
    }

    private static string TypeOf(string name) => name.Split('/')[0];

    private static string[] Defined(YamlMappingNode root, string kind) => [.. ((YamlMappingNode)root[kind]).Children.Keys.Select(key => ((YamlScalarNode)key).Value!)];

    private static IEnumerable<string> Used(YamlMappingNode root, string kind) => kind == "extensions"
        ? Names(root["service"]["extensions"])
        : ((YamlMappingNode)root["service"]["pipelines"]).Children.Values.SelectMany(pipeline => Names(pipeline[kind]));

    private static IEnumerable<string> Names(YamlNode list) => ((YamlSequenceNode)list).Select(name => ((YamlScalarNode)name).Value!);

    private static void Forget(YamlNode node, string name)
    {
        foreach (var list in node.AllNodes.OfType<YamlSequenceNode>().ToArray())
        {
            list.Children.Remove(new YamlScalarNode(name));
        }
    }
}
