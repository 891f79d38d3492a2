using System.Globalization;
using System.Numerics;
using FsCheck;
using FsCheck.Fluent;

namespace LlmTelemetry.Usage.Tests;

public sealed class MarkupRulesTests
{
    private const long OneUsd = Cost.PicoPerUsd;

    private static readonly MarkupRules Rules = new()
    {
        Default = 5,
        Features = new Dictionary<string, decimal> { ["MY_PACKAGE"] = 10, ["free trial"] = -100 },
        Tenants = new Dictionary<string, decimal> { ["acme"] = -20, ["Zoë & Söhne"] = 30 },
        Providers = new Dictionary<string, decimal> { ["azure.ai.openai"] = 12.5m },
    };

    [Theory]
    [InlineData("my-package", "acme", "azure.ai.openai", "1.10")]
    [InlineData("search", "acme", "azure.ai.openai", "0.80")]
    [InlineData("search", "other", "azure.ai.openai", "1.125")]
    [InlineData("search", "other", "openai", "1.05")]
    [InlineData(null, null, null, "1.05")]
    [InlineData("", "", "", "1.05")]
    [InlineData("Free-Trial", "acme", "openai", "0")]
    public void The_most_specific_percentage_holds_alone(string? feature, string? tenant, string? provider, string charged) =>
        Assert.Equal(decimal.Parse(charged, CultureInfo.InvariantCulture), Cost.ToUsd(Rules.ChargePico(OneUsd, feature, tenant, provider)!.Value));

    [Theory]
    [InlineData("MY_PACKAGE")]
    [InlineData("my-package")]
    [InlineData("My Package")]
    [InlineData("my_package")]
    [InlineData("MY package")]
    public void Spellings_of_one_name_are_one(string feature)
    {
        Assert.Equal(10, Rules.PercentOf(feature, null, null));
        Assert.Equal("MY_PACKAGE", MarkupRules.SettingName(feature));
    }

    [Theory]
    [InlineData("mypackage")]
    [InlineData("my.package")]
    [InlineData("my-package ")]
    [InlineData("my--package")]
    public void Other_names_are_others(string feature) => Assert.Equal(5, Rules.PercentOf(feature, null, null));

    [Fact]
    public void Letters_of_any_script_fold() => Assert.Equal(30, Rules.PercentOf(null, "ZOË-&-SÖHNE", null));

    // 0.0000015 USD and 10 %; then halves of a pico-dollar, which go to the even neighbour.
    [Theory]
    [InlineData(1_500_000, "10", 1_650_000)]
    [InlineData(5, "10", 6)] // 5.5
    [InlineData(15, "10", 16)] // 16.5
    [InlineData(25, "-50", 12)] // 12.5
    [InlineData(35, "-50", 18)] // 17.5
    [InlineData(5, "10.0000001", 6)] // 5.500000005
    [InlineData(15, "10.0000001", 17)] // 16.500000015
    [InlineData(15, "9.9999999", 16)] // 16.499999985
    [InlineData(3, "33.3333333333333333333333333", 4)] // 3.99...
    [InlineData(1, "-50", 0)]
    [InlineData(7, "0", 7)]
    [InlineData(7, "-100", 0)]
    [InlineData(7, "10000", 707)]
    [InlineData(0, "10", 0)]
    public void Charge_is_rounded_once_half_to_even(long cost, string percent, long charge) =>
        Assert.Equal(charge, new MarkupRules { Default = decimal.Parse(percent, CultureInfo.InvariantCulture) }.ChargePico(cost, null, null, null));

    [Fact]
    public void Charge_is_exact_for_any_cost_and_percentage()
    {
        var costs =
            from bits in Gen.Choose(0, 110)
            from high in Gen.Choose(0, int.MaxValue)
            from low in Gen.Choose(0, int.MaxValue)
            select (((Int128)high << 79) | ((Int128)low << 31) | (uint)low) >> (110 - bits);
        var percents =
            from low in Gen.Choose(int.MinValue, int.MaxValue)
            from middle in Gen.Choose(0, int.MaxValue)
            from scale in Gen.Choose(0, 28)
            let percent = new decimal(low, middle, scale > 20 ? middle : 0, low < 0 && scale > 10, (byte)scale)
            where percent is >= MarkupRules.MinPercent and <= MarkupRules.MaxPercent
            select percent;

        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(2_000),
            Prop.ForAll(costs.ToArbitrary(), percents.ToArbitrary(), (cost, percent) => IsNearest(cost, percent, new MarkupRules { Default = percent }.ChargePico(cost, null, null, null)!.Value)));
    }

    [Fact]
    public void Largest_cost_there_is_can_be_charged_at_the_highest_percentage()
    {
        var cost = (Int128)long.MaxValue * 10_000_000_000 * 30; // Every bucket full, at the highest price that a book may hold.

        Assert.Equal(cost * 101, new MarkupRules { Default = MarkupRules.MaxPercent }.ChargePico(cost, null, null, null));
    }

    [Fact]
    public void Unknown_cost_is_charged_as_unknown_and_a_free_call_as_0()
    {
        Assert.Null(Rules.ChargePico(null, "my-package", null, null));
        Assert.Equal((Int128)0, Rules.ChargePico(0, "my-package", null, null));
    }

    [Fact]
    public void Without_rules_all_is_tracked_and_nothing_charged()
    {
        Assert.Equal(TrackingMode.Usage, MarkupRules.None.ModeOf("search", "acme", "openai"));
        Assert.Null(MarkupRules.None.ChargePico(OneUsd, "search", "acme", "openai"));
    }

    [Theory]
    [InlineData("a", null, null, TrackingMode.Markup)] // A percentage of its own and no mode.
    [InlineData("b", null, null, TrackingMode.Usage)] // Said, against its percentage.
    [InlineData("C", "acme", null, TrackingMode.None)]
    [InlineData("d", null, null, TrackingMode.Markup)] // Said, without a percentage.
    [InlineData("other", null, null, TrackingMode.Usage)]
    [InlineData("other", "acme", null, TrackingMode.Markup)]
    [InlineData(null, null, "openai", TrackingMode.Markup)]
    public void Mode_is_the_features_else_follows_from_the_percentages(string? feature, string? tenant, string? provider, TrackingMode mode) =>
        Assert.Equal(mode, Modes(null).ModeOf(feature, tenant, provider));

    [Theory]
    [InlineData("a", null, TrackingMode.Markup)]
    [InlineData("other", "acme", TrackingMode.None)]
    [InlineData(null, null, TrackingMode.None)]
    public void Default_mode_holds_for_features_that_have_no_rule(string? feature, string? tenant, TrackingMode mode) =>
        Assert.Equal(mode, Modes(TrackingMode.None).ModeOf(feature, tenant, null));

    [Fact]
    public void Markup_without_a_percentage_charges_the_cost()
    {
        Assert.Equal((Int128)7, Modes(null).ChargePico(7, "d", null, null));
        Assert.Null(Modes(null).ChargePico(7, "b", "acme", "openai"));
    }

    [Theory]
    [InlineData("-100.0000001")]
    [InlineData("10000.01")]
    [InlineData("79228162514264337593543950335")]
    public void Absurd_percentage_is_refused_with_the_name_it_stands_under(string text)
    {
        var percent = decimal.Parse(text, CultureInfo.InvariantCulture);

        Assert.Contains("Tenants 'acme'", Assert.Throws<ArgumentOutOfRangeException>(() => new MarkupRules { Tenants = new Dictionary<string, decimal> { ["acme"] = percent } }).Message, StringComparison.Ordinal);
        Assert.Contains("from -100 to 10000", Assert.Throws<ArgumentOutOfRangeException>(() => new MarkupRules { Default = percent }).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void One_name_twice_no_name_and_no_mode_are_refused()
    {
        Assert.Contains("'MY_PACKAGE' twice", Assert.Throws<ArgumentException>(() => new MarkupRules { Features = new Dictionary<string, decimal> { ["my-package"] = 1, ["MY_PACKAGE"] = 2 } }).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new MarkupRules { Features = new Dictionary<string, decimal> { [" "] = 1 } });
        Assert.Throws<ArgumentOutOfRangeException>(() => new MarkupRules { DefaultMode = (TrackingMode)3 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new MarkupRules { FeatureModes = new Dictionary<string, TrackingMode> { ["a"] = (TrackingMode)9 } });
        Assert.Throws<ArgumentNullException>(() => new MarkupRules { Providers = null! });
    }

    [Fact]
    public void Rules_do_not_follow_the_dictionary_they_were_made_of()
    {
        var features = new Dictionary<string, decimal> { ["a"] = 1 };
        var rules = new MarkupRules { Features = features };
        features["a"] = 2;

        Assert.Equal(1, rules.PercentOf("a", null, null));
    }

    [Fact]
    public void Rules_laid_over_others_win_name_by_name()
    {
        var merged = Rules.With(new() { Features = new Dictionary<string, decimal> { ["my package"] = 1, ["new"] = 2 }, FeatureModes = new Dictionary<string, TrackingMode> { ["new"] = TrackingMode.Usage } });

        Assert.Equal([1m, 2m, -100m, -20m, 5m], [merged.PercentOf("MY_PACKAGE", null, null), merged.PercentOf("new", null, null), merged.PercentOf("free-trial", null, null), merged.PercentOf(null, "acme", null), merged.Default]);
        Assert.Equal(TrackingMode.Usage, merged.ModeOf("new", null, null));
        Assert.Equal(10, Rules.PercentOf("MY_PACKAGE", null, null));
    }

    [Fact]
    public void Asking_allocates_nothing_and_gives_the_same_on_all_threads()
    {
        Int128 sum = 0;
        Ask();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++)
        {
            Ask();
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(1_001 * (Int128)(4 * OneUsd / 5 + OneUsd * 11 / 10), sum);
        Parallel.For(0, 10_000, i => Assert.Equal(OneUsd * 11 / 10, Rules.ChargePico(OneUsd, i % 2 == 0 ? "my package" : "My-Package", "acme", null)));

        void Ask()
        {
            sum += Rules.ModeOf("my-package", "acme", "openai") is TrackingMode.Markup ? Rules.ChargePico(OneUsd, "My Package", "acme", "openai")!.Value : 0;
            sum += Rules.ChargePico(OneUsd, "never seen", "ACME", "openai")!.Value;
        }
    }

    private static MarkupRules Modes(TrackingMode? otherwise) => new()
    {
        DefaultMode = otherwise,
        Features = new Dictionary<string, decimal> { ["a"] = 10, ["b"] = 10 },
        Tenants = new Dictionary<string, decimal> { ["acme"] = 10 },
        Providers = new Dictionary<string, decimal> { ["openai"] = 10 },
        FeatureModes = new Dictionary<string, TrackingMode> { ["b"] = TrackingMode.Usage, ["c"] = TrackingMode.None, ["d"] = TrackingMode.Markup },
    };

    // By what rounding means, not by how it is done: no whole number is nearer, and of two that are as near it is the even one.
    private static bool IsNearest(Int128 cost, decimal percent, Int128 charge)
    {
        var unit = BigInteger.Pow(10, percent.Scale);
        var exact = (BigInteger)cost * ((100 * unit) + Scaled(percent)); // In 1/(100 x unit) of a pico-dollar.
        var off = BigInteger.Abs(((BigInteger)charge * 100 * unit) - exact) * 2;
        return off < 100 * unit || (off == 100 * unit && Int128.IsEvenInteger(charge));
    }

    private static BigInteger Scaled(decimal percent) => BigInteger.Parse(percent.ToString(CultureInfo.InvariantCulture).Replace(".", "", StringComparison.Ordinal), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
}
