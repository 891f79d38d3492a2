using static LlmTelemetry.Usage.UsageBucket;

namespace LlmTelemetry.Usage.Tests;

public sealed class GenaiPricesFeedTests
{
    private static readonly FeedFile Feed = FeedFile.Fixture("genai-prices");

    [Fact]
    public void Feed_is_recognized_and_every_entry_is_mapped_or_accounted_for()
    {
        Assert.Equal("genai-prices", Feed.Map.Format);
        Assert.Equal(28, Feed.Map.Models);
        Assert.Equal(0, Feed.Map.WithoutPrices);
    }

    [Theory]
    [InlineData("openai", "gpt-4.1", WebSearch, 10)]
    [InlineData("openai", "gpt-4.1", FileSearch, 2.5)]
    [InlineData("openai", "whisper-1", InputAudioSecond, 0.36)]
    [InlineData("openai", "tts-1", Character, 0.015)]
    [InlineData("openai", "gpt-realtime-2025-08-28", OutputAudio, 64)]
    [InlineData("openai", "gpt-realtime", CacheImageRead, 0.5)]
    [InlineData("anthropic", "claude-haiku-4-5", CacheWrite1h, 2)]
    [InlineData("google", "gemini-omni", CacheVideoRead, 0.3)]
    [InlineData("google", "gemini-omni", InputVideo, 3)]
    [InlineData("google", "gemini-omni", OutputVideo, 50)]
    [InlineData("mistral", "mistral-ocr-latest", AnnotatedDocumentPage, 3)]
    [InlineData("mistral", "mistral-moderation", TextMessage, 0.1)]
    [InlineData("perplexity", "sonar", Request, 12)]
    [InlineData("perplexity", "sonar-deep-research", Citation, 2)]
    [InlineData("xai", "grok-voice", AudioSecond, 3)]
    [InlineData("cohere", "rerank-v3.5", RerankUnit, 2)]
    [InlineData("cohere", "runner", CodeExecution, 30)]
    public void Prices_are_those_of_a_price_file(string provider, string model, UsageBucket bucket, double usd) => Assert.Equal((decimal)usd, Feed.Price(provider, model, bucket));

    [Theory]
    [InlineData("gpt-4o", true)]
    [InlineData("gpt-4o-2024-08-06", true)]
    [InlineData("gpt-4o-mini", false)]
    [InlineData("o3-2025-04-16", true)]
    [InlineData("o3-pro", false)]
    [InlineData("gpt-4.1-2025-04-14", true)]
    [InlineData("gpt-4.1-nano-2025-04-14", true)]
    public void Trees_of_names_match_as_they_did(string model, bool matches) => Assert.Equal(matches, Feed.Book.Knows("openai", model));

    [Fact]
    public void Provider_is_found_by_its_own_names_and_by_those_of_the_embedded_book()
    {
        Assert.True(Feed.Book.Knows("my-openai-proxy", "gpt-4.1"));
        Assert.True(Feed.Book.Knows(null, "gpt-4.1"));
        Assert.True(Feed.Book.Knows("x_ai", "grok-3"));
        Assert.True(Feed.Book.Knows("google", "claude-haiku-4-5"));
    }

    [Theory]
    [InlineData("2025-06-09T23:59Z", 10)]
    [InlineData("2025-06-10T00:00Z", 2)]
    public void Price_holds_from_its_day_on(string when, double usd) => Assert.Equal((decimal)usd, Feed.Price("openai", "o3", Input, when: Time(when)));

    [Theory]
    [InlineData("deepseek-reasoner", "2026-11-25T00:29Z", 0.135)]
    [InlineData("deepseek-reasoner", "2026-11-25T00:30Z", 0.55)]
    [InlineData("deepseek-reasoner", "2026-11-25T16:30Z", 0.135)]
    [InlineData("deepseek-local", "2026-11-24T21:59Z", 1)]
    [InlineData("deepseek-local", "2026-11-24T22:00Z", 2)] // 06:00 in China
    [InlineData("deepseek-local", "2026-11-25T02:00Z", 1)]
    public void Times_of_day_are_kept_whatever_their_zone(string model, string when, double usd) => Assert.Equal((decimal)usd, Feed.Price("deepseek", model, Input, when: Time(when)));

    [Theory]
    [InlineData(200_000, 15)]
    [InlineData(200_001, 22.5)]
    public void Tiers_hold_above_their_start(long input, double usd) => Assert.Equal((decimal)usd, Feed.Price("anthropic", "claude-sonnet-4-5", Output, input: input));

    [Fact]
    public void Price_set_that_never_counts_is_left_out_and_told()
    {
        var feed = FeedFile.Of("""
            [{"id": "acme", "models": [{"id": "m", "match": {"equals": "m"}, "prices": [
              {"constraint": {"type": "start_date", "start_date": "2026-01-01"}, "prices": {"input_mtok": 1}}, {"prices": {"input_mtok": 2}}]}]}]
            """);

        Assert.Equal(2, feed.Price("acme", "m", Input));
        Assert.Equal(["has price sets that never count, which are left out: one behind them holds whenever they do"], feed.NotesOf("acme/m"));
    }

    [Fact]
    public void Model_without_prices_is_free() => Assert.Equal(0, Feed.Price("cohere", "free", Input));

    [Fact]
    public void What_is_not_understood_is_told()
    {
        Assert.Equal(["prices under a condition that is not understood are left out: {\"type\": \"moon_phase\", \"full\": true}"], Feed.NotesOf("deepseek/deepseek-local"));
        Assert.Equal(["social_searches_kcount has no place in a price file"], Feed.NotesOf("cohere/runner"));
        Assert.Equal(["is left out: its match is not understood"], Feed.NotesOf("cohere/lost"));
        Assert.Equal(["is left out: input_mtok is -1, which is no price"], Feed.NotesOf("cohere/negative"));
    }

    [Theory]
    [InlineData("""[{"id": "acme", "models": [{"id": "m", "match": {"equals": "m"}, "prices": [{"prices": {"input_mtok": 1}}, {"constraint": {"start_date": "2026-01-01"}, "prices": {"input_mtok": 2}}]}]}]""")]
    [InlineData("""{"units": {}, "providers": [{"id": "acme", "models": [{"id": "m", "match": {"equals": "m"}, "prices": {"input_mtok": {"base": 2, "tiers": []}}}]}]}""")]
    public void Older_and_newer_shapes_are_read_too(string text) => Assert.Equal(2, FeedFile.Of(text).Price("acme", "m", Input));

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
