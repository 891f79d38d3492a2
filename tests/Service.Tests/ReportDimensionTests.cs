using System.Text.Json;
using LlmTelemetry.CostExporter;
using LlmTelemetry.Usage;

namespace LlmTelemetry.Service.Tests;

/// <summary>Reports by what few calls say, and of one session.</summary>
public sealed class ReportDimensionTests : IDisposable
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llmtelemetry-cli-");
    private readonly Cli _cli = new();

    public ReportDimensionTests() => _cli.Environment["LlmTelemetry__Store"] = Store;

    private string Store => "sqlite:" + Path.Combine(_folder.FullName, "ledger.db");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("conversation", "talk")]
    [InlineData("session", "s1")]
    [InlineData("tier", "gold")]
    [InlineData("client", "app1")]
    [InlineData("environment", "staging")]
    [InlineData("tag:plan", "pro")]
    public async Task Each_dimension_breaks_down_and_filters(string dimension, string value)
    {
        await FillAsync();

        var (exitCode, by, error) = await _cli.RunAsync("report", "--by", dimension.ToUpperInvariant().Replace("PLAN", "plan", StringComparison.Ordinal), "--format", "csv");
        Assert.Equal((0, ""), (exitCode, error));
        Assert.Equal([dimension + ",calls", value + ",2", ",1"], by.TrimEnd().Split('\n').Select(line => string.Join(',', line.Split(',')[..2])));

        var (_, only, _) = await _cli.RunAsync("report", "--where", $"{dimension}={value}", "--format", "csv");
        Assert.StartsWith("2,", only.Split('\n')[1]);
        var (_, rest, _) = await _cli.RunAsync("report", "--where", dimension + "=", "--format", "csv");
        Assert.StartsWith("1,", rest.Split('\n')[1]);
    }

    [Fact]
    public async Task A_session_is_reported_by_its_id_with_when_it_was_and_its_models()
    {
        await FillAsync();

        Assert.Equal(
            (0, """
            session s1 of acme, 2026-11-22 11:58:03 to 2026-11-22 12:00:00 (UTC)

            provider   model              calls  failed  input  cached  output  cost USD  unpriced  unmeasured  avg s
            ---------  -----------------  -----  ------  -----  ------  ------  --------  --------  ----------  -----
            anthropic  claude-sonnet-4-5      1       0  3,000       0     200  0.012000         0           0   0.50
            anthropic  claude-haiku-4-5       1       0  1,000       0       0  0.001000         0           0   0.50
            ---------  -----------------  -----  ------  -----  ------  ------  --------  --------  ----------  -----
            total                             2       0  4,000       0     200  0.013000         0           0   0.50
            Unpriced: 0 % of the calls, 0 % of the tokens.

            """, ""),
            await _cli.RunAsync("report", "--session", "s1"));

        using var json = JsonDocument.Parse((await _cli.RunAsync("report", "--session", "s1", "--where", "tenant=acme", "--format", "json")).Output);
        Assert.Equal(
            ("s1", "acme", Noon.AddSeconds(-117), Noon, 0.013m),
            (json.RootElement.GetProperty("session").GetString(), json.RootElement.GetProperty("tenant").GetString(), json.RootElement.GetProperty("first_at").GetDateTimeOffset(),
                json.RootElement.GetProperty("last_at").GetDateTimeOffset(), json.RootElement.GetProperty("total").GetProperty("cost").GetDecimal()));
    }

    [Theory]
    [InlineData(1, "There is no session 's9'", "--session", "s9")]
    [InlineData(1, "There is no session 's1' of the tenant 'other'", "--session", "s1", "--where", "tenant=other")]
    [InlineData(1, "several tenants: acme, beta", "--session", "twice")]
    [InlineData(2, "--session is a report of its own", "--session", "s1", "--by", "user")]
    [InlineData(2, "--session is a report of its own", "--session", "s1", "--from", "2026-11-22")]
    [InlineData(2, "--session is a report of its own", "--session", "s1", "--where", "user=ada")]
    [InlineData(2, "the first whole day is 2026-11-15, and 2026-11-14 is before it", "--by", "session", "--from", "2026-11-14")]
    public async Task What_cannot_be_answered_says_so_in_one_line(int expected, string message, params string[] arguments)
    {
        await FillAsync(Ledger.Call(null, whose: new("ada", "acme", Session: "twice")), Ledger.Call(null, whose: new("ada", "beta", Session: "twice")));

        var (exitCode, output, error) = await _cli.RunAsync(["report", .. arguments]);

        Assert.Equal((expected, ""), (exitCode, output));
        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task Without_a_first_day_sessions_are_reported_from_the_first_that_is_kept_and_the_heading_says_so()
    {
        await FillAsync();

        var (_, sessions, _) = await _cli.RunAsync("report", "--by", "session");
        var (_, clients, _) = await _cli.RunAsync("report", "--by", "client");

        Assert.StartsWith("2026-11-15 to 2026-11-22 (UTC)", sessions);
        Assert.StartsWith("2026-11-01 to 2026-11-22 (UTC)", clients);
    }

    private Task FillAsync(params UsageEvent[] more)
    {
        var whose = new Attribution("ada", "acme", "search", "talk", "s1", "gold", new Dictionary<string, string> { ["plan"] = "pro" }, "app1", "staging");
        return Ledger.FillAsync(
            Store,
            options => options.Tags = ["plan"],
            [
                Ledger.Call(null, 3_000, 200, at: Noon.AddSeconds(-117), whose: whose),
                Ledger.Call(null, 1_000, 0, "claude-haiku-4-5", whose: whose),
                Ledger.Call("bob"),
                .. more,
            ]);
    }
}
