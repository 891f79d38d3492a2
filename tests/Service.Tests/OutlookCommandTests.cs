using System.Text.Json;
using LlmTelemetry.Usage;

namespace LlmTelemetry.Service.Tests;

/// <summary>trend, forecast and insights on a real ledger, at noon of 22 November 2026.</summary>
public sealed class OutlookCommandTests : IDisposable
{
    private static readonly DateTimeOffset Yesterday = new(2026, 11, 21, 9, 0, 0, TimeSpan.Zero);
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llmtelemetry-cli-");
    private readonly Cli _cli = new();

    private string Store => "sqlite:" + Path.Combine(_folder.FullName, "ledger.db");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Trend_prints_both_sides_and_what_is_compared()
    {
        await Ledger.FillAsync(Store, null, Ledger.Call("ada", 3_000, at: Yesterday), Ledger.Call("ada", 1_000, at: Yesterday.AddDays(-1)), Ledger.Call("bob", 2_000, at: Yesterday.AddDays(-1)));

        Assert.Equal(
            (0, """
            2026-11-21 beside 2026-11-20 (UTC)
            The whole periods are compared.

            user   cost USD    before     change       %  calls  before       %  tokens  before       %
            -----  --------  --------  ---------  ------  -----  ------  ------  ------  ------  ------
            ada    0.009000  0.003000  +0.006000  +200.0      1       1     0.0   3,000   1,000  +200.0
            bob    0.000000  0.006000  -0.006000  -100.0      0       1  -100.0       0   2,000  -100.0
            -----  --------  --------  ---------  ------  -----  ------  ------  ------  ------  ------
            total  0.009000  0.009000   0.000000     0.0      1       2   -50.0   3,000   3,000     0.0

            """, ""),
            await _cli.RunAsync("trend", "--by", "user", "--from", "2026-11-21", "--to", "2026-11-21", "--store", Store));
    }

    [Fact]
    public async Task Trend_is_of_this_month_unless_something_else_is_said()
    {
        await Ledger.FillAsync(Store, null, Ledger.Call("ada", at: Yesterday), Ledger.Call("ada", 2_000, at: Yesterday.AddMonths(-1)));

        using var json = JsonDocument.Parse((await _cli.RunAsync("trend", "--format", "json", "--store", Store)).Output);

        Assert.Equal(("2026-11-01", "2026-10-21"), (json.RootElement.GetProperty("current").GetProperty("from").GetString(), json.RootElement.GetProperty("previous").GetProperty("to").GetString()));
        Assert.Equal(-50m, json.RootElement.GetProperty("total").GetProperty("cost").GetProperty("percent").GetDecimal());
    }

    [Fact]
    public async Task Forecast_says_what_it_needs_where_there_is_too_little()
    {
        await Ledger.FillAsync(Store, null, Ledger.Call("ada", at: Yesterday));

        var (exitCode, output, error) = await _cli.RunAsync("forecast", "--store", Store);

        Assert.Equal((0, ""), (exitCode, error));
        Assert.Contains("day: Too little to go by: 7 finished days since the first call are needed, and there is 1 (since 2026-11-21).", output);
        Assert.Contains("unknown", output);
    }

    [Fact]
    public async Task Forecast_is_for_programs_too()
    {
        await Ledger.FillAsync(Store, null, [.. Enumerable.Range(0, 30).Select(day => Ledger.Call("ada", 100_000, at: Yesterday.AddDays(-day)))]);

        using var json = JsonDocument.Parse((await _cli.RunAsync("forecast", "--where", "user=ada", "--format", "json", "--store", Store)).Output);
        var month = json.RootElement.GetProperty("month");

        // 0.30 USD a day at 9 o'clock; none today yet, and it is noon.
        Assert.Equal(6.3m, month.GetProperty("spent").GetDecimal());
        Assert.InRange(month.GetProperty("expected").GetDecimal(), 6.3m + (8 * 0.3m) - 0.1m, 9m);
        Assert.Equal(JsonValueKind.Null, month.GetProperty("too_little").ValueKind);
    }

    [Fact]
    public async Task Insights_say_what_caching_and_a_cheaper_model_would_have_saved_and_what_they_assume()
    {
        await Ledger.FillAsync(Store, null, [.. Enumerable.Range(0, 20).Select(_ => Ledger.Call("ada", 10_000, 100, at: Yesterday))]);

        var (exitCode, output, _) = await _cli.RunAsync("insights", "--format", "json", "--store", Store);
        using var json = JsonDocument.Parse(output);
        var insights = json.RootElement.GetProperty("insights").EnumerateArray().ToDictionary(insight => insight.GetProperty("rule").GetString()!);

        Assert.Equal(0, exitCode);

        // Half of 10,000 tokens, 500 of them written at 3.75 and the rest read at 0.30 instead of 3 USD a million, 20 times.
        Assert.Equal(20 * ((5_000 * 3m) - (500 * 3.75m) - (4_500 * 0.3m)) / 1_000_000, insights["caching"].GetProperty("usd").GetDecimal());
        Assert.Contains("Assumed: 50 %", insights["caching"].GetProperty("because").GetString());
        Assert.Contains("claude-", insights["cheaper_model"].GetProperty("text").GetString());
        Assert.Contains("nothing of how good its answers are", insights["cheaper_model"].GetProperty("text").GetString());
        Assert.InRange(insights["cheaper_model"].GetProperty("usd").GetDecimal(), 0.01m, 20 * 0.0315m);
    }

    [Fact]
    public async Task Cheaper_model_is_one_that_prices_all_that_was_used()
    {
        var prices = Path.Combine(_folder.FullName, "own.json");
        await File.WriteAllTextAsync(prices, """
            {"schema":1,"date":"2026-11-01","currency":"USD","source":"x","providers":[{"id":"acme","models":[
              {"id":"acme-big","match":["acme-big"],"prices":[{"input":10,"output":20}]},
              {"id":"acme-small","match":["acme-small"],"prices":[{"input":1,"output":2}]},
              {"id":"acme-audio","match":["acme-audio"],"prices":[{"input":0.1,"output":0.1}]},
              {"id":"other-tiny","match":["other-tiny"],"prices":[{"input":0.1,"output":0.1}]}]}]}
            """, TestContext.Current.CancellationToken);
        var book = PriceBook.Embedded.With(PriceBook.Load(prices));
        await Ledger.FillAsync(Store, null, [.. Enumerable.Range(0, 20).Select(_ => Big(book))]);

        var (_, output, error) = await _cli.RunAsync("insights", "--prices", prices, "--store", Store);

        Assert.Equal("", error);
        Assert.Contains("would have cost about 0.216000 USD less with acme-small.", output);
        Assert.DoesNotContain("caching", output);
    }

    [Fact]
    public async Task Nothing_worth_a_look_is_said()
    {
        await Ledger.FillAsync(Store, null, Ledger.Call("ada", at: Yesterday));

        Assert.Equal((0, "2026-11-01 to 2026-11-30 (UTC)\n\nNothing is worth a look by any of the rules.\n", ""), await _cli.RunAsync("insights", "--store", Store));
    }

    [Theory]
    [InlineData(2, "not by day", "trend", "--by", "day")]
    [InlineData(2, "has not come yet", "trend", "--from", "2026-12-01", "--to", "2026-12-31")]
    [InlineData(2, "after the last", "insights", "--from", "2026-11-20", "--to", "2026-11-10")]
    [InlineData(2, "is not a filter", "forecast", "--where", "ada")]
    [InlineData(2, "by the hour", "forecast", "--where", "session=s1")]
    [InlineData(2, "is not known here", "forecast", "--days", "3")]
    [InlineData(1, "could not find", "insights", "--prices", "/nowhere/prices.json")]
    public async Task Errors_are_one_line_and_have_the_exit_code_of_other_verbs(int expected, string why, params string[] arguments)
    {
        await Ledger.FillAsync(Store, null, Ledger.Call("ada", at: Yesterday));

        var (exitCode, output, error) = await _cli.RunAsync([.. arguments, "--store", Store]);

        Assert.Equal((expected, ""), (exitCode, output));
        Assert.Contains(why, error, StringComparison.OrdinalIgnoreCase);
        Assert.Single(error.TrimEnd().Split('\n'));
    }

    [Theory]
    [InlineData("trend")]
    [InlineData("forecast")]
    [InlineData("insights")]
    public async Task Ledger_that_is_not_there_is_a_problem_of_the_store(string verb)
    {
        var (exitCode, _, error) = await _cli.RunAsync(verb, "--store", Store);

        Assert.Equal(1, exitCode);
        Assert.Contains("There is no file", error);
    }

    private static UsageEvent Big(PriceBook book)
    {
        var call = Ledger.Call("ada", at: Yesterday) with { Provider = "acme", ResponseModel = "acme-big", Quality = CostQuality.Reported };
        var usage = default(CallUsage);
        usage[UsageBucket.Input] = 1_000;
        usage[UsageBucket.Output] = 100;
        call.SetUsage(in usage);
        Assert.True(book.TryQuote("acme", "acme-big", in usage, Yesterday, null, null, out var cost));
        call.SetCost(in cost);
        return call;
    }
}
