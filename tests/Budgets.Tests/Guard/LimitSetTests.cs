using LlmTelemetry.Usage;

namespace LlmTelemetry.Budgets.Tests.Guard;

public sealed class LimitSetTests
{
    private static readonly TimeZoneInfo Berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");

    [Fact]
    public void A_call_falls_under_the_limits_whose_scope_it_says()
    {
        var limits = Of(
            Limit("all", BudgetScope.Global), Limit("user", BudgetScope.User), Limit("tenant", BudgetScope.Tenant), Limit("pair", BudgetScope.Model | BudgetScope.User));
        Assert.Equal([("all", ""), ("user", "ada"), ("pair", "ada/gpt-5")], Subjects(limits, new(new Attribution(User: "ada"), Model: "gpt-5")));
    }

    [Fact]
    public void A_call_that_says_no_user_is_under_no_limit_per_user() =>
        Assert.Equal([("all", "")], Subjects(Of(Limit("all", BudgetScope.Global), Limit("user", BudgetScope.User)), new(new Attribution(User: ""), "openai", "gpt-5")));

    [Fact]
    public void Subjects_of_several_scopes_never_pass_for_one_another()
    {
        var limits = Of(Limit("pair", BudgetScope.User | BudgetScope.Feature), Limit("model", BudgetScope.Model));
        Assert.Equal([("pair", "a%2Fb/c"), ("model", "meta%2Fllama%25")], Subjects(limits, new(new Attribution(User: "a/b", Feature: "c"), Model: "meta/llama%")));
        Assert.Equal(("pair", "a/b%2Fc"), Subjects(limits, new(new Attribution(User: "a", Feature: "b/c")))[0]);
    }

    [Fact]
    public void Only_compares_letter_by_letter_and_needs_all_of_it()
    {
        var limits = Of(Limit("a", BudgetScope.Global) with { Only = new Dictionary<BudgetScope, string> { [BudgetScope.Model] = "gpt-5", [BudgetScope.Provider] = "openai" } });
        Assert.Single(limits.For(new(default, "openai", "gpt-5")));
        Assert.Empty(limits.For(new(default, "openai", "GPT-5")));
        Assert.Empty(limits.For(new(default, null, "gpt-5")));
        Assert.Empty(limits.For(new(default, "openai", "gpt-5-mini")));
    }

    [Fact]
    public void A_user_has_the_amounts_of_the_tier_and_one_counter_whatever_the_tier()
    {
        var limits = LimitSet.Of(new BudgetOptions(), TimeZoneInfo.Utc);
        var free = limits.For(new(new Attribution(User: "ada"), Tier: "Free")).ToDictionary(limit => limit.Limit.Name);
        var premium = limits.For(new(new Attribution(User: "ada"), Tier: "premium")).ToDictionary(limit => limit.Limit.Name);
        Assert.Equal(["tier.requests_per_day", "tier.requests_per_minute", "tier.requests_per_month", "tier.tokens_per_hour"], free.Keys.Order());
        Assert.Equal((10, 10_000, null, null), (Amount(free, "requests_per_minute"), Amount(free, "tokens_per_hour"), Amount(free, "requests_per_day"), Amount(free, "requests_per_month")));
        Assert.Equal(
            (60, 100_000, 10_000, 300_000),
            (Amount(premium, "requests_per_minute"), Amount(premium, "tokens_per_hour"), Amount(premium, "requests_per_day"), Amount(premium, "requests_per_month")));
        Assert.Equal(free.Values.Select(limit => limit.Counter), premium.Values.Select(limit => limit.Counter));
    }

    [Fact]
    public void Session_limits_of_a_tier_are_per_user_and_session()
    {
        var limits = LimitSet.Of(new BudgetOptions { Tiers = { ["pro"] = new() { SessionLength = TimeSpan.FromMinutes(30), ToolCallsPerSession = 5 } } }, TimeZoneInfo.Utc);
        var applied = limits.For(new(new Attribution(User: "ada", Session: "s"), Tier: "pro")).Where(limit => limit.Limit.Window == BudgetWindow.Session).ToArray();
        Assert.Equal([("tier.session_length|session_seconds|session", 1800m), ("tier.tool_calls_per_session|tool_calls|session", 5m)], applied.Select(limit => (limit.Counter.Series, limit.Limit.Amount!.Value)));
        Assert.All(applied, limit => Assert.Equal("ada/s", limit.Counter.Subject));
        Assert.DoesNotContain(limits.For(new(new Attribution(User: "ada"), Tier: "pro")), limit => limit.Limit.Window == BudgetWindow.Session);
    }

    [Fact]
    public void A_tier_that_is_unknown_has_no_limits() => Assert.Empty(LimitSet.Of(new BudgetOptions(), TimeZoneInfo.Utc).For(new(new Attribution(User: "ada"), Tier: "gold")));

    [Fact]
    public void A_limit_per_tier_counts_every_spelling_of_it_as_one()
    {
        var limits = Of(Limit("a", BudgetScope.Tier), Limit("b", BudgetScope.Global) with { Only = new Dictionary<BudgetScope, string> { [BudgetScope.Tier] = "FREE" } });
        Assert.Equal([("a", "free"), ("b", "")], Subjects(limits, new(default, Tier: "Free")));
        Assert.Empty(Subjects(limits, default));
    }

    [Fact]
    public void A_series_says_unit_window_and_zone()
    {
        Assert.Equal("a|usd|day@Europe/Berlin", CounterKeys.Series("a", BudgetUnit.Usd, BudgetWindow.Day, Berlin));
        Assert.Equal("a|tokens|month", CounterKeys.Series("a", BudgetUnit.Tokens, BudgetWindow.Month, TimeZoneInfo.Utc));
        Assert.Equal("a|requests|minute", CounterKeys.Series("a", BudgetUnit.Requests, BudgetWindow.Minute, Berlin));
        Assert.Equal("a|input_tokens|7.00:00:00", CounterKeys.Series("a", BudgetUnit.InputTokens, BudgetWindow.Sliding(TimeSpan.FromDays(7)), Berlin));
        Assert.Equal("a", new CounterKey("a|usd|day@Europe/Berlin", "").Limit);
    }

    private static decimal? Amount(Dictionary<string, AppliedLimit> limits, string name) => limits["tier." + name].Limit.Amount;

    private static (string Name, string Subject)[] Subjects(LimitSet limits, CallSubject call) =>
        [.. limits.For(call).Where(limit => !limit.Limit.Name.StartsWith("tier.", StringComparison.Ordinal)).Select(limit => (limit.Limit.Name, limit.Counter.Subject))];

    private static BudgetLimit Limit(string name, BudgetScope per) => new(name, BudgetUnit.Tokens, 100, BudgetWindow.Day, per);

    private static LimitSet Of(params BudgetLimit[] limits)
    {
        var options = new BudgetOptions();
        foreach (var limit in limits)
        {
            options.Limits.Add(limit);
        }

        return LimitSet.Of(options, TimeZoneInfo.Utc);
    }
}
