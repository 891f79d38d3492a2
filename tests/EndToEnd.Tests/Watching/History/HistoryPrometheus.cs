using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using LlmTelemetry.TestKit;

namespace LlmTelemetry.EndToEnd.Tests.Watching.History;

/// <summary>A real Prometheus that holds a history, and what our rules would have recorded of it. It scrapes nothing and evaluates nothing by itself. Starts when first asked to.</summary>
public sealed partial class HistoryPrometheus : IAsyncDisposable
{
    // What other rules are made of is recorded for as long as they look back; what nothing is made of, where a test asks for it.
    private static readonly DateTimeOffset RecordedFrom = CompanyHistory.Midnight.AddDays(-3);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llmtelemetry-history-");
    private readonly int _port = Server.FreePort();
    private readonly HttpClient _http;
    private Server? _server;
    private Task? _started;

    public HistoryPrometheus()
    {
        _http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{_port}/") };
        Api = new PrometheusApi(_http);
    }

    internal PrometheusApi Api { get; }

    private string Data => Path.Combine(_folder.FullName, "data");

    internal Task StartAsync() => _started ??= RunAsync(CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        _folder.Delete(recursive: true);
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        Server.Need("prometheus");
        var text = Path.Combine(_folder.FullName, "history.txt");
        using (var file = new OpenMetricsFile(text))
        {
            CompanyHistory.Write(file);
        }

        Directory.CreateDirectory(Data);
        await PromtoolAsync(["tsdb", "create-blocks-from", "--max-block-duration=30d", "--quiet", "openmetrics", text, Data], cancellationToken);
        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, "prometheus.yml"), "global: {}\n", cancellationToken);
        await RestartAsync();

        // What is recorded from what was recorded needs it to be there.
        foreach (var rules in InTheirOrder())
        {
            var file = Path.Combine(_folder.FullName, "rules.yml");
            await File.WriteAllTextAsync(file, Yaml(rules), cancellationToken);
            if (IsUsed(rules[0]))
            {
                await RecordAsync(file, RecordedFrom, CompanyHistory.To, cancellationToken);
            }

            // Panels compare with the day and the week before.
            foreach (var at in new[] { CompanyHistory.Asked.AddDays(-7), CompanyHistory.Asked.AddDays(-1), CompanyHistory.Asked }.Where(at => at < RecordedFrom || !IsUsed(rules[0])))
            {
                await RecordAsync(file, at.AddMinutes(-10), at, cancellationToken);
            }

            await RestartAsync();
        }
    }

    private Task RecordAsync(string rules, DateTimeOffset from, DateTimeOffset to, CancellationToken cancellationToken) => PromtoolAsync(
        [
            "tsdb", "create-blocks-from", "--max-block-duration=30d", "--quiet", "rules", $"--url={_http.BaseAddress}", $"--start={Seconds(from)}", $"--end={Seconds(to)}",
            "--eval-interval=1m", $"--output-dir={Data}", rules,
        ],
        cancellationToken);

    private static string Seconds(DateTimeOffset time) => time.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);

    // JSON is YAML.
    private static string Yaml(IEnumerable<AlertRule> rules) => JsonSerializer.Serialize(new
    {
        groups = new[] { new { name = "history", rules = rules.Select(rule => new { record = rule.Name, expr = rule.Expression, labels = rule.Labels }) } },
    });

    // Those that need no other, those that need these, and so on.
    private static IEnumerable<AlertRule[]> InTheirOrder()
    {
        var waiting = AlertRules.All.Where(rule => !rule.IsAlert).ToList();
        while (waiting.Count > 0)
        {
            var missing = waiting.Select(rule => rule.Name).ToHashSet();
            AlertRule[] ready = [.. waiting.Where(rule => !Recorded().Matches(rule.Expression).Any(name => missing.Contains(name.Value)))];
            if (ready.Length == 0)
            {
                throw new InvalidOperationException($"These rules need one another: {string.Join(", ", missing)}");
            }

            waiting.RemoveAll(rule => ready.Contains(rule));
            foreach (var rules in ready.GroupBy(IsUsed))
            {
                yield return [.. rules];
            }
        }
    }

    private static bool IsUsed(AlertRule rule) => AlertRules.All.Any(other => !other.IsAlert && Recorded().Matches(other.Expression).Any(name => name.Value == rule.Name));

    [GeneratedRegex(@"\bllm:[\w:]+")]
    private static partial Regex Recorded();

    private static async Task PromtoolAsync(string[] arguments, CancellationToken cancellationToken)
    {
        var (code, output) = await Tool.RunAsync(Server.Need("promtool"), arguments, cancellationToken);
        Assert.True(code == 0, output);
    }

    // It looks for blocks when it starts.
    private async Task RestartAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        _server = Server.Start(
            Server.Need("prometheus"),
            [
                $"--config.file={_folder.FullName}/prometheus.yml", $"--storage.tsdb.path={Data}", $"--web.listen-address=127.0.0.1:{_port}",
                "--storage.tsdb.retention.time=100y",
            ],
            _folder.FullName);
        await _server.IsReadyAsync("Prometheus", _http);
    }
}
