using System.Text.Json;
using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;

namespace LlmTelemetry.Service.Tests;

public sealed class ReportCommandTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llmtelemetry-cli-");
    private readonly Cli _cli = new();

    private string Store => "sqlite:" + Path.Combine(_folder.FullName, "ledger.db");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Report_prints_what_each_user_spent_this_month_and_the_total()
    {
        // 3,000 x 3 + 200 x 15 and 1,000 x 3 per million USD; October is not asked for.
        await Ledger.FillAsync(Store, null, Ledger.Call("ada", 3_000, 200), Ledger.Call("bob"), Ledger.Call(null, 50, 5, "secret-model"), Ledger.Call("ada", 9_999, at: October));

        Assert.Equal(
            (0, """
            2026-11-01 to 2026-11-22 (UTC)

            user    calls  failed  input  cached  output  cost USD  unpriced  unmeasured  avg s
            ------  -----  ------  -----  ------  ------  --------  --------  ----------  -----
            ada         1       0  3,000       0     200  0.012000         0           0   0.50
            bob         1       0  1,000       0       0  0.003000         0           0   0.50
            (none)      1       0     50       0       5   unknown         1           0   0.50
            ------  -----  ------  -----  ------  ------  --------  --------  ----------  -----
            total       3       0  4,050       0     205  0.015000         1           0   0.50
            The cost is without 1 call (55 tokens) whose price is not known: 33.33 % of the calls, 1.29 % of the tokens.

            """, ""),
            await _cli.RunAsync("report", "--by", "user", "--store", Store));
    }

    [Fact]
    public async Task Dates_are_inclusive_and_the_store_may_come_from_the_environment()
    {
        await Ledger.FillAsync(Store, null, Ledger.Call("ada", at: October), Ledger.Call("ada", at: October.AddDays(1)), Ledger.Call("ada", at: October.AddDays(2)));
        _cli.Environment["LlmTelemetry__Store"] = Store;

        var (exitCode, output, _) = await _cli.RunAsync("report", "--from", "2026-10-20", "--to", "2026-10-21", "--by", "day", "--format", "csv");

        Assert.Equal(0, exitCode);
        Assert.Equal(["day", "2026-10-20", "2026-10-21"], output.TrimEnd().Split('\n').Select(line => line.Split(',')[0]));
    }

    [Fact]
    public async Task Option_wins_over_the_environment()
    {
        await Ledger.FillAsync(Store, null, Ledger.Call("ada"));
        _cli.Environment["LlmTelemetry__Store"] = "sqlite:/nowhere/at/all.db";

        Assert.Equal(0, (await _cli.RunAsync("report", "--store", Store)).ExitCode);
    }

    [Fact]
    public async Task Filters_and_buckets_narrow_and_widen_it()
    {
        await Ledger.FillAsync(Store, null, Ledger.Call("ada", 3_000, 200), Ledger.Call("ada", 10, 0, "claude-haiku-4-5"), Ledger.Call("bob"), Ledger.Call(null));

        var (_, buckets, _) = await _cli.RunAsync("report", "--by", "model,user", "--where", "user=ada", "--by-bucket", "--store", Store);
        Assert.Contains("claude-sonnet-4-5  ada   0.009000  0.003000  0.012000", buckets);
        Assert.Contains("claude-haiku-4-5   ada   0.000010  0.000000  0.000010", buckets);
        Assert.DoesNotContain("bob", buckets);

        var (_, none, _) = await _cli.RunAsync("report", "--where", "user=", "--format", "csv", "--store", Store);
        Assert.StartsWith("1,0,", none.Split('\n')[1]);
    }

    [Fact]
    public async Task Json_is_for_programs()
    {
        await Ledger.FillAsync(Store, null, Ledger.Call("ada", 3_000, 200));

        using var json = JsonDocument.Parse((await _cli.RunAsync("report", "--by", "user", "--format", "json", "--store", Store)).Output);

        Assert.Equal(0.012m, json.RootElement.GetProperty("rows")[0].GetProperty("cost").GetDecimal());
        Assert.Equal("ada", json.RootElement.GetProperty("rows")[0].GetProperty("user").GetString());
    }

    [Fact]
    public async Task Csv_has_exact_money_and_cannot_be_run_by_a_spreadsheet()
    {
        await Ledger.FillAsync(Store, null, Ledger.Call("=HYPERLINK(\"http://evil\")", 1), Ledger.Call("@a,b"), Ledger.Call("+1"), Ledger.Call("-1"), Ledger.Call("plain"), Ledger.Call("ada", model: "secret-model"));

        var (_, output, _) = await _cli.RunAsync("report", "--by", "user", "--format", "csv", "--store", Store);
        var lines = output.TrimEnd().Split("\r\n");

        Assert.Equal(
            "user,calls,failed,cancelled,abandoned,partial,estimated,unpriced,unpriced_tokens,unmeasured,inconsistent,input_tokens,output_tokens,usage_input,cost_usd,cost_input_usd,charged_usd,charged_calls,average_seconds,average_cost,average_tokens,cost_per_1k_tokens,cache_hit_ratio,cache_read_saved,app_cache_hit_ratio,unpriced_share,unpriced_token_share,sessions,average_session_seconds,succeeded",
            lines[0]);
        Assert.Contains("plain,1,0,0,0,0,0,0,0,0,0,1000,0,1000,0.003000,0.003000,,0,0.5,0.003,1000,0.003,0,,0,0,0,,,1", lines);
        Assert.Contains("ada,1,0,0,0,0,0,1,1000,0,0,1000,0,1000,,,,0,0.5,,1000,,0,,0,1,1,,,1", lines);
        Assert.Equal(["\"'+1\"", "\"'-1\"", "\"'=HYPERLINK(\"\"http://evil\"\")\"", "\"'@a,b\""], lines.Where(line => line.StartsWith('"')).Select(line => line[..line.IndexOf(",1,0", StringComparison.Ordinal)]).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Report_shows_what_is_charged_on_beside_what_it_costs()
    {
        // 3,000 x 3 per million USD and 10 % more; bob's call is not charged on.
        await Ledger.FillAsync(Store, null, Ledger.Call("ada", 3_000, charge: 9_900_000_000), Ledger.Call("bob"));

        Assert.Contains("0.009000     0.009900", (await _cli.RunAsync("report", "--by", "user", "--store", Store)).Output);
        Assert.Contains("\"charged\": 0.009900", (await _cli.RunAsync("report", "--by", "user", "--format", "json", "--store", Store)).Output);
        var lines = (await _cli.RunAsync("report", "--by", "user", "--format", "csv", "--store", Store)).Output.Split('\n');
        Assert.Contains(lines, line => line.StartsWith("ada,", StringComparison.Ordinal) && line.Contains(",0.009000,0.009000,0.009900,1,0.5,", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("bob,", StringComparison.Ordinal) && line.Contains(",0.003000,0.003000,,0,0.5,", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Report_shows_what_a_cache_saved_where_there_is_one()
    {
        var hit = new UsageEvent { CallId = Guid.NewGuid(), EndedAt = Ledger.Call(null).EndedAt, Operation = "chat", Provider = "anthropic", ResponseModel = "claude-sonnet-4-5", Attribution = new("ada"), Calls = 0, SavedPico = 9_000_000_001 };
        await Ledger.FillAsync(Store, null, Ledger.Call("ada"), hit, Ledger.Call("bob"));

        var table = (await _cli.RunAsync("report", "--by", "user", "--store", Store)).Output;
        Assert.Contains("cache hits", table);
        Assert.Contains("0.009000000001", table);
        Assert.Contains("\"saved\": 0.009000000001", (await _cli.RunAsync("report", "--by", "user", "--format", "json", "--store", Store)).Output);
        var lines = (await _cli.RunAsync("report", "--by", "user", "--format", "csv", "--store", Store)).Output.Split('\n');
        Assert.Contains(",charged_calls,cache_hits,saved_usd,average_seconds,", lines[0], StringComparison.Ordinal);
        Assert.Contains(lines, line => line.StartsWith("ada,1,", StringComparison.Ordinal) && line.Contains(",,0,1,0.009000000001,0.5,", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("bob,1,", StringComparison.Ordinal) && line.Contains(",,0,0,,0.5,", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("csv")]
    [InlineData("json")]
    [InlineData("table")]
    public async Task Sums_past_Int64_are_printed(string format)
    {
        await Ledger.FillAsync(Store, null, Ledger.Call("ada", long.MaxValue), Ledger.Call("ada", long.MaxValue));

        var (exitCode, output, _) = await _cli.RunAsync("report", "--by", "user", "--format", format, "--store", Store);

        Assert.Equal(0, exitCode);
        Assert.Contains("18446744073709551614", output.Replace(",", format == "table" ? "" : ",", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_ledgers_own_zone_is_used_and_another_reaches_as_far_back_as_hours_do()
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById("Asia/Kolkata");
        await Ledger.FillAsync(Store, options => options.TimeZone = zone, Ledger.Call("ada", at: new(2026, 11, 21, 19, 0, 0, TimeSpan.Zero)));

        var (_, output, _) = await _cli.RunAsync("report", "--by", "day", "--store", Store);
        Assert.StartsWith("2026-11-01 to 2026-11-22 (Asia/Kolkata)", output);
        Assert.Contains("\n2026-11-22  ", output);
        Assert.Equal(0, (await _cli.RunAsync("report", "--store", Store, "--time-zone", "Asia/Kolkata")).ExitCode);

        // 19:00 UTC are 20:00 in Berlin; noon of the 22nd less 8 days is in the middle of the 14th.
        (_, output, _) = await _cli.RunAsync("report", "--by", "day", "--store", Store, "--time-zone", "Europe/Berlin");
        Assert.StartsWith("2026-11-15 to 2026-11-22 (Europe/Berlin)", output);
        Assert.Contains("\n2026-11-21  ", output);
        var (exitCode, _, error) = await _cli.RunAsync("report", "--store", Store, "--time-zone", "Europe/Berlin", "--month");
        Assert.Equal(2, exitCode);
        Assert.Contains("the first whole day is 2026-11-15, and 2026-11-01 is before it", error);
        Assert.Contains("Asia/Kolkata", error);
    }

    [Fact]
    public async Task Redis_is_read_as_the_file_is_and_its_absence_is_one_line()
    {
        await using var redis = await RedisServer.StartAsync();
        await Ledger.FillAsync($"redis:127.0.0.1:{redis.Port}", null, Ledger.Call("ada", 3_000, 200));

        var (exitCode, output, error) = await _cli.RunAsync("report", "--by", "user", "--store", redis.Address);
        Assert.Equal((0, ""), (exitCode, error));
        Assert.Contains("ada        1       0  3,000       0     200  0.012000", output);

        await redis.KillAsync();
        (exitCode, output, error) = await _cli.RunAsync("report", "--store", redis.Address);
        Assert.Equal((1, ""), (exitCode, output));
        Assert.StartsWith("llmtelemetry: ", error);
        Assert.Single(error.TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task The_command_itself_reads_the_file_in_its_folder()
    {
        await Ledger.FillAsync("sqlite:" + Path.Combine(_folder.FullName, "llmtelemetry.db"), null, Ledger.Call("ada", 3_000, 200));
        var program = Path.ChangeExtension(typeof(CommandLine).Assembly.Location, null);
        await using var process = Server.Start(program, ["report", "--by", "user", "--from", "2026-11-01", "--to", "2026-11-30"], _folder.FullName);

        await Eventually.HoldsAsync(() => Task.FromResult(process.HasExited && process.Output.Contains("total", StringComparison.Ordinal)), "the command prints its report");

        Assert.Contains("ada        1       0  3,000       0     200  0.012000", process.Output);
    }

    private static DateTimeOffset October => new(2026, 10, 20, 12, 0, 0, TimeSpan.Zero);
}
