namespace LlmTelemetry.Budgets.Tests.Guard;

public sealed class LimitCheckTests
{
    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("daily budget")]
    [InlineData("größe")]
    [InlineData("a|b")]
    [InlineData("12345678901234567890123456789012345678901234567890123456789012345")]
    public void A_name_of_other_characters_or_length_is_refused(string? name) => Refused(new(name!, BudgetUnit.Tokens, 1, BudgetWindow.Day), "Limits[0].Name", "letters, digits");

    [Theory]
    [InlineData("tier.tokens_per_day")]
    [InlineData("Tier.x")]
    public void A_name_of_tiers_limits_is_refused(string name) => Refused(new(name, BudgetUnit.Tokens, 1, BudgetWindow.Day), name, "'tier.'");

    [Theory]
    [InlineData("daily_tokens")]
    [InlineData("Daily_Tokens")]
    public void The_daily_trackers_name_is_refused(string name) => Refused(new(name, BudgetUnit.Tokens, 1, BudgetWindow.Day), name, nameof(DailyTokenTracker));

    [Theory]
    [InlineData("a")]
    [InlineData("A")]
    public void A_name_is_given_once(string again)
    {
        var options = Options(new("a", BudgetUnit.Tokens, 1, BudgetWindow.Day), new(again, BudgetUnit.Usd, 1, BudgetWindow.Day));
        RefusedOptions(options, "Limits[1].Name", $"'{again}'", "another");
    }

    [Theory]
    [InlineData(BudgetUnit.Tokens, "-1", "negative")]
    [InlineData(BudgetUnit.Usd, "-0.01", "negative")]
    [InlineData(BudgetUnit.Tokens, "1.5", "whole number")]
    [InlineData(BudgetUnit.Requests, "0.5", "whole number")]
    [InlineData(BudgetUnit.Usd, "0.0000000001", "9 decimals")]
    [InlineData(BudgetUnit.Usd, "9007200", "9007199 USD")]
    [InlineData(BudgetUnit.Tokens, "9007199254740993", "2^53")]
    [InlineData(BudgetUnit.Tokens, "79228162514264337593543950335", "2^53")]
    public void An_amount_that_cannot_be_counted_is_refused(BudgetUnit unit, string amount, string right) =>
        Refused(new("a", unit, decimal.Parse(amount, System.Globalization.CultureInfo.InvariantCulture), BudgetWindow.Day), "('a').Amount", amount, right);

    [Theory]
    [InlineData(BudgetUnit.Tokens, "9007199254740992")]
    [InlineData(BudgetUnit.Tokens, "0")]
    [InlineData(BudgetUnit.Tokens, "10.0")]
    [InlineData(BudgetUnit.Usd, "9007199")]
    [InlineData(BudgetUnit.Usd, "0.000000001")]
    [InlineData(BudgetUnit.Usd, null)]
    public void An_amount_at_the_edge_is_taken(BudgetUnit unit, string? amount)
    {
        var limit = new BudgetLimit("a", unit, amount is null ? null : decimal.Parse(amount, System.Globalization.CultureInfo.InvariantCulture), BudgetWindow.Day);
        Assert.Contains(limit, LimitSet.Of(Options(limit), TimeZoneInfo.Utc).All);
    }

    [Fact]
    public void A_window_that_nobody_set_is_refused() => Refused(new("a", BudgetUnit.Tokens, 1, default), "('a').Window", "not set", "month");

    [Fact]
    public void Session_seconds_have_the_window_session() => Refused(new("a", BudgetUnit.SessionSeconds, 1, BudgetWindow.Day, BudgetScope.Session), "Window is day", "SessionSeconds");

    [Theory]
    [InlineData(BudgetScope.Global)]
    [InlineData(BudgetScope.User)]
    public void The_window_session_is_per_session(BudgetScope per) => Refused(new("a", BudgetUnit.Tokens, 1, BudgetWindow.Session, per), "Window is session", "Session");

    [Theory]
    [InlineData(BudgetScope.Global, "x", "one scope")]
    [InlineData(BudgetScope.User | BudgetScope.Model, "x", "one scope")]
    [InlineData((BudgetScope)128, "x", "one scope")]
    [InlineData(BudgetScope.Model, "", "Only[Model]")]
    [InlineData(BudgetScope.Model, null, "null")]
    public void What_only_says_is_one_scope_and_a_value(BudgetScope scope, string? value, string right) =>
        Refused(new("a", BudgetUnit.Tokens, 1, BudgetWindow.Day) { Only = new Dictionary<BudgetScope, string> { [scope] = value! } }, "('a').Only", right);

    [Fact]
    public void What_is_no_word_of_ours_is_refused()
    {
        Refused(new("a", (BudgetUnit)99, 1, BudgetWindow.Day), "('a').Unit", "99", "Tokens");
        Refused(new("a", BudgetUnit.Tokens, 1, BudgetWindow.Day, (BudgetScope)128), "('a').Per", "128", "user");
        Refused(new("a", BudgetUnit.Tokens, 1, BudgetWindow.Day) { OnStoreFailure = (StoreFailurePolicy)7 }, "OnStoreFailure", "7", "Open, Closed");
        RefusedOptions(new BudgetOptions { OnStoreFailure = (StoreFailurePolicy)7 }, "OnStoreFailure", "7", "Open, Closed");
        RefusedOptions(new BudgetOptions { UnknownPrice = (UnknownPricePolicy)7 }, "UnknownPrice", "7", "AssumeDearest");
        RefusedOptions(new BudgetOptions { OnOverBudget = (OverBudgetAction)7 }, "OnOverBudget", "7", "CapOutput");
    }

    [Fact]
    public void Switching_needs_a_model_to_switch_to()
    {
        RefusedOptions(new BudgetOptions { OnOverBudget = OverBudgetAction.SwitchModel }, "CheaperModel is null", "SwitchModel");
        Assert.NotNull(LimitSet.Of(new BudgetOptions { OnOverBudget = OverBudgetAction.SwitchModel, CheaperModel = "small" }, TimeZoneInfo.Utc));
    }

    [Fact]
    public void A_default_tier_is_one_of_the_tiers_in_any_case()
    {
        RefusedOptions(new BudgetOptions { DefaultTier = "gold" }, "DefaultTier is 'gold'", "free");
        Assert.NotNull(LimitSet.Of(new BudgetOptions { DefaultTier = "FREE" }, TimeZoneInfo.Utc));
    }

    [Fact]
    public void A_tier_s_amounts_are_checked_like_a_limit_s()
    {
        RefusedTier(new BudgetTier { RequestsPerMinute = -1 }, "Tiers['x'].RequestsPerMinute", "-1");
        RefusedTier(new BudgetTier { UsdPerDay = 0.0000000001m }, "Tiers['x'].UsdPerDay", "9 decimals");
        RefusedTier(new BudgetTier { SessionLength = TimeSpan.FromMilliseconds(1500) }, "Tiers['x'].SessionLength", "1.5", "whole");
        RefusedTier(null!, "Tiers['x']", "null");
    }

    private static void RefusedTier(BudgetTier tier, params string[] words) => RefusedOptions(new BudgetOptions { Tiers = { ["x"] = tier } }, words);

    private static void Refused(BudgetLimit limit, params string[] words) => RefusedOptions(Options(limit), words);

    private static void RefusedOptions(BudgetOptions options, params string[] words)
    {
        var refusal = Assert.Throws<ArgumentException>(() => LimitSet.Of(options, TimeZoneInfo.Utc));
        Assert.All(words, word => Assert.Contains(word, refusal.Message, StringComparison.Ordinal));
    }

    private static BudgetOptions Options(params BudgetLimit[] limits)
    {
        var options = new BudgetOptions();
        foreach (var limit in limits)
        {
            options.Limits.Add(limit);
        }

        return options;
    }
}
