using System.Text.Json;
using LlmTelemetry.CostExporter;
using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;

namespace LlmTelemetry.Service.Tests;

/// <summary>Reports of further figures on the command line.</summary>
public sealed class ReportMetricTests : IDisposable
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llmtelemetry-cli-");
    private readonly Cli _cli = new();

    public ReportMetricTests() => _cli.Environment["LlmTelemetry__Store"] = Store;

    private string Store => "sqlite:" + Path.Combine(_folder.FullName, "ledger.db");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task A_metric_is_broken_down_and_totalled_as_a_table()
    {
        await FillAsync();

        var (exitCode, output, error) = await _cli.RunAsync("report", "--metric", "session.duration", "--by", "user", "--to", "2026-11-30");
        Assert.Equal((0, ""), (exitCode, error));
        Assert.Equal(
            """
            2026-11-01 to 2026-11-30 (UTC)

            metric            unit  user    count      sum       average
            ----------------  ----  ------  -----  -------  ------------
            session.duration  s     ada         2  100.500  50.250000000
            session.duration  s     (none)      1   -0.125  -0.125000000
            ----------------  ----  ------  -----  -------  ------------
            session.duration  s     total       3  100.375  33.458333333

            """,
            output);
    }

    [Fact]
    public async Task Csv_has_plain_numbers_and_a_line_a_row()
    {
        await FillAsync();

        var (exitCode, output, error) = await _cli.RunAsync("report", "--metric", "rating", "--by", "tag:kind", "--format", "csv");
        Assert.Equal((0, ""), (exitCode, error));
        Assert.Equal("metric,unit,tag:kind,count,sum,average\r\nrating,,\"a,b\",1,-3,-3\r\n", output);
    }

    [Fact]
    public async Task Json_has_rows_and_totals_of_every_metric_where_none_is_named()
    {
        await FillAsync();

        var (exitCode, output, error) = await _cli.RunAsync("report", "--format", "json", "--by", "day", "--metric");
        Assert.Equal((0, ""), (exitCode, error));
        using var json = JsonDocument.Parse(output);
        Assert.Equal(JsonValueKind.Null, json.RootElement.GetProperty("metric").ValueKind);
        Assert.Equal(
            [("rating", null, "2026-11-22", -3m), ("session.duration", "s", "2026-11-21", 90.5m), ("session.duration", "s", "2026-11-22", 9.875m)],
            json.RootElement.GetProperty("rows").EnumerateArray().Select(row => (row.GetProperty("metric").GetString(), row.GetProperty("unit").GetString(), row.GetProperty("day").GetString(), row.GetProperty("sum").GetDecimal())));
        Assert.Equal([1, 3], json.RootElement.GetProperty("totals").EnumerateArray().Select(row => row.GetProperty("count").GetInt32()));
    }

    [Fact]
    public async Task What_metrics_do_not_have_is_refused()
    {
        await FillAsync();

        var (exitCode, output, error) = await _cli.RunAsync("report", "--metric", "rating", "--by", "model");
        Assert.Equal((CommandLine.BadArguments, ""), (exitCode, output));
        Assert.Contains("Metrics are of no model", error, StringComparison.Ordinal);
        Assert.Contains("--by-bucket", (await _cli.RunAsync("report", "--metric", "rating", "--by-bucket")).Error, StringComparison.Ordinal);
        Assert.Equal(CommandLine.BadArguments, (await _cli.RunAsync("report", "--metric", "rating", "--session", "s1")).ExitCode);
    }

    [Fact]
    public async Task Usage_is_as_if_there_were_no_figures()
    {
        await FillAsync();

        var (_, output, _) = await _cli.RunAsync("report", "--by", "user", "--format", "csv");
        Assert.Equal("user,calls", string.Join(',', output.TrimEnd().Split('\n').Single().Split(',')[..2]));
    }

    private async Task FillAsync()
    {
        var hub = new UsageHub();
        await using var exporter = CostExporterHost.Start(o => (o.Store, o.Hub, o.TimeProvider) = (Store, hub, new ManualTime(Noon)));
        hub.Publish(new MetricEvent("session.duration", 90.5, "s", Noon.AddDays(-1), new("ada")));
        hub.Publish(new MetricEvent("session.duration", 10, "s", Noon, new("ada")));
        hub.Publish(new MetricEvent("session.duration", -0.125, "s", Noon));
        hub.Publish(new MetricEvent("rating", -3, null, Noon, Tags: [new("kind", "a,b")]));
        await exporter.FlushAsync(TestContext.Current.CancellationToken);
    }
}
