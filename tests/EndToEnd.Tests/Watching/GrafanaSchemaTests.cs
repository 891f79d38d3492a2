using System.Text.Json.Nodes;
using LlmTelemetry.EndToEnd.Tests.Watching.Queries;
using LlmTelemetry.TestKit;

namespace LlmTelemetry.EndToEnd.Tests.Watching;

/// <summary>The dashboards fit Grafana's own types (@grafana/schema of Grafana 12 and 13), and their queries are PromQL.</summary>
public sealed class GrafanaSchemaTests
{
    [Theory]
    [InlineData("12")]
    [InlineData("13")]
    public async Task Dashboards_fit_the_types_of(string grafana)
    {
        var (code, output) = await ValidateAsync(grafana, [.. Repository.Files(GrafanaDashboard.Folder, "*.json").Select(Repository.PathOf)]);
        Assert.True(code == 0, output);
    }

    [Fact]
    public async Task Each_planted_mistake_is_found()
    {
        (string Place, string Said)[] mistakes =
        [
            ("/panels/0/titel", "must NOT have additional properties"),
            ("/panels/0/options/colourMode", "must NOT have additional properties"),
            ("/panels/0/options/graphMode", "must be equal to one of the allowed values"),
            ("/panels/0/gridPos/w", "must be number"),
            ("/panels/0/targets/0/instatn", "must NOT have additional properties"),
            ("/panels/0/targets/0/expr", "not PromQL"),
            ("/panels/0/fieldConfig/defaults/decimal", "must NOT have additional properties"),
            ("/panels/0/type", "has no types"),
            ("/templating/list/1/mutli", "must NOT have additional properties"),
            ("/annotations/list/0/target/expr", "not PromQL"),
            ("/refresh", "must be string"),
        ];
        var folder = Directory.CreateTempSubdirectory("llmtelemetry-dashboards-");
        try
        {
            string[] files = [.. mistakes.Select((_, index) => Path.Combine(folder.FullName, $"{index}.json"))];
            foreach (var (file, mistake) in files.Zip(mistakes))
            {
                await File.WriteAllTextAsync(file, WithMistake(mistake.Place), TestContext.Current.CancellationToken);
            }

            var (code, output) = await ValidateAsync("13", files);

            Assert.Equal(1, code);
            var lines = output.Split('\n');
            Assert.All(mistakes.Select((mistake, index) => (mistake, index)), one => Assert.Contains(
                lines, line => line.StartsWith($"{one.index}.json: ", StringComparison.Ordinal) && line.Contains(one.mistake.Said, StringComparison.Ordinal)));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    // A word where a number belongs, a number where a word belongs, text that is no PromQL: or just a name that there is not.
    private static string WithMistake(string place)
    {
        var board = JsonNode.Parse(Grafana.Dashboards.All[0].ToJson())!;
        var steps = place.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var parent = steps.SkipLast(1).Aggregate(board, (node, step) => int.TryParse(step, out var index) ? node[index]! : node[step]!);
        parent[steps[^1]] = steps[^1] == "refresh" ? 30 : "sum(";
        return board.ToJsonString();
    }

    private static async Task<(int ExitCode, string Output)> ValidateAsync(string grafana, string[] files)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var node = Server.Need("node");
        var folder = await NpmFolder.InstalledAsync("tests/EndToEnd.Tests/Watching/GrafanaSchema", cancellation);
        return await Tool.RunAsync(node, [Path.Combine(folder, "validate.mjs"), grafana, .. files], cancellation);
    }
}
