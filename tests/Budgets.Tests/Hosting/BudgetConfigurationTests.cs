using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace LlmTelemetry.Budgets.Tests;

public sealed class BudgetConfigurationTests
{
    [Fact]
    public void Every_scalar_option_can_be_configured()
    {
        var options = Read(
            ("Store", "redis://:secret@localhost:6390/2"), ("KeyPrefix", "shop"), ("TimeZone", "Europe/Berlin"), ("DefaultTier", "free"), ("StoreTimeout", "00:00:02"),
            ("HoldLifetime", "00:05:00"), ("OnStoreFailure", "Closed"), ("UnknownPrice", "assume_dearest"), ("OnOverBudget", "CapOutput"), ("CheaperModel", "gpt-5-nano"),
            ("MinOutputTokens", "32"), ("AssumedOutputTokens", "2048"), ("WarnAt", "50, 90"), ("DailyTokenLimit", "9000000000"), ("Gauges", "true"), ("MaxSubjects", "17"), ("MaxPending", "5"));

        Assert.Equal(("redis://:secret@localhost:6390/2", "shop", "Europe/Berlin", "free"), (options.Store, options.KeyPrefix, options.TimeZone?.Id, options.DefaultTier));
        Assert.Equal((TimeSpan.FromSeconds(2), TimeSpan.FromMinutes(5)), (options.StoreTimeout, options.HoldLifetime));
        Assert.Equal((StoreFailurePolicy.Closed, UnknownPricePolicy.AssumeDearest, OverBudgetAction.CapOutput), (options.OnStoreFailure, options.UnknownPrice, options.OnOverBudget));
        Assert.Equal(("gpt-5-nano", 32, 2048, 9_000_000_000, true, 17, 5), (options.CheaperModel, options.MinOutputTokens, options.AssumedOutputTokens, options.DailyTokenLimit, options.Gauges, options.MaxSubjects, options.MaxPending));
        Assert.Equal([50, 90], options.WarnAt);
    }

    [Fact]
    public void Every_option_but_those_of_code_alone_has_a_setting()
    {
        string[] codeAlone = [nameof(BudgetOptions.TierOf), nameof(BudgetOptions.OnWarning), nameof(BudgetOptions.TokenEstimator), nameof(BudgetOptions.TimeProvider)];
        var log = new LogRecorder<BudgetGuard>();
        foreach (var option in typeof(BudgetOptions).GetProperties().Select(property => property.Name).Except(codeAlone))
        {
            Record.Exception(() => Read(log, (option, "/")));
        }

        Assert.Empty(log.Lines);
    }

    [Fact]
    public void A_limit_is_read_with_all_that_it_has()
    {
        var limit = Assert.Single(Read(
            ("Limits:0:Name", "daily"), ("Limits:0:Unit", "usd"), ("Limits:0:Amount", "0.5"), ("Limits:0:Window", "day"), ("Limits:0:Per", "user,model"),
            ("Limits:0:Only:tenant", "acme/eu"), ("Limits:0:Only:feature", "chat"), ("Limits:0:OnStoreFailure", "closed"), ("Limits:0:Shadow", "true")).Limits);

        Assert.Equal(
            ("daily", BudgetUnit.Usd, 0.5m, BudgetWindow.Day, BudgetScope.User | BudgetScope.Model, StoreFailurePolicy.Closed, true),
            (limit.Name, limit.Unit, limit.Amount, limit.Window, limit.Per, limit.OnStoreFailure, limit.Shadow));
        Assert.Equal(new Dictionary<BudgetScope, string> { [BudgetScope.Tenant] = "acme/eu", [BudgetScope.Feature] = "chat" }, limit.Only);
    }

    [Fact]
    public void Limits_stand_in_the_order_of_their_numbers_with_the_defaults_for_what_they_do_not_say()
    {
        var limits = Read(
            [.. Enumerable.Range(0, 11).SelectMany(i => Limit(i, "l" + i)), ("Limits:10:Amount", "Unlimited"), ("Limits:10:Window", "00:15:00")]).Limits;

        Assert.Equal(Enumerable.Range(0, 11).Select(i => "l" + i), limits.Select(limit => limit.Name));
        Assert.Equal((null, BudgetWindow.Sliding(TimeSpan.FromMinutes(15)), BudgetScope.Global, null, false), (limits[10].Amount, limits[10].Window, limits[10].Per, limits[10].OnStoreFailure, limits[10].Shadow));
        Assert.Equal(5, limits[0].Amount);
    }

    [Fact]
    public void A_tier_keeps_what_is_not_named_and_a_new_one_starts_unlimited()
    {
        var tiers = Read(
            ("Tiers:Free:RequestsPerMinute", "3"), ("Tiers:standard:TokensPerHour", "unlimited"), ("Tiers:team:UsdPerMonth", "99.5"), ("Tiers:team:SessionLength", "01:30:00"),
            ("Tiers:team:ToolCallsPerSession", "7"), ("Tiers:team:TokensPerDay", "8"), ("Tiers:team:TokensPerMonth", "9"), ("Tiers:team:RequestsPerDay", "10"),
            ("Tiers:team:RequestsPerMonth", "11"), ("Tiers:team:UsdPerDay", "12")).Tiers;

        Assert.Equal(BudgetTier.Free with { RequestsPerMinute = 3 }, tiers["free"]);
        Assert.Equal(BudgetTier.Standard with { TokensPerHour = null }, tiers["standard"]);
        Assert.Equal(BudgetTier.Premium, tiers["premium"]);
        Assert.Equal(
            new BudgetTier
            {
                UsdPerMonth = 99.5m,
                SessionLength = TimeSpan.FromMinutes(90),
                ToolCallsPerSession = 7,
                TokensPerDay = 8,
                TokensPerMonth = 9,
                RequestsPerDay = 10,
                RequestsPerMonth = 11,
                UsdPerDay = 12,
            },
            tiers["TEAM"]);
        Assert.Equal(5, tiers.Count);
    }

    [Theory]
    [InlineData("Store", "https://somewhere", "rediss://")]
    [InlineData("KeyPrefix", "a b", "letters")]
    [InlineData("TimeZone", "Europe/Nowhere", "IANA")]
    [InlineData("StoreTimeout", "5", "00:05:00")]
    [InlineData("StoreTimeout", "00:06:00", "00:05:00")]
    [InlineData("HoldLifetime", "soon", "1.00:00:00")]
    [InlineData("OnStoreFailure", "1", "open or closed")]
    [InlineData("UnknownPrice", "dearest", "assume_dearest")]
    [InlineData("OnOverBudget", "block", "switch_model")]
    [InlineData("DefaultTier", "", "tier")]
    [InlineData("MinOutputTokens", "0", "above 0")]
    [InlineData("AssumedOutputTokens", "1.5", "above 0")]
    [InlineData("WarnAt", "80,101", "1 to 100")]
    [InlineData("WarnAt", "80 95", "1 to 100")]
    [InlineData("DailyTokenLimit", "-1", "above 0")]
    [InlineData("DailyTokenLimit", "9223372036854775808", "above 0")]
    [InlineData("Gauges", "yes", "true or false")]
    [InlineData("MaxSubjects", "0", "above 0")]
    [InlineData("MaxPending", "1e6", "above 0")]
    [InlineData("Limits", "daily", "Limits:0:Name")]
    [InlineData("Limits:0", "daily", "Limits:0:Name")]
    [InlineData("Limits:0:Name", "", "letters")]
    [InlineData("Limits:0:Unit", "dollars", "tokens, input_tokens, output_tokens, usd")]
    [InlineData("Limits:0:Amount", "1,5", "unlimited")]
    [InlineData("Limits:0:Amount", "-1", "unlimited")]
    [InlineData("Limits:0:Amount", "NaN", "unlimited")]
    [InlineData("Limits:0:Window", "week", "7.00:00:00")]
    [InlineData("Limits:0:Window", "32.00:00:00", "7.00:00:00")]
    [InlineData("Limits:0:Per", "user;model", "commas")]
    [InlineData("Limits:0:Per", "global,user", "commas")]
    [InlineData("Limits:0:Shadow", "1", "true or false")]
    [InlineData("Limits:0:OnStoreFailure", "fail", "open or closed")]
    [InlineData("Limits:0:Only", "gpt-5", "Only:model")]
    [InlineData("Limits:0:Only:colour", "red", "user, tenant")]
    [InlineData("Limits:0:Only:user,model", "ada", "user, tenant")]
    [InlineData("Limits:0:Only:model", "", "value")]
    [InlineData("Tiers", "free", "Tiers:NAME")]
    [InlineData("Tiers:free", "10", "Tiers:free:RequestsPerMinute")]
    [InlineData("Tiers:free:RequestsPerMinute", "ten", "unlimited")]
    [InlineData("Tiers:free:UsdPerDay", "$5", "unlimited")]
    [InlineData("Tiers:free:SessionLength", "00:00:00", "positive")]
    public void A_wrong_setting_is_refused_with_its_name_its_value_and_what_would_be_right(string setting, string value, string right)
    {
        var error = Assert.Throws<OptionsValidationException>(() => Read([.. Limit(0, "daily"), (setting, value)])).Message;

        Assert.Contains($"LlmTelemetry:Budgets:{setting}", error, StringComparison.Ordinal);
        Assert.Contains(value, error, StringComparison.Ordinal);
        Assert.Contains(right, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Name")]
    [InlineData("Unit")]
    [InlineData("Amount")]
    [InlineData("Window")]
    public void A_limit_that_leaves_out_what_it_needs_is_refused(string setting)
    {
        var said = Limit(3, "daily").Where(pair => !pair.Key.EndsWith(setting, StringComparison.Ordinal)).ToArray();

        Assert.Contains($"LlmTelemetry:Budgets:Limits:3:{setting}: it is missing", Assert.Throws<OptionsValidationException>(() => Read(said)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_password_is_not_repeated() => Assert.DoesNotContain(
        "secret", Assert.Throws<OptionsValidationException>(() => Read(("Store", "redis://:secret@"))).Message, StringComparison.Ordinal);

    [Fact]
    public void A_name_that_is_no_setting_is_warned_of()
    {
        var log = new LogRecorder<BudgetGuard>();
        Read(log, [("Stroe", "redis:x:1"), ("Tiers:free:RequestPerMinute", "1"), ("Limits:0:Shadw", "true"), .. Limit(0, "daily")]);

        Assert.Equal(3, log.Lines.Count);
        foreach (var name in new[] { "LlmTelemetry:Budgets:Stroe", "LlmTelemetry:Budgets:Tiers:free:RequestPerMinute", "LlmTelemetry:Budgets:Limits:0:Shadw" })
        {
            Assert.Contains(log.Lines, line => line.Text.StartsWith(name, StringComparison.Ordinal));
        }
    }

    private static (string Key, string Value)[] Limit(int number, string name) =>
        [($"Limits:{number}:Name", name), ($"Limits:{number}:Unit", "tokens"), ($"Limits:{number}:Amount", "5"), ($"Limits:{number}:Window", "day")];

    private static BudgetOptions Read(params (string Key, string Value)[] settings) => Read(null, settings);

    private static BudgetOptions Read(LogRecorder<BudgetGuard>? log, params (string Key, string Value)[] settings)
    {
        // The later one of a name wins.
        var values = settings.GroupBy(setting => setting.Key).Select(said => KeyValuePair.Create("LlmTelemetry:Budgets:" + said.Key, (string?)said.Last().Value));
        var options = new BudgetOptions();
        BudgetsFromConfiguration.Read(new ConfigurationBuilder().AddInMemoryCollection(values).Build(), options, log);
        return options;
    }
}
