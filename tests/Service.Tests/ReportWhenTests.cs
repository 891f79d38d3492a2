using System.Text.Json;
using LlmTelemetry.CostExporter;
using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;

namespace LlmTelemetry.Service.Tests;

/// <summary>The options that choose a report's time, its rows and its tables. It is noon of the 22nd of November 2026.</summary>
public sealed class ReportWhenTests : IDisposable
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llmtelemetry-cli-");
    private readonly Cli _cli = new();

    public ReportWhenTests() => _cli.Environment["LlmTelemetry__Store"] = Store;

    private string Store => "sqlite:" + Path.Combine(_folder.FullName, "ledger.db");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("2026-11-22 to 2026-11-22 (UTC), 50 % of it so far", 1, "--today")]
    [InlineData("2026-11-01 to 2026-11-30 (UTC), 71.67 % of it so far", 11, "--month")]
    [InlineData("2026-10-01 to 2026-10-31 (UTC)", 100, "--month", "2026-10")]
    [InlineData("2026-01-01 to 2026-12-31 (UTC), 89.18 % of it so far", 111, "--year")]
    [InlineData("2025-01-01 to 2025-12-31 (UTC)", 1000, "--year", "2025")]
    [InlineData("2026-11-22 11:00 to 2026-11-22 13:00 (UTC), 50 % of it so far", 1, "--last", "1h")]
    [InlineData("2026-11-20 12:00 to 2026-11-22 13:00 (UTC), 97.96 % of it so far", 11, "--last", "2d")]
    [InlineData("2026-10-25 to 2026-11-22 (UTC), 98.28 % of it so far", 11, "--last", "4w")]
    [InlineData("2026-09-22 to 2026-11-22 (UTC), 99.19 % of it so far", 111, "--last", "2mo")]
    [InlineData("2025-11-22 to 2026-11-22 (UTC), 99.86 % of it so far", 1111, "--last", "1y")]
    [InlineData("2026-10-01 to 2026-11-22 (UTC)", 111, "--from", "2026-10-01")]
    [InlineData("2026-10-01 to 2026-10-24 (UTC)", 100, "--to", "2026-10-24")]
    [InlineData("2026-11-23 to 2026-11-23 (Pacific/Auckland), 4.17 % of it so far", 1, "--today", "--time-zone", "Pacific/Auckland")]
    public async Task Each_way_of_saying_the_time_has_its_range(string heading, int tokens, params string[] arguments)
    {
        await Ledger.FillAsync(
            Store, null, Ledger.Call("ada", 1), Ledger.Call("ada", 10, at: Noon.AddDays(-2)), Ledger.Call("ada", 100, at: new(2026, 10, 20, 12, 0, 0, TimeSpan.Zero)),
            Ledger.Call("ada", 1000, at: new(2025, 12, 1, 12, 0, 0, TimeSpan.Zero)));

        var (exitCode, output, error) = await _cli.RunAsync(["report", .. arguments]);
        Assert.Equal((0, ""), (exitCode, error));
        Assert.Equal(heading, output.Split('\n')[0]);

        using var json = JsonDocument.Parse((await _cli.RunAsync(["report", "--format", "json", .. arguments])).Output);
        Assert.Equal(tokens, json.RootElement.GetProperty("total").GetProperty("input_tokens").GetInt64());
    }

    [Theory]
    [InlineData("--today and --month both say what time the report is of", "--today", "--month")]
    [InlineData("--from and --year both say what time the report is of", "--year", "2026", "--from", "2026-11-01")]
    [InlineData("--to and --last both say what time the report is of", "--last", "24h", "--to", "2026-11-01")]
    [InlineData("'30m' is not a time: write it as 24h, 7d, 4w, 3mo or 1y. An hour is the least that is kept apart.", "--last", "30m")]
    [InlineData("'0h' is not a time", "--last", "0h")]
    [InlineData("'-1h' is not a time", "--last", "-1h")]
    [InlineData("'99999999999999999999h' is not a time", "--last", "99999999999999999999h")]
    [InlineData("'1.5h' is not a time", "--last", "1.5h")]
    [InlineData("'2026-13' is not a month: write it as 2026-10.", "--month", "2026-13")]
    [InlineData("'26' is not a year: write it as 2026.", "--year", "26")]
    [InlineData("'maybe' is no order: use cost, charged, calls, tokens or name.", "--sort", "maybe")]
    [InlineData("'1' is no order", "--sort", "1")]
    [InlineData("Top is 0: ask for at least 1 row.", "--by", "user", "--top", "0")]
    [InlineData("'success=maybe' is not a filter: write it as success=true or success=false.", "--where", "success=maybe")]
    [InlineData("There are two filters for success.", "--where", "success=true", "--where", "success=false")]
    [InlineData("--by-bucket and --averages are two tables", "--by-bucket", "--averages")]
    [InlineData("--metric is of figures and not of usage, which has costs to break down and sum up: leave --top out.", "--metric", "rating", "--top", "3")]
    [InlineData("--api is of one operation", "--api", "--where", "operation=chat")]
    [InlineData("--session is a report of its own", "--session", "s1", "--today")]
    [InlineData("the first is 2025-10-18, and the range ends before it, on 2025-01-15", "--from", "2025-01-02", "--to", "2025-01-15")]
    public async Task What_contradicts_itself_or_is_not_kept_is_refused_with_the_reason(string message, params string[] arguments)
    {
        await Ledger.FillAsync(Store, null, Ledger.Call("ada"));

        var (exitCode, output, error) = await _cli.RunAsync(["report", .. arguments]);

        Assert.Equal((2, ""), (exitCode, output));
        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task Csv_is_as_RFC_4180_has_it()
    {
        await Ledger.FillAsync(Store, null, Ledger.Call("a \"b\", c"), Ledger.Call("bob", 10), Ledger.Call("eve", 1));

        var (_, output, _) = await _cli.RunAsync("report", "--by", "user", "--format", "csv", "--top", "2");
        var lines = output.Split("\r\n");

        Assert.StartsWith("user,other,calls,failed,", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("\"a \"\"b\"\", c\",false,1,0,", lines[1], StringComparison.Ordinal);
        Assert.Equal(("bob,false,1,", "(other),true,1,", ""), (lines[2][..12], lines[3][..15], lines[^1]));
        Assert.All(lines[2..4], line => Assert.Equal(lines[0].Count(c => c == ','), line.Count(c => c == ',')));
    }

    [Fact]
    public async Task Order_and_sessions_are_asked_for_by_their_words()
    {
        await FillSessionsAsync();

        var (_, output, _) = await _cli.RunAsync("report", "--by", "tier", "--sessions", "--sort", "name", "--format", "csv");
        var lines = output.TrimEnd().Split("\r\n").Select(line => line.Split(',')).ToArray();
        var (sessions, seconds) = (Array.IndexOf(lines[0], "sessions"), Array.IndexOf(lines[0], "average_session_seconds"));

        Assert.Equal([("", "1", "5"), ("gold", "2", "45.25")], lines[1..].Select(line => (line[0], line[sessions], line[seconds])));
    }

    private async Task FillSessionsAsync()
    {
        var hub = new UsageHub();
        await using var exporter = CostExporterHost.Start(o => (o.Store, o.Hub, o.TimeProvider) = (Store, hub, new ManualTime(Noon)));
        hub.Publish(new MetricEvent("session.duration", 60, "s", Noon, new("ada", Tier: "gold")));
        hub.Publish(new MetricEvent("session.duration", 30.5, "s", Noon, new("bob", Tier: "gold")));
        hub.Publish(new MetricEvent("session.duration", 5, "s", Noon));
        var call = Ledger.Call("zoe", whose: new("zoe", Tier: "gold"));
        hub.Publish(in call);
        await exporter.FlushAsync(TestContext.Current.CancellationToken);
    }
}
