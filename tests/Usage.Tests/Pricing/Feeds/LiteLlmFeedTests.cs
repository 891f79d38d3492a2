using static LlmTelemetry.Usage.UsageBucket;

namespace LlmTelemetry.Usage.Tests;

public sealed class LiteLlmFeedTests
{
    private static readonly FeedFile Feed = FeedFile.Fixture("litellm");

    [Fact]
    public void Feed_is_recognized_and_every_entry_is_mapped_or_accounted_for()
    {
        Assert.Equal("litellm", Feed.Map.Format);
        Assert.Equal(30, Feed.Map.Models);
        Assert.Equal(1, Feed.Map.WithoutPrices);
    }

    [Theory]
    [InlineData("openai", "gpt-5.4", Input, "2.5")]
    [InlineData("openai", "gpt-5.4", CacheRead, "0.25")]
    [InlineData("openai", "gpt-5.4", Output, "15")]
    [InlineData("openai", "gpt-5.4", WebSearch, "10")]
    [InlineData("openai", "gpt-5.4", FileSearch, "2.5")]
    [InlineData("openai", "gpt-5.4", CodeExecution, "30")]
    [InlineData("anthropic", "claude-opus-4-6", CacheWrite5m, "6.25")]
    [InlineData("anthropic", "claude-opus-4-6", CacheWrite1h, "10")]
    [InlineData("google", "gemini-2.5-flash", InputAudio, "1")]
    [InlineData("openai", "gpt-realtime", OutputAudio, "64")]
    [InlineData("openai", "gpt-realtime", CacheAudioRead, "0.4")]
    [InlineData("openai", "gpt-realtime", InputImage, "5")]
    [InlineData("openai", "gpt-realtime", CacheImageRead, "0.5")]
    [InlineData("google", "gemini-2.5-flash-image", OutputImage, "30")]
    [InlineData("openai", "whisper-1", InputAudioSecond, "0.36")]
    [InlineData("openai", "tts-1", Character, "0.015")]
    [InlineData("openai", "sora-2", VideoSecond, "360")]
    [InlineData("mistral", "mistral-ocr-latest", DocumentPage, "1")]
    [InlineData("mistral", "mistral-ocr-latest", AnnotatedDocumentPage, "3")]
    [InlineData("cohere", "rerank-v3.5", RerankUnit, "2")]
    [InlineData("tavily", "search", WebSearch, "8")]
    [InlineData("openai", "text-embedding-3-small", Input, "0.02")]
    [InlineData("perplexity", "sonar-deep-research", Reasoning, "3")]
    [InlineData("perplexity", "sonar-deep-research", Citation, "2")]
    [InlineData("perplexity", "sonar-deep-research", Request, "5")]
    [InlineData("aws", "us-gov-west-1/anthropic.claude-haiku-4-5-20251001-v1:0", Input, "1.2")]
    [InlineData("aws", "bedrock/us-gov-west-1/anthropic.claude-haiku-4-5-20251001-v1:0", Output, "6")]
    [InlineData("azure", "eu/gpt-5.4", Input, "2.75")]
    [InlineData("novita", "noisy", Input, "3")]
    [InlineData("novita", "noisy", Output, "0.4")]
    public void Price_of_a_single_unit_is_that_of_a_price_file_exactly(string provider, string model, UsageBucket bucket, string usd) =>
        Assert.Equal(decimal.Parse(usd, System.Globalization.CultureInfo.InvariantCulture), Feed.Price(provider, model, bucket));

    [Theory]
    [InlineData("batch", Output, 0, 7.5)]
    [InlineData("batch", CacheRead, 0, 0.25)] // LiteLLM charges what has no price for the tier as in the standard one
    [InlineData("flex", CacheRead, 0, 0.13)]
    [InlineData("priority", Input, 0, 5)]
    [InlineData("priority", Input, 272_001, 10)]
    [InlineData("priority", Output, 272_001, 45)]
    [InlineData("priority", CacheRead, 272_001, 0.5)] // no price of its own there: that of the standard tier above 272,000
    [InlineData("flex", Output, 272_001, 22.5)] // none at all above 272,000
    [InlineData(null, Output, 272_000, 15)]
    [InlineData(null, Output, 272_001, 22.5)]
    public void Service_tiers_and_context_tiers_combine_as_LiteLLM_has_them(string? tier, UsageBucket bucket, long input, double usd) =>
        Assert.Equal((decimal)usd, Feed.Price("openai", "gpt-5.4", bucket, tier, input: input));

    [Theory]
    [InlineData("eu", 2.75)]
    [InlineData("us", 2.75)]
    [InlineData("ap", 2.5)]
    public void Regional_processing_multiplies_in_the_regions_that_are_named(string region, double usd) =>
        Assert.Equal((decimal)usd, Feed.Price("openai", "gpt-5.4", Input, region: region));

    [Theory]
    [InlineData("global", 0.3)]
    [InlineData("europe-west1", 0.33)]
    [InlineData(null, 0.3)]
    public void Every_endpoint_but_the_global_one_costs_more_on_Vertex(string? region, double usd) =>
        Assert.Equal((decimal)usd, Feed.Price("gcp.vertex_ai", "gemini-2.5-flash", Input, region: region));

    [Fact]
    public void Fast_mode_and_inference_geo_multiply_all_tokens()
    {
        Assert.Equal(30, Feed.Price("anthropic", "claude-opus-4-6", Input, "fast"));
        Assert.Equal(3, Feed.Price("anthropic", "claude-opus-4-6", CacheRead, "fast"));
        Assert.Equal(5.5m, Feed.Price("anthropic", "claude-opus-4-6", Input, region: "us"));
        Assert.Equal(10, Feed.Price("anthropic", "claude-opus-4-6", WebSearch, "fast"));
    }

    [Fact]
    public void Cache_write_of_an_hour_has_a_price_above_the_threshold_too()
    {
        Assert.Equal(6, Feed.Price("anthropic", "claude-sonnet-4-5", CacheWrite1h, input: 200_000));
        Assert.Equal(12, Feed.Price("anthropic", "claude-sonnet-4-5", CacheWrite1h, input: 200_001));
    }

    [Theory]
    [InlineData(127_999, 0.2)]
    [InlineData(128_000, 0.4)]
    public void Context_tier_of_xAI_starts_at_its_number(long input, double usd) => Assert.Equal((decimal)usd, Feed.Price("xai", "grok-4-fast", Input, input: input));

    [Theory]
    [InlineData(32_000, 1.2)]
    [InlineData(32_001, 2.4)]
    [InlineData(128_001, 3)]
    [InlineData(999_999, 3)]
    public void Ranges_are_context_tiers_in_whatever_order_they_stand(long input, double usd) => Assert.Equal((decimal)usd, Feed.Price("dashscope", "qwen3-max", Input, input: input));

    [Theory]
    [InlineData("2026-11-25T02:00Z", 0.3)]
    [InlineData("2026-11-25T04:00Z", 0.15)]
    [InlineData("2026-11-25T06:00Z", 0.3)]
    [InlineData("2026-11-25T23:59Z", 0.15)]
    [InlineData("2026-11-28T02:00Z", 0.15)] // Saturday
    [InlineData("2026-11-29T08:00Z", 0.15)] // Sunday
    public void Off_peak_windows_hold_on_their_weekdays(string when, double usd) => Assert.Equal((decimal)usd, Feed.Price("deepseek", "deepseek-flash", Input, when: Time(when)));

    [Theory]
    [InlineData("2026-11-25T16:29Z", 0.55)]
    [InlineData("2026-11-25T16:30Z", 0.275)]
    [InlineData("2026-11-26T00:29Z", 0.275)]
    [InlineData("2026-11-26T00:30Z", 0.55)]
    public void Off_peak_hours_pass_midnight(string when, double usd) => Assert.Equal((decimal)usd, Feed.Price("deepseek", "deepseek-reasoner", Input, when: Time(when)));

    [Fact]
    public void Off_peak_price_replaces_that_of_the_context_tier_and_what_it_does_not_name_stays()
    {
        var night = Time("2026-11-25T20:00Z");

        Assert.Equal(1.1m, Feed.Price("deepseek", "deepseek-reasoner", Input, input: 64_001));
        Assert.Equal(0.275m, Feed.Price("deepseek", "deepseek-reasoner", Input, input: 64_001, when: night));
        Assert.Equal(0.14m, Feed.Price("deepseek", "deepseek-reasoner", CacheRead, when: night));
    }

    // 15:00-17:00 UTC are 23:00-01:00 in Shanghai; the weekday is that of the moment there: Saturday from 16:00 UTC on Friday on.
    [Theory]
    [InlineData("2026-11-27T15:30Z", 2)]
    [InlineData("2026-11-27T16:30Z", 1)]
    [InlineData("2026-11-28T15:30Z", 1)]
    [InlineData("2026-11-28T16:30Z", 2)]
    public void Weekdays_of_another_zone_are_those_of_the_moment_there(string when, double usd) => Assert.Equal((decimal)usd, Feed.Price("deepseek", "deepseek-night", Input, when: Time(when)));

    [Theory]
    [InlineData("dall-e-3", "1024x1024/standard", 40)]
    [InlineData("dall-e-3", "1024x1792/hd", 120)]
    [InlineData("dall-e-3", "2048x2048", 80)] // any other: the model's own entry
    [InlineData("dall-e-2", "256x256", 16)] // 65,536 pixels at 0.000000244140625
    [InlineData("dall-e-2", "512x512", null)]
    public void Images_are_priced_by_size_and_quality(string model, string kind, int? usd) => Assert.Equal(usd, Feed.PriceOfKind("openai", model, Image, kind));

    [Fact]
    public void Image_sizes_are_kinds_wherever_the_feed_says_them()
    {
        Assert.Equal(60, Feed.PriceOfKind("aws", "amazon.nova-canvas-v1:0", Image, "1024x1024/50-steps"));
        Assert.Equal(240, Feed.PriceOfKind("google", "gemini-3-pro-image", Image, "4k"));
        Assert.Equal(25, Feed.PriceOfKind("vertex_ai", "gemini-2.5-flash", ToolCall, "google_maps"));
        Assert.Equal(14, Feed.PriceOfKind("perplexity", "sonar-pro", WebSearch, "high"));
        Assert.Equal(10, Feed.Price("perplexity", "sonar-pro", WebSearch));
        Assert.Equal(0.5m, Feed.Price("mistral", "mistral-ocr-latest", DocumentPage, "batch"));
    }

    [Fact]
    public void Tier_that_nobody_here_knows_is_a_tier_all_the_same() => Assert.Equal(4, Feed.Price("novita", "odd-keys", Input, "ultrafast"));

    [Fact]
    public void Keys_about_money_that_are_not_understood_are_told()
    {
        Assert.Equal(["input_cost_per_hologram has no place in a price file", "guardrail_cost_per_unit is {\"unit\": 0.1}, which is no price"], Feed.NotesOf("odd-keys"));
        Assert.Equal(["file_search_cost_per_gb_per_day has no place in a price file"], Feed.NotesOf("gpt-5.4"));
        Assert.Equal(["output_cost_per_image is left out: images are charged by their tokens"], Feed.NotesOf("gemini/gemini-2.5-flash-image"));
        Assert.Equal(["web_search_billing_unit is per_prompt: a price file charges each search"], Feed.NotesOf("gemini/gemini-2.5-pro"));
        Assert.Equal(["is left out: it names no litellm_provider"], Feed.NotesOf("no-provider"));
    }

    [Theory]
    [InlineData("negative", "input_cost_per_token is -1e-06, which is no price")]
    [InlineData("per-million-by-mistake", "input_cost_per_token is more than any provider charges: it is meant for a single unit")]
    [InlineData("half-a-price", "is left out: what it does not price would cost nothing")]
    public void Entry_with_a_price_that_is_not_to_be_believed_has_no_price_at_all(string model, string note)
    {
        Assert.Contains(note, Feed.NotesOf(model));
        Assert.False(Feed.Book.Knows("novita", model));
    }

    [Theory]
    [InlineData("\"hours_utc\": \"25:00-26:00\"")]
    [InlineData("\"hours_utc\": 5")]
    [InlineData("\"windows\": [{\"hours_utc\": \"01:00-02:00\", \"weekdays\": [0]}]")]
    [InlineData("\"windows\": [{\"hours_utc\": \"01:00-02:00\"}], \"weekday_timezone\": \"America/New_York\"")] // hours in UTC and weekdays of a place that changes its clocks
    [InlineData("\"windows\": []")]
    [InlineData("\"hours_utc\": \"01:00-02:00\", \"input_cost_per_moon\": 1")]
    public void Off_peak_prices_that_cannot_be_said_are_told_and_the_standard_ones_hold(string block)
    {
        var feed = FeedFile.Of("""{"m": {"litellm_provider": "acme", "input_cost_per_token": 2e-06, "output_cost_per_token": 2e-06, "off_peak_pricing": {"input_cost_per_token": 1e-06, """ + block + "}}}");

        Assert.StartsWith("off_peak_pricing is not understood", Assert.Single(feed.NotesOf("m")), StringComparison.Ordinal);
        Assert.Equal(2, feed.Price("acme", "m", Input, when: Time("2026-11-25T01:30Z")));
    }

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
