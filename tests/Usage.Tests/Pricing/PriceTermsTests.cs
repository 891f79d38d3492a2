using System.Globalization;

namespace LlmTelemetry.Usage.Tests;

/// <summary>Service tiers, regions, kinds and times of the week, on prices made up to be easy to check by head.</summary>
public sealed class PriceTermsTests
{
    private const string Terms = """
        {"id": "m1", "match": ["m1"], "prices": [{"input": 10, "cache_read": 1, "output": 30, "web_search": 10, "tiers": [{"above": 200, "input": 20, "output": 45}],
          "service_tiers": {"batch": 0.5, "flex": {"times": 0.5, "except": ["cache_read"]}, "priority": {"input": 25, "output": 75}, "turbo": {"times": 2, "output": 100}},
          "regions": {"us": 1.1, "global": 1, "*": 1.2}}]}
        """;

    // 100 uncached, 100 cached, 10 output tokens; 3 searches at 0.01 USD, which no tier and no region changes. In micro-USD.
    [Theory]
    [InlineData(null, null, 1_000 + 100 + 300)]
    [InlineData("auto", "global", 1_000 + 100 + 300)]
    [InlineData("ON_DEMAND", "not_available", 1_000 + 100 + 300)]
    [InlineData("batch", null, 500 + 50 + 150)]
    [InlineData(" Batch ", "us", 550 + 55 + 165)]
    [InlineData(" ", null, 1_000 + 100 + 300)]
    [InlineData("flex", null, 500 + 100 + 150)]
    [InlineData("ON_DEMAND_FLEX", "US", 550 + 110 + 165)]
    [InlineData("priority", null, 2_500 + 100 + 750)]
    [InlineData("on_demand_priority", "europe-west1", 3_000 + 120 + 900)]
    [InlineData("fast", null, 2_500 + 100 + 750)]
    [InlineData("turbo", null, 2_000 + 200 + 1_000)]
    [InlineData(null, "us", 1_100 + 110 + 330)]
    [InlineData("provisioned_throughput", "us", 0)]
    [InlineData("reserved", null, 0)]
    [InlineData("scale", null, 0)]
    public void Token_prices_follow_the_service_tier_and_the_region(string? tier, string? region, long microUsd)
    {
        var usage = Usage(100, 100, 10);
        usage[UsageBucket.WebSearch] = 3;

        Assert.Equal((microUsd + 30_000) * 1_000_000, PriceFileText.Book(Terms).Quote("acme", "m1", in usage, default, tier, region)?.TotalPico);
    }

    // The context tier replaces the base before the service tier multiplies it. Prices of a tier's own hold up to there: above it the standard ones.
    [Theory]
    [InlineData(null, (201 * 20) + (10 * 45))]
    [InlineData("batch", ((201 * 20) + (10 * 45)) / 2)]
    [InlineData("priority", (201 * 20) + (10 * 45))]
    [InlineData("turbo", ((201 * 20) + (10 * 45)) * 2)]
    public void Context_tier_and_service_tier_combine(string? tier, long microUsd) =>
        Assert.Equal(microUsd * 1_000_000, PriceFileText.Book(Terms).Quote("acme", "m1", Usage(201, 0, 10), default, tier)?.TotalPico);

    [Fact]
    public void Service_tier_with_context_tiers_of_its_own_is_priced_by_them()
    {
        var book = PriceFileText.Book("""
            {"id": "m1", "match": ["m1"], "prices": [{"input": 10, "tiers": [{"above": 200, "input": 20}],
              "service_tiers": {"priority": {"input": 15, "tiers": [{"at_least": 100, "input": 40}]}}}]}
            """);

        Assert.Equal(99 * 15_000_000L, book.Quote("acme", "m1", Usage(99, 0, 0), default, "priority")?.TotalPico);
        Assert.Equal(100 * 40_000_000L, book.Quote("acme", "m1", Usage(100, 0, 0), default, "priority")?.TotalPico);
        Assert.Equal(201 * 20_000_000L, book.Quote("acme", "m1", Usage(201, 0, 0), default)?.TotalPico);
    }

    [Theory]
    [InlineData("ultrafast")]
    [InlineData("on_demand_offpeak")]
    public void Service_tier_without_a_price_has_none(string tier)
    {
        var book = PriceFileText.Book(Terms);

        Assert.Null(book.Quote("acme", "m1", Usage(1, 0, 0), default, tier));
        Assert.Null(book.Quote("acme", "m1", Usage(1, 0, 0), default, tier, "us"));
        Assert.Contains(tier, book.Explain("acme", "m1", Usage(1, 0, 0), default, tier).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Model_replaces_what_its_provider_says_of_tiers_and_regions()
    {
        var book = PriceFileText.Parse(PriceFileText.File(PriceFileText.Provider(
            """
            {"id": "all", "match": ["all"], "prices": [{"input": 10}]},
            {"id": "own", "match": ["own"], "service_tiers": {"batch": 0.8}, "regions": {"eu": null}, "prices": [{"input": 10, "service_tiers": {"flex": null}}]}
            """,
            """ "service_tiers": {"batch": 0.5, "flex": 0.5}, "regions": {"us": 1.1, "eu": 1.2}, """)));

        Assert.Equal([5, 5, 11, 12], Prices("all"));
        Assert.Equal([8, null, 11, 10], Prices("own"));

        decimal?[] Prices(string model) =>
        [
            book.Quote("acme", model, Usage(1_000_000, 0, 0), default, "batch")?.Amount, book.Quote("acme", model, Usage(1_000_000, 0, 0), default, "flex")?.Amount,
            book.Quote("acme", model, Usage(1_000_000, 0, 0), default, null, "us")?.Amount, book.Quote("acme", model, Usage(1_000_000, 0, 0), default, null, "eu")?.Amount,
        ];
    }

    // 1x1 images cost 0.04, larger ones 0.08, others 0.02 USD.
    [Fact]
    public void Images_are_priced_by_their_kind()
    {
        var book = PriceFileText.Book("""{"id": "m1", "match": ["m1"], "prices": [{"image": {"1x1": 40, "2x2/hd": 80, "*": 20}}]}""");
        var usage = default(CallUsage);
        usage.Add(UsageBucket.Image, "1x1", 2);
        usage.Add(UsageBucket.Image, "2X2/HD ", 1);
        usage.Add(UsageBucket.Image, "3x3", 1);
        var more = default(CallUsage);
        more[UsageBucket.Image] = 3;
        usage.Add(in more);

        Assert.Equal(7, usage[UsageBucket.Image]);
        Assert.Equal(0.24m, book.Quote("acme", "m1", in usage, default)?.Amount);
        Assert.Equal([0.08m, 0.08m, 0.02m, 0.06m], book.Explain("acme", "m1", in usage, default).Lines.Select(l => Cost.ToUsd(l.CostPico)));
    }

    [Fact]
    public void Kind_without_a_price_leaves_the_call_without_one()
    {
        var book = PriceFileText.Book("""{"id": "m1", "match": ["m1"], "prices": [{"input": 1, "tool_call": {"x_search": 5}}]}""");
        var known = Usage(1, 0, 0);
        known.Add(UsageBucket.ToolCall, "x_search", 2);
        var unknown = known;
        unknown.Add(UsageBucket.ToolCall, "moon_search", 1);
        var unnamed = known;
        unnamed[UsageBucket.ToolCall] = 1;

        Assert.Equal(0.010001m, book.Quote("acme", "m1", in known, default)?.Amount);
        Assert.Null(book.Quote("acme", "m1", in unknown, default));
        Assert.Null(book.Quote("acme", "m1", in unnamed, default));
        Assert.Contains("moon_search", book.Explain("acme", "m1", in unknown, default).Problem, StringComparison.Ordinal);
        Assert.Contains("of no kind", book.Explain("acme", "m1", in unnamed, default).Problem, StringComparison.Ordinal);
    }

    // An image of a model that is priced by tokens is not free; beside tokens that are priced it is only told.
    [Fact]
    public void Call_of_which_nothing_has_a_price_has_none()
    {
        var book = PriceFileText.Book("""{"id": "m1", "match": ["m1"], "prices": [{"input": 1}]}, {"id": "free", "match": ["free"], "prices": [{}]}""");
        var usage = default(CallUsage);
        usage[UsageBucket.Input] = 0;
        usage[UsageBucket.Image] = 2;
        var withTokens = usage;
        withTokens[UsageBucket.Input] = 1;
        var search = default(CallUsage);
        search[UsageBucket.WebSearch] = 2;

        Assert.Null(book.Quote("acme", "m1", in usage, default));
        Assert.Contains("acme/m1 has no price for image", book.Explain("acme", "m1", in usage, default).Problem, StringComparison.Ordinal);
        Assert.Equal(1_000_000, book.Quote("acme", "m1", in withTokens, default)?.TotalPico);
        Assert.Equal(0, book.Quote("acme", "free", in usage, default)?.TotalPico);
        Assert.Equal(0, book.Quote("acme", "m1", in search, default)?.TotalPico);
    }

    // Peak from 09:00 to 12:00 on weekdays and from Friday 22:00 to Saturday 02:00, in New York: 14:00 and 03:00 UTC in winter.
    [Theory]
    [InlineData("2026-11-22T15:00:00Z", 1)] // Sunday
    [InlineData("2026-11-23T13:59:59.999Z", 1)]
    [InlineData("2026-11-23T14:00:00Z", 2)]
    [InlineData("2026-11-23T16:59:59.999Z", 2)]
    [InlineData("2026-11-23T17:00:00Z", 1)]
    [InlineData("2026-07-06T13:00:00Z", 2)] // In summer an hour earlier.
    [InlineData("2026-11-28T02:59:59Z", 1)]
    [InlineData("2026-11-28T03:00:00Z", 2)] // Friday 22:00
    [InlineData("2026-11-28T06:59:59Z", 2)] // Saturday 01:59
    [InlineData("2026-11-28T07:00:00Z", 1)]
    [InlineData("2026-11-29T04:00:00Z", 1)] // Saturday 23:00
    [InlineData("2026-01-05T14:00:00Z", 3)] // Before the set's own day.
    public void Times_of_the_week_are_those_of_the_zone(string when, long usd)
    {
        var book = PriceFileText.Book("""
            {"id": "m1", "match": ["m1"], "prices": [{"input": 3}, {"from": "2026-03-01", "input": 1},
              {"from": "2026-03-01", "at": ["mon-fri 09:00-12:00", "fri 22:00-02:00"], "zone": "America/New_York", "input": 2}]}
            """);

        Assert.Equal(usd, book.Quote("acme", "m1", Usage(1_000_000, 0, 0), DateTimeOffset.Parse(when, CultureInfo.InvariantCulture))?.Amount);
    }

    [Fact]
    public void Entry_may_have_the_prices_of_another()
    {
        var book = PriceFileText.Book("""
            {"id": "a", "match": ["a"], "prices_of": "acme/b"}, {"id": "b", "match": ["b"], "prices_of": "acme/c"}, {"id": "c", "match": ["c"], "prices": [{"input": 7}]}
            """);

        var cost = book.Quote("acme", "a", Usage(1_000_000, 0, 0), default);

        Assert.Equal((7m, "a"), (cost!.Value.Amount, cost.Value.Model));
    }

    [Fact]
    public void Own_book_comes_first_and_may_refer_to_the_one_below()
    {
        var below = PriceFileText.Book("""{"id": "a", "match": ["a*"], "prices": [{"input": 1}]}, {"id": "b", "match": ["b"], "prices": [{"input": 2}]}""");
        var own = PriceBook.Parse(
            System.Text.Encoding.UTF8.GetBytes(PriceFileText.File(
                PriceFileText.Provider("""{"id": "mine", "match": ["a-1"], "prices": [{"input": 5}]}, {"id": "alias", "match": ["dep"], "prices_of": "acme/b"}""")
                + """, {"id": "home", "fallback": ["acme"], "models": [{"id": "h", "match": ["h"], "prices": [{"input": 9}]}]}""")),
            below);

        var both = below.With(own);

        Assert.Equal([5, 1, 2, 2, 9, 5], new[] { ("acme", "a-1"), ("acme", "a-2"), ("acme", "b"), ("acme", "dep"), ("home", "h"), ("home", "a-1") }
            .Select(n => both.Quote(n.Item1, n.Item2, Usage(1_000_000, 0, 0), default)?.Amount));
        Assert.StartsWith(below.Version + "+", both.Version, StringComparison.Ordinal);
    }

    [Fact]
    public void Explanation_adds_up_to_the_cost_and_says_where_it_comes_from()
    {
        var book = PriceFileText.Book(Terms.Replace("\"match\"", "\"source\": \"https://acme.example/m1\", \"checked\": \"2026-11-20\", \"match\"", StringComparison.Ordinal));
        var usage = Usage(201, 100, 10);
        usage[UsageBucket.Reasoning] = 5;
        usage[UsageBucket.FileSearch] = 2;

        var why = book.Explain("acme", "m1", in usage, default, "batch", "us");

        Assert.Equal(why.Cost!.Value.TotalPico, why.Lines.Aggregate((Int128)0, (sum, l) => sum + l.CostPico));
        Assert.Equal(("batch", 1.1m, "from 201 input tokens on", "always", "https://acme.example/m1", new DateOnly(2026, 11, 20)),
            (why.ServiceTier, why.RegionMultiplier, why.ContextTier, why.PriceSet, why.Source, why.Checked));
        Assert.Contains(new PriceLine(UsageBucket.Reasoning, null, 5, 24.75m, 1_000_000, UsageBucket.Output, 123_750_000), why.Lines);
        Assert.Contains(new PriceLine(UsageBucket.FileSearch, null, 2, null, 1_000, UsageBucket.FileSearch, 0), why.Lines);
    }

    [Theory]
    [InlineData("""{"input": 1, "service_tiers": {"batch": -1}}""", "acme/m1, service_tiers: batch multiplies by -1")]
    [InlineData("""{"input": 1, "service_tiers": {"batch": 21}}""", "multiplies by 21")]
    [InlineData("""{"input": 1, "service_tiers": {"Batch": 1}}""", "Batch must be in lower case")]
    [InlineData("""{"input": 1, "service_tiers": {"ptu": 1}}""", "ptu is another word for provisioned")]
    [InlineData("""{"input": 1, "service_tiers": {"default": 1}}""", "default is another word for the standard tier")]
    [InlineData("""{"input": 1, "service_tiers": {"batch": {}}}""", "acme/m1, service_tiers, batch: a service tier has times, prices, or both")]
    [InlineData("""{"input": 1, "service_tiers": {"batch": {"times": 1, "except": ["web_search"]}}}""", "except: web_search")]
    [InlineData("""{"input": 1, "service_tiers": {"batch": {"inptu": 1}}}""", "unknown field inptu")]
    [InlineData("""{"input": 1, "service_tiers": 3}""", "must be an object")]
    [InlineData("""{"input": 1, "regions": {"us": "1.1"}}""", "us must be a number")]
    [InlineData("""{"input": 1, "zone": "UTC", "at": []}""", "at must have a time")]
    [InlineData("""{"input": 1, "zone": "Mars/Olympus", "at": ["01:00-02:00"]}""", "Mars/Olympus")]
    [InlineData("""{"input": 1, "at": ["mo-fr 01:00-02:00"]}""", "mo-fr 01:00-02:00")]
    [InlineData("""{"input": 1, "at": ["01:00-01:00"]}""", "01:00-01:00")]
    [InlineData("""{"input": 1, "tiers": [{"above": 1, "at_least": 1}]}""", "starts above a number of tokens, or has at_least")]
    [InlineData("""{"input": 1, "tiers": [{"above": 9223372036854775807, "input": 1}]}""", "above must be a number")]
    [InlineData("""{"input": {"hd": 1}}""", "input is not priced by kind")]
    [InlineData("""{"image": {"HD": 1}}""", "image must name kinds, in lower case")]
    [InlineData("""{"image": {}}""", "image must name kinds")]
    [InlineData("""{"image": {"hd": -1}}""", "image hd costs -1")]
    public void Bad_terms_are_refused_by_name(string set, string message) =>
        Assert.Contains(message, Refusal($$"""{"id": "m1", "match": ["m1"], "prices": [{{set}}]}"""), StringComparison.Ordinal);

    [Theory]
    [InlineData("""{"id": "a", "match": ["a"], "prices_of": "acme/b"}, {"id": "b", "match": ["b"], "prices_of": "acme/a"}""", "acme/a: prices_of goes in a circle: acme/a -> acme/b -> acme/a")]
    [InlineData("""{"id": "a", "match": ["a"], "prices_of": "acme/a"}""", "goes in a circle")]
    [InlineData("""{"id": "a", "match": ["a"], "prices_of": "gone/b"}""", "acme/a: prices_of: gone/b is no entry")]
    [InlineData("""{"id": "a", "match": ["a"], "prices_of": "acme/b", "prices": []}""", "either prices or prices_of")]
    [InlineData("""{"id": "a", "match": ["a"], "prices": [{}]}, {"id": "A", "match": ["b"], "prices": [{}]}""", "the model is there twice")]
    public void Reference_that_leads_nowhere_is_refused(string models, string message) => Assert.Contains(message, Refusal(models), StringComparison.Ordinal);

    private static string Refusal(string models) => Assert.Throws<InvalidDataException>(() => PriceFileText.Book(models)).Message;

    private static CallUsage Usage(long input, long cached, long output)
    {
        var usage = default(CallUsage);
        usage[UsageBucket.Input] = input;
        usage[UsageBucket.CacheRead] = cached;
        usage[UsageBucket.Output] = output;
        return usage;
    }
}
