using LlmTelemetry.TestKit;

namespace LlmTelemetry.Usage.Tests;

/// <summary>The calculator on prices made up to be easy to check by head: USD for a million tokens, an hour, a thousand of anything else.</summary>
public sealed class CostCalculatorTests
{
    private static readonly PriceBook Book = PriceFileText.Book("""
        {"id": "chat", "match": ["chat"], "prices": [{"input": 4, "cache_read": 1, "cache_write_5m": 5, "cache_write_1h": 8, "output": 10, "web_search": 10,
          "tool_call": {"x_search": 5}, "service_tiers": {"batch": 0.5}, "regions": {"us": 2}}, {"from": "2027-01-01", "input": 40, "output": 100}]},
        {"id": "voice", "match": ["voice"], "prices": [{"input": 4, "output": 16, "input_audio": 32, "cache_audio_read": 2, "output_audio": 64, "audio_second": 3.6, "image": 40, "request": 2}]},
        {"id": "cheap", "match": ["cheap"], "prices": [{"input": 1, "output": 1}]},
        {"id": "cheap-too", "match": ["cheap-too"], "prices": [{"input": 1, "output": 1}]},
        {"id": "thinker", "match": ["thinker"], "prices": [{"input": 1, "output": 2, "reasoning": 6}]},
        {"id": "free", "match": ["free"], "prices": [{}]}
        """);

    private readonly CostCalculator _calculator = new(Book, new ManualTime());

    // 750 x 4 + 250 x 1 = 3,250 and 200 x 10 = 2,000 per million.
    [Fact]
    public void Estimate_has_the_prompt_for_certain_and_the_answer_at_most()
    {
        var estimate = _calculator.Estimate("acme", "chat", 1_000, 200, cachedShare: 0.25m);

        Assert.Equal(new CostEstimate(0.00325m, 0.002m), estimate);
        Assert.Equal(0.00525m, estimate?.AtMost);
    }

    [Fact]
    public void Estimate_of_a_cached_share_that_is_no_whole_number_of_tokens_is_not_too_low() =>
        Assert.Equal(((667 * 4) + (333 * 1)) / 1_000_000m, _calculator.Estimate("acme", "chat", 1_000, 0, cachedShare: 1m / 3)?.Prompt);

    [Fact]
    public void Answer_that_may_all_be_reasoning_costs_that_at_most() =>
        Assert.Equal(new CostEstimate(1, 6), _calculator.Estimate("acme", "thinker", 1_000_000, 1_000_000));

    [Fact]
    public void Estimate_includes_the_fee_that_every_request_pays() =>
        Assert.Equal(0.002m, _calculator.Estimate("acme", "voice", 0, 0)?.AtMost);

    [Fact]
    public void Price_is_that_of_the_clock_unless_a_time_is_given()
    {
        var time = new ManualTime(new DateTimeOffset(2026, 12, 31, 23, 59, 59, TimeSpan.Zero));
        var calculator = new CostCalculator(Book, time);
        Assert.Equal(4, calculator.Estimate("acme", "chat", 1_000_000, 0)?.Prompt);

        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(40, calculator.Estimate("acme", "chat", 1_000_000, 0)?.Prompt);
        Assert.Equal(4, calculator.Estimate("acme", "chat", 1_000_000, 0, when: default(DateTimeOffset))?.Prompt);
    }

    [Fact]
    public void Service_tier_and_region_count() =>
        Assert.Equal((2m, 8m, null), (
            _calculator.Estimate("acme", "chat", 1_000_000, 0, serviceTier: "batch")?.Prompt,
            _calculator.Estimate("acme", "chat", 1_000_000, 0, region: "us")?.Prompt,
            _calculator.Estimate("acme", "chat", 1_000_000, 0, serviceTier: "ultra")?.Prompt));

    [Theory]
    [InlineData(-1, 0, 0)]
    [InlineData(0, -1, 0)]
    [InlineData(0, 0, -0.1)]
    [InlineData(0, 0, 1.1)]
    public void Estimate_of_what_cannot_be_is_refused(long prompt, long output, double cached) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => _calculator.Estimate("acme", "chat", prompt, output, (decimal)cached));

    [Theory]
    [InlineData("", 0)]
    [InlineData("a", 1)]
    [InlineData("four", 1)]
    [InlineData("five5", 2)]
    [InlineData("価格", 2)]
    [InlineData("価格 is", 3)]
    public void Tokens_of_a_text_are_estimated_by_its_characters(string text, long tokens) => Assert.Equal(tokens, CostCalculator.TokensOf(text));

    [Fact]
    public void Tokens_of_a_text_in_pieces_are_those_of_the_whole()
    {
        Assert.Equal(CostCalculator.TokensOf("five5価格"), CostCalculator.TokensOf(ascii: 5, others: 2));
        Assert.Equal(0, CostCalculator.TokensOf(0, 0));
        Assert.Equal((long.MaxValue / 4) + 1, CostCalculator.TokensOf(long.MaxValue, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => CostCalculator.TokensOf(-1, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => CostCalculator.TokensOf(0, -1));
    }

    [Fact]
    public void Breakdown_has_a_line_for_each_bucket_and_adds_up_to_the_cost()
    {
        var usage = Of((UsageBucket.Input, 100), (UsageBucket.CacheRead, 50), (UsageBucket.Reasoning, 10), (UsageBucket.WebSearch, 1));

        var lines = _calculator.Breakdown("acme", "chat", in usage)!;

        Assert.Equal([UsageBucket.Input, UsageBucket.CacheRead, UsageBucket.Reasoning, UsageBucket.WebSearch], lines.Select(l => l.Bucket));
        Assert.Equal([0.0004m, 0.00005m, 0.0001m, 0.01m], lines.Select(l => Cost.ToUsd(l.CostPico)));
        Assert.Equal(UsageBucket.Output, lines[2].PricedAs);
    }

    // Read: 900 x 1 instead of 900 x 4 saves 2,700 per million. Written: 900 x 5 and x 8 instead of x 4 costs 900 and 3,600 more.
    [Theory]
    [InlineData(UsageBucket.CacheRead, 0.0027)]
    [InlineData(UsageBucket.CacheWrite5m, -0.0009)]
    [InlineData(UsageBucket.CacheWrite1h, -0.0036)]
    [InlineData(UsageBucket.Reasoning, 0)]
    public void Cache_savings_are_what_the_call_would_have_cost_without_it_less_what_it_cost(UsageBucket bucket, double usd)
    {
        var savings = _calculator.CacheSavings("acme", "chat", Of((UsageBucket.Input, 100), (bucket, 900), (UsageBucket.Output, 10)));

        Assert.Equal((decimal)usd, savings?.Saved);
        Assert.Equal(savings?.WithoutCache, savings?.Cost + savings?.Saved);
    }

    [Fact]
    public void Cached_audio_would_have_been_audio()
    {
        var savings = _calculator.CacheSavings("acme", "voice", Of((UsageBucket.CacheAudioRead, 1_000_000)))!;

        Assert.Equal((2m, 32m), (savings.Cost - 0.002m, savings.WithoutCache - 0.002m));
    }

    // Input 1,000 x 4 and the fee 2,000, output 500 x 16 and 2 images 80,000; audio 100 x 32 + 50 x 64 and 61 seconds x 1,000. In micro-USD.
    [Fact]
    public void Session_is_split_into_parts_that_add_up()
    {
        var tokens = Of((UsageBucket.Input, 1_000), (UsageBucket.Output, 500), (UsageBucket.InputAudio, 100), (UsageBucket.OutputAudio, 50), (UsageBucket.Image, 2));

        var session = _calculator.Session("acme", "voice", in tokens, audio: TimeSpan.FromSeconds(60.1))!;

        Assert.Equal(new SessionCost(Input: 0.006m, Output: 0.088m, Audio: 0.0674m, Tools: 0), session);
        Assert.Equal(0.1614m, session.Total);
    }

    [Fact]
    public void Session_pays_for_the_tools_that_the_provider_ran()
    {
        var session = _calculator.Session("acme", "chat", Of((UsageBucket.Input, 1_000)), toolCalls: new Dictionary<string, long> { ["web_search"] = 2, ["x_search"] = 3 });

        Assert.Equal(new SessionCost(0.004m, 0, 0, 0.035m), session);
    }

    [Fact]
    public void Every_bucket_is_in_one_part_of_a_session()
    {
        var cost = new Cost("acme", "chat", "1");
        for (var bucket = (UsageBucket)0; (int)bucket < UsageBucketExtensions.Count; bucket++)
        {
            cost.Set(bucket, (Int128)1 << (int)bucket);
        }

        Assert.Equal(cost.Amount, SessionCost.Of(in cost).Total);
    }

    // No price of 0 for what nobody knows the price of: audio by time and file searches of a model that has no price for either.
    [Fact]
    public void Session_with_audio_or_a_tool_that_has_no_price_has_none()
    {
        var tokens = Of((UsageBucket.Input, 1_000));

        Assert.Null(_calculator.Session("acme", "chat", in tokens, audio: TimeSpan.FromSeconds(1)));
        Assert.Null(_calculator.Session("acme", "chat", in tokens, toolCalls: new Dictionary<string, long> { ["file_search"] = 1 }));
        Assert.Null(_calculator.Session("acme", "chat", in tokens, toolCalls: new Dictionary<string, long> { ["moon_search"] = 1 }));
        Assert.NotNull(_calculator.Session("acme", "chat", in tokens, toolCalls: new Dictionary<string, long> { ["file_search"] = 0 }));
    }

    [Fact]
    public void Models_are_compared_by_cost_and_those_without_a_price_come_last()
    {
        var compared = _calculator.Compare(Of((UsageBucket.Input, 1_000_000)), [("acme", "secret"), ("acme", "chat"), ("acme", "cheap-too"), ("acme", "free"), ("acme", "cheap")]);

        Assert.Equal([("free", 0m), ("cheap-too", 1), ("cheap", 1), ("chat", 4), ("secret", default(decimal?))], compared.Select(c => (c.Model, c.Cost)));
    }

    [Fact]
    public void What_has_no_price_is_null_everywhere()
    {
        var usage = Of((UsageBucket.Input, 1));

        Assert.Null(_calculator.Estimate("acme", "secret", 1, 1));
        Assert.Null(_calculator.Breakdown("acme", "secret", in usage));
        Assert.Null(_calculator.CacheSavings("acme", "secret", in usage));
        Assert.Null(_calculator.Session("acme", "secret", in usage));
    }

    [Fact]
    public void Without_a_book_the_embedded_one_is_asked() => Assert.Equal(0.003m, new CostCalculator().Estimate("anthropic", "claude-sonnet-4-5", 1_000, 0)?.Prompt);

    private static CallUsage Of(params ReadOnlySpan<(UsageBucket Bucket, long Count)> counts)
    {
        var usage = default(CallUsage);
        foreach (var (bucket, count) in counts)
        {
            usage[bucket] = count;
        }

        return usage;
    }
}
