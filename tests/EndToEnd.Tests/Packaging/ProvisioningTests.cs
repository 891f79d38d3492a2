using LlmTelemetry.TestKit;
using YamlDotNet.RepresentationModel;

namespace LlmTelemetry.EndToEnd.Tests.Packaging;

/// <summary>Grafana finds the data source and the dashboards where compose.yaml mounts them, as far as that can be checked without a Grafana.</summary>
public sealed class ProvisioningTests
{
    private const string Provider = "grafana/provisioning/dashboards/llmtelemetry.yml";
    private const string Source = "grafana/provisioning/datasources/prometheus.yml";

    // grafana.com/docs/grafana/latest/administration/provisioning: what Grafana does not know it passes over without a word.
    private static readonly HashSet<string> KnownOfProvider =
        ["apiVersion", "providers", "name", "orgId", "folder", "folderUid", "type", "disableDeletion", "updateIntervalSeconds", "allowUiUpdates", "options", "path", "foldersFromFilesStructure"];

    private static readonly HashSet<string> KnownOfSource =
        ["apiVersion", "datasources", "name", "type", "access", "url", "isDefault", "jsonData", "httpMethod", "timeInterval", "prometheusType"];

    [Fact]
    public void The_providers_folder_is_where_compose_mounts_the_dashboards()
    {
        var mounts = Grafana("volumes").Select(volume => volume.ToString().Split(':')).Where(parts => parts[0].StartsWith("./", StringComparison.Ordinal)).ToDictionary(parts => parts[1], parts => parts[0][2..]);
        var one = (YamlMappingNode)Assert.Single((YamlSequenceNode)Read(Provider)["providers"]);

        var folder = mounts[one["options"]["path"].ToString()];
        Assert.NotEmpty(Directory.GetFiles(Repository.PathOf(folder), "*.json"));
        Assert.Equal("grafana/provisioning", mounts["/etc/grafana/provisioning"]);
        Assert.Equal("file", one["type"].ToString());
        Assert.Equal("false", one["allowUiUpdates"].ToString());
    }

    [Theory]
    [InlineData(Provider)]
    [InlineData(Source)]
    public void Each_key_is_one_that_grafana_reads(string file) => Assert.Empty(Strangers(Read(file), file == Provider ? KnownOfProvider : KnownOfSource));

    [Fact]
    public void A_key_that_grafana_does_not_read_is_found() =>
        Assert.Equal(["isdefault"], Strangers(Parse("datasources: [{ name: x, isdefault: true }]"), KnownOfSource));

    [Fact]
    public void Composes_data_source_differs_from_ours_in_its_address_alone()
    {
        var inline = Parse(((YamlScalarNode)Read("compose.yaml")["configs"]["grafana-source"]["content"]).Value!);
        var target = Grafana("configs").Select(config => config["target"].ToString()).Single();

        Assert.Equal("/etc/grafana/" + Source["grafana/".Length..], target);
        Assert.Equal(Settings(Read(Source)), Settings(inline));
        static string[] Settings(YamlMappingNode file) =>
            [.. Flat(file["datasources"][0]).Where(setting => !setting.StartsWith("url", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
    }

    private static IEnumerable<YamlNode> Grafana(string key) => (YamlSequenceNode)Read("compose.yaml")["services"]["grafana"][key];

    private static IEnumerable<string> Strangers(YamlMappingNode file, HashSet<string> known) =>
        file.AllNodes.OfType<YamlMappingNode>().SelectMany(node => node.Children.Keys).Select(key => key.ToString()).Where(key => !known.Contains(key));

    private static IEnumerable<string> Flat(YamlNode node) => node is YamlMappingNode map
        ? map.Children.SelectMany(pair => Flat(pair.Value).Select(rest => $"{pair.Key} {rest}"))
        : [node.ToString()];

    private static YamlMappingNode Read(string file) => Parse(Repository.Read(file));

    private static YamlMappingNode Parse(string text)
    {
        var yaml = new YamlStream();
        yaml.Load(new StringReader(text));
        return (YamlMappingNode)yaml.Documents[0].RootNode;
    }
}
