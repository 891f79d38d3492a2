using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.RegularExpressions;
using LlmTelemetry.CostExporter;
using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;

namespace LlmTelemetry.Service.Tests;

/// <summary>docs/reports.md: what it shows is what the command prints, and its tables name every field there is.</summary>
public sealed partial class ReportDocsTests : IDisposable
{
    private static readonly string Docs = Repository.Read("docs/reports.md");
    private static readonly DateTimeOffset Noon = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llmtelemetry-docs-");
    private readonly Cli _cli = new();

    public ReportDocsTests() => _cli.Environment["LlmTelemetry__Store"] = Store;

    private string Store => "sqlite:" + Path.Combine(_folder.FullName, "ledger.db");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Every_example_prints_what_is_shown()
    {
        await FillAsync();
        var examples = Example().Matches(Docs).Select(match => (Command: match.Groups[1].Value, Shown: match.Groups[2].Value)).ToArray();

        Assert.True(examples.Length >= 6, $"{examples.Length} examples");
        foreach (var (command, shown) in examples)
        {
            var (_, output, error) = await _cli.RunAsync(command.Split(' '));
            Assert.Equal($"{command}\n{shown}", $"{command}\n{Shown(output + error)}");
        }
    }

    [Fact]
    public async Task Every_field_of_the_answers_is_described_and_no_other()
    {
        await FillAsync();
        using var json = JsonDocument.Parse((await _cli.RunAsync("report", "--by", "user", "--top", "1", "--format", "json")).Output);
        var (root, row) = (json.RootElement, json.RootElement.GetProperty("rows")[0]);

        Assert.Equal(root.EnumerateObject().Select(field => field.Name).Order(), Fields("The answer").Order());
        Assert.Equal(row.EnumerateObject().Select(field => field.Name).Except(["user"]).Order(), Fields("A row").Order());

        var columns = (await _cli.RunAsync("report", "--by", "user", "--top", "1", "--format", "csv")).Output.Split("\r\n")[0].Split(',');
        Assert.All(columns, column => Assert.Contains($"`{Pattern(column)}`", Docs, StringComparison.Ordinal));
    }

    private static string Pattern(string column) => column switch
    {
        "user" => "DIMENSION",
        _ when column.StartsWith("usage_", StringComparison.Ordinal) => "usage_BUCKET",
        _ when column.StartsWith("cost_", StringComparison.Ordinal) && column.EndsWith("_usd", StringComparison.Ordinal) && column != "cost_usd" => "cost_BUCKET_usd",
        _ => column,
    };

    // Lines end as they do in the file.
    private static string Shown(string output) => string.Join('\n', output.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n').Select(line => line.TrimEnd())) + "\n";

    private static IEnumerable<string> Fields(string heading)
    {
        var section = Docs[Docs.IndexOf($"### {heading}\n", StringComparison.Ordinal)..];
        var next = section.IndexOf("\n#", 1, StringComparison.Ordinal);
        return Field().Matches(next < 0 ? section : section[..next]).SelectMany(match => match.Groups[1].Value.Split(", ")).Select(name => name.Trim('`'));
    }

    // As the page says: two users, a model without a price, a failure, an API and a session.
    private async Task FillAsync()
    {
        var hub = new UsageHub();
        await using var exporter = CostExporterHost.Start(options => (options.Store, options.Hub, options.TimeProvider) = (Store, hub, new ManualTime(Noon)));
        var gold = new Attribution("ada", "acme", "search", Session: "s1", Tier: "gold");
        var failed = new UsageEvent { CallId = Guid.NewGuid(), EndedAt = Noon, Duration = TimeSpan.FromSeconds(1), Operation = "chat", Provider = "anthropic", RequestModel = "claude-sonnet-4-5", Attribution = new("bob"), Outcome = CallOutcome.Failed, Quality = CostQuality.Unmeasured };
        foreach (var call in new[] { Ledger.Call(null, 3_000, 200, whose: gold), Ledger.Call(null, 1_000, 0, at: Noon.AddDays(-1), whose: gold), Ledger.Call("bob", 50, 5, "secret-model"), failed, Api() })
        {
            hub.Publish(in call);
        }

        hub.Publish(new MetricEvent("session.duration", 90.5, "s", Noon, gold));
        Assert.Null((await exporter.FlushAsync(TestContext.Current.CancellationToken)).Error);
    }

    private static UsageEvent Api()
    {
        var api = new UsageEvent { CallId = Guid.NewGuid(), EndedAt = Noon, Operation = "api", Provider = "geocoding", Attribution = new("bob"), Calls = 3, ChargePico = 16_500_000_000 };
        var (usage, cost) = (default(CallUsage), new Cost("geocoding", "geocoding", "given"));
        (usage[UsageBucket.Request], usage[UsageBucket.DataByte]) = (3, 12_000);
        Set(ref cost, UsageBucket.Request, 15_000_000_000);
        api.SetUsage(in usage);
        api.SetCost(in cost);
        return api;
    }

    // Prices are made in their own assembly only.
    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "Set")]
    private static extern void Set(ref Cost cost, UsageBucket bucket, Int128 pico);

    [GeneratedRegex("^```console\n\\$ llmtelemetry ([^\n]*)\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Example();

    [GeneratedRegex("^\\| (`[^|]*`) \\|", RegexOptions.Multiline)]
    private static partial Regex Field();
}
