using LlmTelemetry.Grafana;

namespace LlmTelemetry.EndToEnd.Tests.Watching;

/// <summary>Money neither appears nor vanishes in the dashboards' amounts: at midnight, with several publishers, in quiet hours.</summary>
public sealed class AmountsTests
{
    private const string Read = "llm_ledger_reset_seconds{job=\"shop\", instance=\"a\", llm_ledger_period=\"day\"}";
    private const string AllSpend = "llm:spend_USD{llm_ledger_period=\"day\"}";

    private static readonly LedgerView Ledger = LedgerView.Users;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_publishers_of_one_ledger_are_not_added_up() => Assert.Null(await new PromtoolCase("1m")
        .With(Spend("day", "ada", "a"), "5x10").With(Spend("day", "ada", "b"), "5x10")
        .Expect(Ledger.Sum(LedgerView.Spend, "day"), "3m", ("", 5))
        .Expect(Ledger.Sum(LedgerView.Spend, "day", Query.User), "3m", ("user_id=\"ada\"", 5))
        .FailureAsync(Cancellation));

    // b ends at the tenth minute; for five more Prometheus shows what it said last.
    [Fact]
    public async Task Publisher_that_has_ended_says_nothing_more() => Assert.Null(await new PromtoolCase("1m")
        .With(Spend("day", "ada", "a"), "5x20").With(Spend("day", "ada", "b"), "7x10").With(Spend("day", "bob", "b"), "9x10")
        .Expect(Ledger.Sum(LedgerView.Spend, "day"), "12m", ("", 5))
        .Expect(Ledger.Sum(LedgerView.Spend, "day", Query.User), "12m", ("user_id=\"ada\"", 5))
        .FailureAsync(Cancellation));

    [Fact]
    public async Task User_of_yesterday_is_gone_with_the_day() => Assert.Null(await new PromtoolCase("1m")
        .With(Spend("day", "ada"), "100x10").With(Spend("day", "bob"), "50x10 1x10")
        .Expect(Ledger.Sum(LedgerView.Spend, "day"), "10m", ("", 150))
        .Expect(Ledger.Sum(LedgerView.Spend, "day"), "11m", ("", 1))
        .FailureAsync(Cancellation));

    // The reading at each full hour is still that of the hour before. 60 USD in the first hour, 120 in the second, 90 in the third until its half, none after.
    [Fact]
    public async Task Bar_of_an_hour_is_what_the_hour_came_to()
    {
        var bar = Ledger.InEachHour(LedgerView.Spend);
        Assert.Null(await new PromtoolCase("1m")
            .With(Spend("hour", "ada"), "_ 1+1x59 2+2x59 3+3x29 _x60")
            .Expect(bar, "30m", ("", 60)).Expect(bar, "1h", ("", 120)).Expect(bar, "1h59m", ("", 120)).Expect(bar, "2h30m", ("", 90)).Expect(bar, "3h30m")
            .FailureAsync(Cancellation));
    }

    [Fact]
    public async Task Bars_of_the_largest_and_of_all_others_are_the_hour()
    {
        var targets = Ledger.HourlyOfLargest(1, Query.User);
        var history = new PromtoolCase("1m");
        foreach (var (user, usd) in new[] { ("ada", 50), ("bob", 30), ("cleo", 2), ("_other", 1) })
        {
            history.With(Spend("hour", user), $"{usd}x59").With(Spend("month", user), $"{usd}x59");
        }

        Assert.Null(await history
            .Expect(targets[0].Expression, "55m", ("user_id=\"ada\"", 50), ("user_id=\"_other\"", 1)).Expect(targets[1].Expression, "55m", ("", 32))
            .FailureAsync(Cancellation));
    }

    [Fact]
    public async Task Who_has_no_price_yet_has_calls_and_a_row() => Assert.Null(await new PromtoolCase("1m")
        .With(Spend("month", "ada"), "50x5").With(Calls("month", "ada"), "3x5").With(Calls("month", "dan"), "2x5")
        .Expect($"count by ({Query.User}) ({Ledger.Rows(1, "month", Query.User, Query.User)})", "5m", ("user_id=\"ada\"", 1), ("user_id=\"dan\"", 1))
        .FailureAsync(Cancellation));

    // bob has spent yesterday alone, cleo today alone.
    [Fact]
    public async Task Change_is_from_nothing_and_to_nothing_too()
    {
        var changed = new Growth("llm:spend_by_user_USD", Query.User, $"{Query.User}=~\"$user\"").Changed;
        var change = changed.Single(column => column.Title == Growth.SortBy).Expression;
        var today = changed.Single(column => column.Title == "today").Expression;
        Assert.Null(await new PromtoolCase("1h")
            .With(AllSpend, "10x29").With(Recorded("ada"), "4x23 9x5").With(Recorded("bob"), "6x23").With(Recorded("cleo"), "_x24 3x5")
            .Expect(change, "25h", ("user_id=\"ada\"", 5), ("user_id=\"bob\"", -6), ("user_id=\"cleo\"", 3))
            .Expect(today, "25h", ("user_id=\"ada\"", 9), ("user_id=\"cleo\"", 3))
            .FailureAsync(Cancellation));
    }

    [Fact]
    public async Task After_a_day_without_calls_everybody_has_grown()
    {
        var change = new Growth("llm:spend_by_user_USD", Query.User, $"{Query.User}=~\"$user\"").Grown.Single(column => column.Title == Growth.SortBy).Expression;
        Assert.Null(await new PromtoolCase("1h").With(AllSpend, "0x23 4x5").With(Recorded("ada"), "_x24 4x5").Expect(change, "25h", ("user_id=\"ada\"", 4)).FailureAsync(Cancellation));
    }

    // The first call comes in the fifth minute; in the tenth one without a price.
    [Fact]
    public async Task Before_the_first_call_spend_is_0_and_without_any_price_it_is_not_known()
    {
        Assert.Null(await new PromtoolCase("1m")
            .With(Read, "60x10").With(Spend("day", "ada"), "_x5 7x5").With(Calls("day", "ada"), "_x5 1x5")
            .Expect(Ledger.SoFar(LedgerView.Spend, "day"), "4m", ("", 0)).Expect(Ledger.SoFar(LedgerView.Calls, "day"), "4m", ("", 0)).Expect(Ledger.SoFar(LedgerView.Spend, "day"), "8m", ("", 7))
            .FailureAsync(Cancellation));
        Assert.Null(await new PromtoolCase("1m")
            .With(Read, "60x10").With(Calls("day", "ada"), "2x10").Expect(Ledger.SoFar(LedgerView.Spend, "day"), "5m").Expect(Ledger.SoFar(LedgerView.Calls, "day"), "5m", ("", 2))
            .FailureAsync(Cancellation));
        Assert.Null(await new PromtoolCase("1m").With("up", "1x10").Expect(Ledger.SoFar(LedgerView.Spend, "day"), "5m").FailureAsync(Cancellation));
    }

    [Fact]
    public async Task Of_one_of_those_who_are_summed_spend_is_not_known()
    {
        var ofZed = Ledger.SoFar(LedgerView.Spend, "day").Replace("$user", "zed", StringComparison.Ordinal);
        Assert.Null(await new PromtoolCase("1m")
            .With(Read, "60x10").With(Calls("day", "ada"), "1x10").With(Calls("day", "_other"), "_x5 1x5").Expect(ofZed, "4m", ("", 0)).Expect(ofZed, "8m")
            .FailureAsync(Cancellation));
    }

    [Fact]
    public async Task Who_is_called_none_is_not_who_did_not_say() => Assert.Null(await new PromtoolCase("1m")
        .With(Spend("day", ""), "1x5").With(Spend("day", "(none)"), "2x5").With(Spend("day", "((none))"), "3x5")
        .Expect(Query.Named(Ledger.Sum(LedgerView.Spend, "day", Query.User), Query.User), "3m", ("user_id=\"(none)\"", 1), ("user_id=\"((none))\"", 2), ("user_id=\"(((none)))\"", 3))
        .FailureAsync(Cancellation));

    [Fact]
    public async Task Nobody_has_a_share_of_nothing() => Assert.Null(await new PromtoolCase("1m")
        .With(Spend("month", "ada"), "0x5").Expect(Ledger.Share(LedgerView.Spend, "month", Query.User), "5m")
        .FailureAsync(Cancellation));

    // Of two calls that asked for the model chosen one failed: it does not say which model would have answered.
    [Fact]
    public async Task Failed_share_of_a_chosen_model_is_of_all_its_calls() => Assert.Null(await new PromtoolCase("1m")
        .With(Counted("completed", "gen_ai_response_model=\"sonnet\""), "0+1x60").With(Counted("failed", "error_type=\"529\""), "0+1x60").With(Counted("completed", "gen_ai_response_model=\"haiku\""), "0+9x60")
        .Expect(Query.FailedShareInRange.Replace("$model", "sonnet", StringComparison.Ordinal).Replace("$__range", "30m", StringComparison.Ordinal), "60m", ("", 0.5))
        .FailureAsync(Cancellation));

    [Fact]
    public async Task Where_nothing_is_known_of_yesterday_nothing_has_changed()
    {
        var grown = new Growth("llm:spend_by_user_USD", Query.User, $"{Query.User}=~\"$user\"").Grown;
        Assert.Null(await new PromtoolCase("1h")
            .With(Recorded("ada"), "4x5")
            .Expect(grown.Single(column => column.Title == Growth.SortBy).Expression, "1h")
            .Expect(grown.Single(column => column.Title == "today").Expression, "1h", ("user_id=\"ada\"", 4))
            .FailureAsync(Cancellation));
    }

    [Fact]
    public async Task A_wrong_amount_is_found() => Assert.Contains("FAILED", await new PromtoolCase("1m")
        .With(Spend("day", "ada"), "5x10").Expect(Ledger.Sum(LedgerView.Spend, "day"), "3m", ("", 6))
        .FailureAsync(Cancellation), StringComparison.Ordinal);

    private static string Spend(string period, string user, string instance = "a") => Gauge("llm_ledger_spend_USD", period, user, instance);

    private static string Calls(string period, string user) => Gauge("llm_ledger_calls", period, user, "a");

    private static string Gauge(string name, string period, string user, string instance) =>
        $"{name}{{job=\"shop\", instance=\"{instance}\", llm_ledger_period=\"{period}\", gen_ai_provider_name=\"anthropic\", gen_ai_response_model=\"sonnet\", user_id=\"{user}\"}}";

    private static string Counted(string outcome, string more) =>
        $"llm_usage_calls_total{{job=\"shop\", gen_ai_provider_name=\"anthropic\", gen_ai_request_model=\"newest\", llm_outcome=\"{outcome}\", {more}}}";

    private static string Recorded(string user) => $"llm:spend_by_user_USD{{llm_ledger_period=\"day\", user_id=\"{user}\"}}";
}
