using LlmTelemetry.EndToEnd.Tests.Watching.Ledger;
using LlmTelemetry.EndToEnd.Tests.Watching.Queries;

namespace LlmTelemetry.EndToEnd.Tests.Watching.History;

/// <summary>What panels and rules say of days that are over: amounts worked out by hand, at chosen times.</summary>
public sealed class HistoryTests(HistoryPrometheus prometheus) : IClassFixture<HistoryPrometheus>
{
    // At one of them a publisher has died, at another the application was restarted, at others periods are minutes old.
    public static TheoryData<string> Moments =>
    [
        "2026-03-29T23:59:00Z", "2026-03-31T12:02:00Z", "2026-03-31T23:57:00Z", "2026-03-31T23:59:30Z", "2026-04-01T00:00:00Z", "2026-04-01T00:02:00Z", "2026-04-01T00:04:30Z",
        "2026-04-01T00:30:00Z", "2026-04-01T10:30:00Z", "2026-04-01T11:00:00Z", "2026-04-01T12:58:00Z",
    ];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Neither twice, for two publish it, nor yesterday's, for one of them died before midnight.</summary>
    [Theory]
    [MemberData(nameof(Moments))]
    public async Task Panels_show_the_ledgers_amounts_of_that_moment(string moment)
    {
        await prometheus.StartAsync();
        var at = DateTimeOffset.Parse(moment, System.Globalization.CultureInfo.InvariantCulture);
        var compared = 0;
        foreach (var dashboard in GrafanaDashboard.All)
        {
            var choices = await Choices.ReadAsync(dashboard, prometheus.Api, Cancellation);
            foreach (var (where, amount) in dashboard.Queries.SelectMany(query => choices.Otherwise(query).Prepend(choices.All(query)).Select(expression => (query.Where, Amount: AmountQuery.Read(expression)))))
            {
                if (amount is { Measure: not ("calls" or "tokens"), Period: { } period, IsTop: false })
                {
                    var shown = await prometheus.Api.QueryAsync(amount.Expression, at, Cancellation);
                    Near(CompanyHistory.Spent(period, LastReading(at)), shown.Sum(sample => sample.Value), $"{where} at {moment}");
                    compared++;
                }
            }
        }

        Assert.True(compared > 0);
    }

    [Theory]
    [MemberData(nameof(Moments))]
    public async Task Rules_record_the_ledgers_amounts_of_that_moment(string moment)
    {
        await prometheus.StartAsync();
        var at = DateTimeOffset.Parse(moment, System.Globalization.CultureInfo.InvariantCulture);
        foreach (var rule in new[] { "llm:spend_USD", "llm:spend_by_provider_USD", "llm:spend_by_model_USD", "llm:spend_by_user_USD", "llm:spend_by_feature_USD", "llm:spend_by_tenant_USD" })
        {
            var measured = Measured(rule);
            foreach (var period in new[] { "hour", "day", "month" })
            {
                // llm:spend_USD is made of what was recorded, which was every two minutes.
                var shown = await prometheus.Api.QueryAsync($"sum(({measured}) and on () vector(1)) by (llm_ledger_period)", at, Cancellation);
                var sample = Assert.Single(shown, sample => sample["llm_ledger_period"] == period);
                var (least, most) = (CompanyHistory.Spent(period, LastReading(at.AddMinutes(-2))), CompanyHistory.Spent(period, LastReading(at)));
                Assert.True(
                    (sample.Value >= least - 1e-9 && sample.Value <= most + 1e-9) || CompanyHistory.StartOf(period, at.AddMinutes(-2)) != CompanyHistory.StartOf(period, at),
                    $"{rule} of the {period} at {moment} is {sample.Value}, not from {least} to {most}");
            }
        }
    }

    /// <summary>1 USD an hour, and 12 more from 10:00 to 11:00 on April 1; 48 a day and 24 more there.</summary>
    [Theory]
    [InlineData("5m", "2026-04-01T10:30:00Z", 13.0 / 12)]
    [InlineData("30m", "2026-04-01T10:30:00Z", 6.5)]
    [InlineData("1h", "2026-04-01T11:00:00Z", 13)]
    [InlineData("2h", "2026-04-01T11:00:00Z", 14)]
    [InlineData("6h", "2026-04-01T11:00:00Z", 18)]
    [InlineData("6h", "2026-04-01T04:00:00Z", 6)]
    [InlineData("1d", "2026-04-01T12:00:00Z", 36)]
    [InlineData("1d", "2026-04-01T06:00:00Z", 24)]
    [InlineData("3d", "2026-04-01T12:00:00Z", 84)]
    [InlineData("1h", "2026-04-01T00:30:00Z", 1)]
    [InlineData("1h", "2026-03-31T12:30:00Z", 1)]
    public async Task Spend_of_a_window_is_what_was_spent_in_it(string window, string moment, double expected)
    {
        await prometheus.StartAsync();
        var at = DateTimeOffset.Parse(moment, System.Globalization.CultureInfo.InvariantCulture);
        var shown = Assert.Single(await prometheus.Api.QueryAsync(Measured($"llm:spend_USD:increase{window}"), at, Cancellation));

        // A reading a minute, recorded every other: what is missing is two minutes of money at most.
        Assert.InRange(shown.Value, expected - (3 * 13 / 60.0), expected + (3 * 13 / 60.0));
    }

    /// <summary>The day's 30 USD: 13 in an hour burn them 10.4 times as fast as a day allows, 1 in an hour 0.8 times. The month's 900: 13 in an hour of 720.</summary>
    [Theory]
    [InlineData("ledger", "1h", "2026-04-01T11:00:00Z", 10.4)]
    [InlineData("ledger", "5m", "2026-04-01T10:30:00Z", 10.4)]
    [InlineData("ledger", "1h", "2026-04-01T00:30:00Z", 0.8)]
    [InlineData("ledger", "6h", "2026-04-01T11:00:00Z", 2.4)]
    [InlineData("monthly", "1h", "2026-04-01T11:00:00Z", 10.4)]
    [InlineData("monthly", "6h", "2026-04-01T06:30:00Z", 0.8)]
    [InlineData("monthly", "1d", "2026-04-01T12:00:00Z", 1.2)]
    public async Task Budgets_burn_as_fast_as_the_money_is_spent(string budget, string window, string moment, double expected)
    {
        await prometheus.StartAsync();
        var at = DateTimeOffset.Parse(moment, System.Globalization.CultureInfo.InvariantCulture);
        var shown = Assert.Single(await prometheus.Api.QueryAsync(Measured($"llm:budget_burn:ratio{window}"), at, Cancellation), sample => sample["llm_budget_name"] == budget);
        Assert.InRange(shown.Value, expected * 0.93, expected * 1.07);
    }

    [Theory]
    [InlineData("ledger", "2026-04-01T11:30:00Z", 23.5 / 30)]
    [InlineData("ledger", "2026-04-01T00:02:00Z", 2 / 60.0 / 30)]
    [InlineData("monthly", "2026-03-31T23:57:00Z", 191.95 / 900)]
    [InlineData("monthly", "2026-04-01T00:02:00Z", 2 / 60.0 / 900)]
    public async Task Budgets_are_used_by_what_their_period_spent(string budget, string moment, double expected)
    {
        await prometheus.StartAsync();
        var at = DateTimeOffset.Parse(moment, System.Globalization.CultureInfo.InvariantCulture);
        var shown = Assert.Single(await prometheus.Api.QueryAsync(Measured("llm:budget_used:ratio"), at, Cancellation), sample => sample["llm_budget_name"] == budget);
        Assert.InRange(shown.Value, (expected * 0.999) - (2 / 60.0 / 30), (expected * 1.001) + 1e-6);
    }

    /// <summary>A process that begins anew counts from 0: an hour across it has Alice's 60 calls and Bob's 20, but for the one of the missing reading.</summary>
    [Theory]
    [InlineData("2026-03-31T11:00:00Z")]
    [InlineData("2026-03-31T12:30:00Z")]
    [InlineData("2026-03-31T14:00:00Z")]
    public async Task Calls_of_an_hour_are_what_they_were_though_the_application_was_restarted(string moment)
    {
        await prometheus.StartAsync();
        var at = DateTimeOffset.Parse(moment, System.Globalization.CultureInfo.InvariantCulture);
        var measured = Measured("llm:calls:increase1h");
        Assert.InRange((await prometheus.Api.QueryAsync(measured, at, Cancellation)).Sum(sample => sample.Value), 77, 82);
    }

    /// <summary>What the live tests excuse for want of days shows something here.</summary>
    [Fact]
    public async Task Queries_that_take_history_have_data_where_there_is_some()
    {
        await prometheus.StartAsync();
        var at = CompanyHistory.Asked;
        foreach (var name in QuietQueries.TakingHistory)
        {
            var expressions = AlertRules.All.Where(rule => rule.Name == name).Select(rule => rule.Measured).ToList();
            foreach (var dashboard in GrafanaDashboard.All)
            {
                var choices = await Choices.ReadAsync(dashboard, prometheus.Api, Cancellation);
                expressions.AddRange(dashboard.Queries.Where(query => query.Where == name).Select(choices.All));
            }

            Assert.True(expressions.Count > 0, $"there is no {name} any more");
            foreach (var expression in expressions)
            {
                Assert.True((await prometheus.Api.QueryAsync(expression, at, Cancellation)).Any(sample => !double.IsNaN(sample.Value)), $"{name} has no data: {expression}");
            }
        }
    }

    // The rule itself, with what it is made of recorded.
    private static string Measured(string rule) => string.Join(" or ", AlertRules.All.Where(recorded => recorded.Name == rule).Select(recorded => $"({recorded.Expression})"));

    // Readings are a minute apart: the application's on the minute, the service's, while it lived, on the half.
    private static DateTimeOffset LastReading(DateTimeOffset at)
    {
        var minute = at.AddSeconds(-at.Second);
        return at.Second >= 30 && at < CompanyHistory.Midnight.AddMinutes(-2) ? minute.AddSeconds(30) : minute;
    }

    private static void Near(double expected, double shown, string what) => Assert.True(Math.Abs(shown - expected) <= (Math.Abs(expected) * 1e-9) + 1e-12, $"{what} is {shown}, not {expected}");
}
