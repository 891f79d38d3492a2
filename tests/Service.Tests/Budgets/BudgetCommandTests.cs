using System.Text.Json;
using LlmTelemetry.Budgets;
using LlmTelemetry.TestKit;

namespace LlmTelemetry.Service.Tests.Budgets;

public sealed class BudgetCommandTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llmtelemetry-budget-");
    private readonly Cli _cli = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string Store => "sqlite:" + Path.Combine(_folder.FullName, "ledger.db");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Group_without_a_verb_says_which_there_are()
    {
        var (exitCode, output, error) = await _cli.RunAsync("budget");

        Assert.Equal((2, "", "llmtelemetry: Say what to do: llmtelemetry budget list | show | set | unset | reset; --help shows more.\n"), (exitCode, output, error));
    }

    [Fact]
    public async Task List_prints_limits_the_fullest_first()
    {
        await using var app = await BudgetedApp.StartAsync(Store);
        await app.Budgets.ChargeAsync("ada", 1_000, 0.5m, cancellationToken: Stop);
        await app.Budgets.ChargeAsync("bob", 200, 1.5m, cancellationToken: Stop);

        var all = await OutputAsync("list");
        var daily = (await OutputAsync("list", "--limit", "daily")).TrimEnd().Split('\n');
        var first = (await OutputAsync("list", "--limit", "daily", "--count", "1")).TrimEnd().Split('\n');

        Assert.Equal("limit  per   subject  unit  window  amount  used  held  remaining  used %         resets (UTC)", daily[0]);
        Assert.Equal(["daily  user  bob      usd   day          2   1.5     0        0.5    75.0  2026-11-23 00:00:00", "daily  user  ada      usd   day          2   0.5     0        1.5    25.0  2026-11-23 00:00:00"], daily[2..]);
        Assert.Equal(daily[..3], first);
        Assert.Contains("1,200", Assert.Single(all.Split('\n'), line => line.StartsWith("all ", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Contains("tier.requests_per_minute", all, StringComparison.Ordinal);
    }

    [Fact]
    public async Task List_names_limits_of_which_nothing_was_used()
    {
        await using var app = await BudgetedApp.StartAsync(Store);

        Assert.Equal("Nothing was used yet of: daily.\n", await OutputAsync("list", "--limit", "DAILY"));
        Assert.Matches("\nNothing was used yet of: daily, monthly, tier\\.requests_per_minute, .+\\.\n$", await OutputAsync("list"));
        await app.Budgets.ChargeAsync("ada", 1, cancellationToken: Stop);
        Assert.EndsWith("\nNothing was used yet of: daily.\n", await OutputAsync("list"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_amount_of_a_user_whose_id_has_a_percent_sign_holds_also_where_nobody_encoded_it()
    {
        await using var app = await BudgetedApp.StartAsync(Store);

        await OutputAsync("set", "daily", "7", "--subject", "50% off");

        Assert.Equal((7m, 7m), await DailyAsync(app, "50% off"));
        Assert.Contains("50%25 off", await OutputAsync("show", "daily", "50% off"), StringComparison.Ordinal);
        await OutputAsync("unset", "daily", "--subject", "50%25 off");
        Assert.Equal((2m, 2m), await DailyAsync(app, "50% off"));
    }

    [Fact]
    public async Task List_as_JSON_has_exact_figures_and_null_where_there_is_no_limit()
    {
        await using var app = await BudgetedApp.StartAsync(Store, options => options.Limits.Add(new BudgetLimit("counted", BudgetUnit.Usd, null, BudgetWindow.Month)));
        await app.Budgets.ChargeAsync("ada/b%c", 1_000, 0.123456789m, cancellationToken: Stop);

        using var json = JsonDocument.Parse(await OutputAsync("list", "--format", "json"));
        var rows = json.RootElement.EnumerateArray().ToDictionary(row => row.GetProperty("name").GetString()!);

        Assert.Equal(("user", "ada%2Fb%25c", "usd", "day"), (Text(rows["daily"], "per"), Text(rows["daily"], "subject"), Text(rows["daily"], "unit"), Text(rows["daily"], "window")));
        Assert.Equal((2m, 0.123456789m, 0m, 1.876543211m), (Number(rows["daily"], "limit"), Number(rows["daily"], "used"), Number(rows["daily"], "held"), Number(rows["daily"], "remaining")));
        Assert.Equal("2026-11-23T00:00:00+00:00", Text(rows["daily"], "resets_at"));
        Assert.Equal((null, null, 0.123456789m), (Number(rows["counted"], "limit"), Number(rows["counted"], "remaining"), Number(rows["counted"], "used")));
    }

    [Fact]
    public async Task Limits_of_a_tier_that_only_calls_say_are_not_passed_off_as_unlimited()
    {
        await using var app = await BudgetedApp.StartAsync(Store, options => options.DefaultTier = null);
        await app.Budgets.ChargeAsync("ada", 1_000, tier: "free", cancellationToken: Stop);

        using var json = JsonDocument.Parse(await OutputAsync("show", "tier.tokens_per_hour", "ada", "--format", "json"));
        Assert.Equal((null, false), (Number(json.RootElement, "limit"), json.RootElement.GetProperty("limit_known").GetBoolean()));
        Assert.Matches(@" \? +1,000 +0 +\? ", await OutputAsync("list", "--limit", "tier.tokens_per_hour"));
        await OutputAsync("set", "tier.tokens_per_hour", "5000", "--subject", "ada");
        Assert.Contains("4,000", await OutputAsync("show", "tier.tokens_per_hour", "ada"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Show_prints_all_limits_of_a_user_with_those_of_the_tier()
    {
        await using var app = await BudgetedApp.StartAsync(Store);
        await app.Budgets.ChargeAsync("ada", 1_000, 0.5m, cancellationToken: Stop);

        var text = await OutputAsync("show", "--user", "ada", "--tier", "enterprise");
        using var json = JsonDocument.Parse(await OutputAsync("show", "--user", "ada", "--tier", "free", "--format", "json"));
        var limits = json.RootElement.GetProperty("limits").EnumerateArray().ToDictionary(row => row.GetProperty("name").GetString()!);

        Assert.StartsWith("user ada, tier enterprise\n\n", text, StringComparison.Ordinal);
        Assert.StartsWith("user ada, tier enterprize, of which no application has limits\n\n", await OutputAsync("show", "--user", "ada", "--tier", "enterprize"), StringComparison.Ordinal);
        Assert.Contains("1,000,000", Assert.Single(text.Split('\n'), line => line.StartsWith("tier.tokens_per_hour", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Equal(("ada", "free", "daily", "monthly"), (Text(json.RootElement, "user"), Text(json.RootElement, "tier"), Text(json.RootElement, "daily"), Text(json.RootElement, "monthly")));
        Assert.Equal((10_000m, 1_000m), (Number(limits["tier.tokens_per_hour"], "limit"), Number(limits["tier.tokens_per_hour"], "used")));
        Assert.Equal(1.5m, Number(limits["daily"], "remaining"));
    }

    [Fact]
    public async Task Show_prints_one_limit_of_one_subject_also_of_who_used_nothing()
    {
        await using var app = await BudgetedApp.StartAsync(Store);
        await app.Budgets.ChargeAsync("ada", 1_000, 0.5m, cancellationToken: Stop);

        using var ada = JsonDocument.Parse(await OutputAsync("show", "daily", "ada", "--format", "json"));
        using var nobody = JsonDocument.Parse(await OutputAsync("show", "daily", "nobody", "--format", "json"));

        Assert.Equal((0.5m, 1.5m), (Number(ada.RootElement, "used"), Number(ada.RootElement, "remaining")));
        Assert.Equal((0m, 2m), (Number(nobody.RootElement, "used"), Number(nobody.RootElement, "remaining")));
        Assert.Contains("1,000,000", await OutputAsync("show", "all"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Set_holds_in_the_application_until_it_is_unset()
    {
        await using var app = await BudgetedApp.StartAsync(Store);
        await app.Budgets.ChargeAsync("ada", 1_000, 0.5m, cancellationToken: Stop);

        Assert.Equal("The limit daily of 'ada' is 0.25 from the next call on.\n", await OutputAsync("set", "daily", "0.25", "--subject", "ada"));
        Assert.Equal("The limit daily of everybody is unlimited from the next call on.\n", await OutputAsync("set", "daily", "Unlimited"));
        Assert.Equal((0.25m, 0m), await DailyAsync(app, "ada"));
        Assert.False(await app.Budgets.CheckQuotaAsync("ada", cancellationToken: Stop));
        Assert.Equal((null, null), await DailyAsync(app, "bob"));

        Assert.Equal("The limit daily of 'ada' is as it is configured again, from the next call on.\n", await OutputAsync("unset", "daily", "--subject", "ada"));
        Assert.Equal((null, null), await DailyAsync(app, "ada"));
        await OutputAsync("unset", "daily");
        Assert.Equal((2m, 1.5m), await DailyAsync(app, "ada"));
    }

    [Fact]
    public async Task Reset_asks_first_and_then_sets_what_was_used_to_nothing()
    {
        await using var app = await BudgetedApp.StartAsync(Store);
        await app.Budgets.ChargeAsync("ada", 1_000, 0.5m, cancellationToken: Stop);
        await app.Budgets.ChargeAsync("bob", 1_000, 0.5m, cancellationToken: Stop);

        var (exitCode, output, error) = await RunAsync("reset", "daily", "--subject", "ada");
        Assert.Equal((2, ""), (exitCode, output));
        Assert.Contains("what was used of the limit daily of 'ada' is set to 0", error, StringComparison.Ordinal);
        Assert.Contains("--yes", error, StringComparison.Ordinal);
        Assert.Equal((2m, 1.5m), await DailyAsync(app, "ada"));

        Assert.Equal("What was used of the limit daily of 'ada' is 0.\n", await OutputAsync("reset", "daily", "--subject", "ada", "--yes"));
        Assert.Equal((2m, 2m), await DailyAsync(app, "ada"));
        Assert.Equal((2m, 1.5m), await DailyAsync(app, "bob"));
    }

    [Theory]
    [InlineData("set", "daily", "-1")]
    [InlineData("set", "daily", "1,5")]
    [InlineData("set", "daily", "much")]
    [InlineData("set", "daily", "0.0000000001")]
    [InlineData("set", "daily", "9007200")]
    [InlineData("set", "monthly", "1.5", "--subject", "ada")]
    [InlineData("set", "dayly", "1")]
    [InlineData("set", "daily")]
    [InlineData("unset", "dayly")]
    [InlineData("reset", "dayly", "--yes")]
    [InlineData("show")]
    [InlineData("show", "daily", "ada", "--user", "ada")]
    [InlineData("show", "daily", "ada", "--tier", "free")]
    [InlineData("show", "dayly")]
    [InlineData("show", "daily")]
    [InlineData("show", "all", "ada")]
    [InlineData("reset", "daily", "--yes")]
    [InlineData("set", "all", "5", "--subject", "ada")]
    [InlineData("list", "--limit", "dayly")]
    [InlineData("list", "--count", "0")]
    [InlineData]
    public async Task Wrong_arguments_are_one_line_and_change_nothing(params string[] arguments)
    {
        await using var app = await BudgetedApp.StartAsync(Store);
        await app.Budgets.ChargeAsync("ada", 1_000, 0.5m, cancellationToken: Stop);

        var (exitCode, output, error) = await RunAsync(arguments);

        Assert.Equal((2, ""), (exitCode, output));
        Assert.StartsWith("llmtelemetry: ", error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd().Split('\n'));
        Assert.DoesNotContain("(Parameter", error, StringComparison.Ordinal);
        Assert.Equal((2m, 1.5m), await DailyAsync(app, "ada"));
    }

    [Fact]
    public async Task Store_without_budgets_is_told_and_not_made()
    {
        await Ledger.FillAsync(Store, null, Ledger.Call("ada"));
        var before = _folder.GetFiles().Length;

        var (exitCode, output, error) = await RunAsync("list");

        Assert.Equal((1, ""), (exitCode, output));
        Assert.Contains("There are no budgets yet in sqlite:" + Path.Combine(_folder.FullName, "ledger.budgets.db"), error, StringComparison.Ordinal);
        Assert.Equal(before, _folder.GetFiles().Length);
        Assert.Equal(1, (await _cli.RunAsync("budget", "list", "--store", "sqlite::memory:")).ExitCode);
    }

    [Fact]
    public async Task Budgets_in_a_store_of_their_own_are_found_by_the_setting_that_the_application_has()
    {
        var own = "sqlite:" + Path.Combine(_folder.FullName, "limits.db");
        await using var app = await BudgetedApp.StartAsync(Store, options => options.Store = own);
        await app.Budgets.ChargeAsync("ada", 1_000, 0.5m, cancellationToken: Stop);
        _cli.Environment["LlmTelemetry__Budgets__Store"] = own;

        Assert.Contains("ada", (await _cli.RunAsync("budget", "list")).Output, StringComparison.Ordinal);
        Assert.Equal(1, (await RunAsync("list")).ExitCode);
    }

    [Fact]
    public async Task Reset_asks_with_the_place_of_the_budgets_themselves()
    {
        Assert.Contains($" in sqlite:{Path.Combine(_folder.FullName, "ledger.budgets.db")}.", (await RunAsync("reset", "daily")).Error, StringComparison.Ordinal);

        _cli.Environment["LlmTelemetry__Budgets__Store"] = "redis://limits.example:6379";
        Assert.Contains(" in redis://limits.example:6379.", (await _cli.RunAsync("budget", "reset", "daily")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_store_of_budgets_that_is_none_is_a_wrong_setting()
    {
        _cli.Environment["LlmTelemetry__Budgets__Store"] = "mysql://localhost";

        var (exitCode, output, error) = await _cli.RunAsync("budget", "list");

        Assert.Equal((2, ""), (exitCode, output));
        Assert.Contains("LlmTelemetry__Budgets__Store", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_amount_that_is_too_fine_is_told_as_it_was_written()
    {
        await using var app = await BudgetedApp.StartAsync(Store);

        Assert.Equal("llmtelemetry: Limit 'daily': 0.0000000001 usd is no amount: it must have at most 9 decimals.\n", (await RunAsync("set", "daily", "0.0000000001")).Error);
    }

    [Fact]
    public async Task Redis_is_listed_set_reset_and_erased_as_the_file_is()
    {
        await using var redis = await RedisServer.StartAsync();
        await Ledger.FillAsync(redis.Address, null, Ledger.Call("ada"));
        await using var app = await BudgetedApp.StartAsync(redis.Address);
        await app.Budgets.ChargeAsync("ada", 1_000, 0.5m, cancellationToken: Stop);

        Assert.Contains("0.5", (await _cli.RunAsync("budget", "show", "daily", "ada", "--store", redis.Address)).Output, StringComparison.Ordinal);
        Assert.Equal(0, (await _cli.RunAsync("budget", "set", "daily", "0.25", "--subject", "ada", "--store", redis.Address)).ExitCode);
        Assert.Equal((0.25m, 0m), await DailyAsync(app, "ada"));
        Assert.Equal(0, (await _cli.RunAsync("budget", "reset", "daily", "--subject", "ada", "--yes", "--store", redis.Address)).ExitCode);
        Assert.Equal((0.25m, 0.25m), await DailyAsync(app, "ada"));

        var (exitCode, output, error) = await _cli.RunAsync("erase", "--user", "ada", "--yes", "--store", redis.Address);
        Assert.Equal((0, ""), (exitCode, error));
        Assert.Contains(" 1 overrides of budgets.", output, StringComparison.Ordinal);
        Assert.Equal((2m, 2m), await DailyAsync(app, "ada"));
    }

    [Fact]
    public async Task Redis_that_is_away_is_a_problem_of_the_store()
    {
        var (exitCode, output, error) = await _cli.RunAsync("budget", "show", "--user", "ada", "--store", "redis://127.0.0.1:1");

        Assert.Equal((1, ""), (exitCode, output));
        Assert.Single(error.TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task Erase_takes_a_user_out_of_budgets_and_leaves_what_all_used()
    {
        await Ledger.FillAsync(Store, null, Ledger.Call("ada"));
        await using var app = await BudgetedApp.StartAsync(Store);
        await app.Budgets.ChargeAsync("ada", 1_000, 0.5m, cancellationToken: Stop);
        await app.Budgets.ChargeAsync("bob", 1_000, 0.5m, cancellationToken: Stop);
        await app.Budgets.SetLimitAsync("daily", "ada", 5, Stop);

        // Of ada: a day, a month, and what tiers count: tokens an hour, requests a minute, a day and a month.
        var (exitCode, output, error) = await _cli.RunAsync("erase", "--user", "ada", "--yes", "--store", Store);
        Assert.Equal((0, ""), (exitCode, error));
        Assert.Equal("The user 'ada' is erased: 3 rows and sessions, 1 records, 6 counters and 1 overrides of budgets.\n", output);
        Assert.Equal("There was nothing of the user 'ada'.\n", (await _cli.RunAsync("erase", "--user", "ada", "--yes", "--store", Store)).Output);

        var list = await OutputAsync("list");
        Assert.DoesNotContain("ada", list, StringComparison.Ordinal);
        Assert.Contains("2,000", Assert.Single(list.Split('\n'), line => line.StartsWith("all ", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Equal((2m, 1.5m), await DailyAsync(app, "bob"));
        Assert.Equal((2m, 2m), await DailyAsync(app, "ada"));
    }

    [Fact]
    public async Task Doctor_says_what_is_kept_of_budgets()
    {
        await Ledger.FillAsync(Store, null, Ledger.Call("ada"));
        Assert.Contains("ok    budgets        None are kept here.\n", (await _cli.RunAsync("doctor", "--store", Store)).Output, StringComparison.Ordinal);

        await using var app = await BudgetedApp.StartAsync(Store);
        await app.Budgets.ChargeAsync("ada", 1_000, 2m, cancellationToken: Stop);
        var line = (await _cli.RunAsync("doctor", "--store", Store)).Output.Split('\n').Single(line => line.Contains("budgets", StringComparison.Ordinal));

        Assert.StartsWith("ok    budgets ", line, StringComparison.Ordinal);
        Assert.EndsWith(" limits are announced, 7 of their counters were used, 0 are held of by calls under way, 1 have nothing left.", line, StringComparison.Ordinal);
    }

    private static string? Text(JsonElement row, string name) => row.GetProperty(name).GetString();

    private static decimal? Number(JsonElement row, string name) => row.GetProperty(name) is { ValueKind: JsonValueKind.Number } value ? value.GetDecimal() : null;

    private static async Task<(decimal? Limit, decimal? Remaining)> DailyAsync(BudgetedApp app, string user)
    {
        var daily = Assert.Single((await app.Budgets.GetQuotaAsync(user, cancellationToken: Stop)).Limits, limit => limit.Name == "daily");
        return (daily.Limit, daily.Remaining);
    }

    private Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments) =>
        _cli.RunAsync(["budget", .. arguments, .. (string[])(arguments.Length == 0 ? [] : ["--store", Store])]);

    private async Task<string> OutputAsync(params string[] arguments)
    {
        var (exitCode, output, error) = await RunAsync(arguments);
        Assert.Equal((0, ""), (exitCode, error));
        return output;
    }
}
