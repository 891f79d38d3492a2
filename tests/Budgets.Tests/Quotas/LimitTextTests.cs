using System.Text.Json;

namespace LlmTelemetry.Budgets.Tests;

public sealed class LimitTextTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 22, 12, 0, 0, default);
    private static readonly TimeZoneInfo Berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");

    public static TheoryData<BudgetUnit> Units => [.. Enum.GetValues<BudgetUnit>()];

    [Fact]
    public void A_limit_is_announced_as_a_reader_elsewhere_needs_it()
    {
        var limit = new BudgetLimit("daily", BudgetUnit.Usd, 0.000000001m, BudgetWindow.Day, BudgetScope.User | BudgetScope.Model)
        {
            Shadow = true,
            OnStoreFailure = StoreFailurePolicy.Closed,
            Only = new Dictionary<BudgetScope, string> { [BudgetScope.Tenant] = "a \"quoted\" name" },
        };

        var text = LimitText.Write(new KnownLimit(limit, new BudgetCalendar(Berlin)), Now);

        using var json = JsonDocument.Parse(text);
        Assert.Equal(
            ("usd", "day", "Europe/Berlin", "user,model", "0.000000001", 1),
            (Said("unit"), Said("window"), Said("zone"), Said("per"), Said("amount"), json.RootElement.GetProperty("v").GetInt32()));
        var read = LimitText.Read("daily", text, Now)!;
        Assert.Equal(limit with { Only = read.Limit.Only }, read.Limit);
        Assert.Equal(limit.Only, read.Limit.Only);
        Assert.Equal("daily|usd|day@Europe/Berlin", read.Series);
        string? Said(string name) => json.RootElement.GetProperty(name).GetString();
    }

    [Theory]
    [MemberData(nameof(Units))]
    public void Every_unit_and_window_comes_back(BudgetUnit unit)
    {
        BudgetWindow[] windows = [BudgetWindow.Minute, BudgetWindow.Hour, BudgetWindow.Day, BudgetWindow.Month, BudgetWindow.Session, BudgetWindow.Sliding(TimeSpan.FromDays(7))];
        foreach (var window in windows.Where(window => unit != BudgetUnit.SessionSeconds || window == BudgetWindow.Session))
        {
            var known = new KnownLimit(new BudgetLimit("a", unit, null, window, BudgetScope.Session), new BudgetCalendar(TimeZoneInfo.Utc));
            var read = LimitText.Read("a", LimitText.Write(known, Now), Now)!;

            Assert.Equal((known.Series, null, BudgetScope.Session), (read.Series, read.Limit.Amount, read.Limit.Per));
        }
    }

    [Fact]
    public void A_tiers_limit_brings_each_tiers_amount_and_the_default()
    {
        var options = new BudgetOptions { DefaultTier = "free" };
        var known = KnownLimit.Of(options, LimitSet.Of(options, TimeZoneInfo.Utc)).Single(one => one.Limit.Name == "tier.requests_per_day");

        var read = LimitText.Read(known.Limit.Name, LimitText.Write(known, Now), Now)!;

        Assert.Equal(new Dictionary<string, decimal?> { ["free"] = null, ["standard"] = null, ["premium"] = 10_000, ["enterprise"] = null }, read.Tiers);
        Assert.Equal((null, 10_000), (read.For("ada", null).Limit.Amount, read.For("ada", "PREMIUM").Limit.Amount));
        Assert.Equal("free", read.DefaultTier);
    }

    [Fact]
    public void What_was_not_announced_for_more_than_a_day_is_not_current()
    {
        var text = LimitText.Write(new KnownLimit(new BudgetLimit("a", BudgetUnit.Usd, 1, BudgetWindow.Day), new BudgetCalendar(Berlin)), Now);

        Assert.True(LimitText.Read("a", text, Now.AddHours(24))!.IsCurrent);
        Assert.False(LimitText.Read("a", text, Now.AddHours(25))!.IsCurrent);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("""{"v":2,"unit":"usd","window":"day","zone":"UTC","per":"user","at":0}""")]
    [InlineData("""{"v":1,"unit":"eur","window":"day","zone":"UTC","per":"user","at":0}""")]
    [InlineData("""{"v":1,"unit":"usd","window":"week","zone":"UTC","per":"user","at":0}""")]
    [InlineData("""{"v":1,"unit":"usd","window":"day","zone":"Nowhere/At_All","per":"user","at":0}""")]
    [InlineData("""{"v":1,"unit":"usd","window":"day","zone":"UTC","per":"colour","at":0}""")]
    [InlineData("""{"v":1,"unit":"usd","window":"day","zone":"UTC","per":"user","amount":5,"at":0}""")]
    [InlineData("""{"v":1,"unit":"usd","window":"day","zone":"UTC","per":"user","only":{"colour":"red"},"at":0}""")]
    [InlineData("""{"v":1,"unit":"usd","window":"day","zone":"UTC","per":"user","at":99999999999999999}""")]
    [InlineData("""{"v":1,"unit":"usd","window":"day","zone":"UTC","per":"user"}""")]
    [InlineData("""{"v":1,"unit":"usd","window":"day","zone":"UTC","per":"user","amount":"9007200","at":0}""")]
    [InlineData("""{"v":1,"unit":"usd","window":"session","zone":"UTC","per":"user","at":0}""")]
    [InlineData("""{"v":1,"unit":"usd","window":"day","zone":"UTC","per":"user","only":{"global":"x"},"at":0}""")]
    [InlineData("""{"v":1,"unit":"usd","window":"day","zone":"UTC","per":"user","only":{"user":null},"at":0}""")]
    [InlineData("""{"v":1,"unit":"usd","window":"day","zone":"UTC","per":"user","at":0}""", "a b")]
    [InlineData("""{"v":1,"unit":"tokens","window":"day","zone":"UTC","per":"global","at":0}""", "daily_tokens")]
    [InlineData("""{"v":1,"unit":"requests","window":"day","zone":"UTC","per":"user","tiers":{"free":"5"},"at":0}""", "tier.requests_per_century")]
    [InlineData("""{"v":1,"unit":"requests","window":"day","zone":"UTC","per":"user","tiers":{"free":"99999999999999999999"},"at":0}""", "tier.requests_per_day")]
    [InlineData("""{"v":1,"unit":"requests","window":"day","zone":"UTC","per":"user","tiers":{"":"5"},"at":0}""", "tier.requests_per_day")]
    [InlineData("""{"v":1,"unit":"session_seconds","window":"session","zone":"UTC","per":"user,session","tiers":{"free":"9007199254740992"},"at":0}""", "tier.session_length")]
    public void What_cannot_be_read_or_is_no_limit_is_left_out(string text, string name = "a") => Assert.Null(LimitText.Read(name, text, Now));
}
