using LlmTelemetry.EndToEnd.Tests.Watching;
using LlmTelemetry.TestKit;
using YamlDotNet.RepresentationModel;

namespace LlmTelemetry.EndToEnd.Tests.Packaging;

/// <summary>compose.yaml as far as it can be checked without Docker: everything it names is there, and nothing listens beyond this machine.</summary>
public sealed class ComposeTests
{
    private static readonly YamlMappingNode Compose = Read();

    [Fact]
    public void Files_that_are_mounted_exist()
    {
        string[] mounted = [.. Services().SelectMany(service => Texts(service.Value, "volumes")).Where(volume => volume.StartsWith("./", StringComparison.Ordinal)).Select(volume => volume.Split(':')[0][2..])];

        Assert.NotEmpty(mounted);
        Assert.All(mounted, path => Assert.True(Path.Exists(Repository.PathOf(path)), path));
    }

    [Fact]
    public void Names_of_services_volumes_and_configs_are_defined()
    {
        string[] services = [.. Services().Select(service => service.Key)];
        string[] volumes = [.. Keys(Compose, "volumes")], configs = [.. Keys(Compose, "configs")];
        foreach (var (name, service) in Services())
        {
            Assert.All(Names(service, "depends_on"), other => Assert.Contains(other, services));
            Assert.All(Texts(service, "volumes").Select(volume => volume.Split(':')[0]).Where(volume => volume[0] is not ('.' or '/')), volume => Assert.Contains(volume, volumes));
            Assert.All(Maps(service, "configs"), config => Assert.Contains(Text(config, "source"), configs));
            Assert.True(service.Children.ContainsKey("image"), name);
        }

        Assert.All(volumes, volume => Assert.Contains(Services(), service => Texts(service.Value, "volumes").Any(mounted => mounted.StartsWith(volume + ":", StringComparison.Ordinal))));
    }

    [Fact]
    public void Ports_are_published_on_loopback_alone() =>
        Assert.All(Services().SelectMany(service => Texts(service.Value, "ports")), port => Assert.StartsWith("127.0.0.1:", port));

    [Fact]
    public void Hosts_in_addresses_are_services()
    {
        string[] services = [.. Services().Select(service => service.Key)];
        var addresses = Services().SelectMany(service => Values(service.Value, "environment")).Where(value => value.Contains("://", StringComparison.Ordinal)).Select(value => new Uri(value).Host).ToArray();

        Assert.NotEmpty(addresses);
        Assert.All(addresses, host => Assert.Contains(host, services));
    }

    [Fact]
    public void Variables_of_the_collector_are_those_that_its_file_reads()
    {
        var file = Repository.Read("otel-collector.yaml");

        Assert.All(Names(Services()["collector"], "environment"), variable => Assert.Contains("${env:" + variable, file));
    }

    [Fact]
    public void Images_of_our_own_are_what_publishing_makes()
    {
        Assert.Contains($"<ContainerRepository>{Text(Services()["service"], "image").Split(':')[0]}</ContainerRepository>", Repository.Read("src/Service/Service.csproj"));
        Assert.Contains($"<ContainerRepository>{Text(Services()["sample"], "image").Split(':')[0]}</ContainerRepository>", Repository.Read("samples/AspNetChat/AspNetChat.csproj"));
    }

    [Fact]
    public async Task Alertmanager_accepts_its_configuration()
    {
        var (code, output) = await Tool.RunAsync(Server.Need("amtool"), ["check-config", Repository.PathOf("prometheus/alertmanager.yml")], TestContext.Current.CancellationToken);
        Assert.True(code == 0, output);
    }

    private static YamlMappingNode Read()
    {
        var yaml = new YamlStream();
        yaml.Load(new StringReader(Repository.Read("compose.yaml")));
        return (YamlMappingNode)yaml.Documents[0].RootNode;
    }

    private static Dictionary<string, YamlMappingNode> Services() => ((YamlMappingNode)Compose["services"]).ToDictionary(service => service.Key.ToString(), service => (YamlMappingNode)service.Value);

    private static string Text(YamlMappingNode node, string name) => node[name].ToString();

    private static IEnumerable<string> Keys(YamlMappingNode node, string name) => ((YamlMappingNode)node[name]).Select(pair => pair.Key.ToString());

    // A list or a mapping, which Compose takes both.
    private static IEnumerable<string> Names(YamlMappingNode node, string name) => !node.Children.TryGetValue(name, out var found) ? []
        : found is YamlMappingNode map ? map.Select(pair => pair.Key.ToString())
        : ((YamlSequenceNode)found).Select(item => item.ToString());

    private static IEnumerable<string> Values(YamlMappingNode node, string name) => node.Children.TryGetValue(name, out var found) ? ((YamlMappingNode)found).Select(pair => pair.Value.ToString()) : [];

    private static IEnumerable<string> Texts(YamlMappingNode node, string name) => node.Children.TryGetValue(name, out var found) ? ((YamlSequenceNode)found).Select(item => item.ToString()) : [];

    private static IEnumerable<YamlMappingNode> Maps(YamlMappingNode node, string name) => node.Children.TryGetValue(name, out var found) ? ((YamlSequenceNode)found).Cast<YamlMappingNode>() : [];
}
