using System.Text;
using System.Text.Json;

namespace LlmTelemetry.Usage.Tests;

public sealed class PriceFeedTests
{
    private static readonly DateOnly Day = new(2026, 11, 22);

    [Theory]
    [InlineData("litellm")]
    [InlineData("models-dev")]
    [InlineData("genai-prices")]
    public void Feed_is_loaded_like_a_price_file_and_is_as_old_as_its_file(string name)
    {
        var path = Path.Combine(AppContext.BaseDirectory, "Data", $"feed-{name}.json");

        Assert.Equal(DateOnly.FromDateTime(File.GetLastWriteTimeUtc(path)), PriceBook.Load(path).Date);
    }

    [Fact]
    public void Feed_is_followed_like_a_price_file()
    {
        using var prices = new LivePrices(Path.Combine(AppContext.BaseDirectory, "Data", "feed-models-dev.json"));

        Assert.True(prices.Book.Knows("siliconflow", "moonshotai/kimi-k2"));
        Assert.True(prices.Book.Knows("openai", "gpt-5-mini"));
    }

    [Fact]
    public void Feed_laid_over_the_embedded_book_is_tried_first()
    {
        var book = PriceBook.Embedded.With(FeedFile.Fixture("models-dev").Book);
        var usage = default(CallUsage);
        usage[UsageBucket.CacheRead] = 1_000_000;

        Assert.Equal(0.12m, book.Quote("anthropic", "claude-haiku-4-5", in usage, FeedFile.Noon)!.Value.Amount);
        Assert.True(book.Knows("openai", "gpt-5-mini"));
    }

    [Theory]
    [InlineData("1e-06", "1")]
    [InlineData("2.5e-06", "2.5")]
    [InlineData("2.9999999999999997e-06", "3")]
    [InlineData("7.500000000000001e-08", "0.075")]
    [InlineData("1.23456789012345e-06", "1.234567890123")] // 12 decimals
    [InlineData("7.5e-16", "0.00000000075")]
    [InlineData("0.0000001", "0.1")]
    [InlineData("\"4e-07\"", "0.4")]
    public void Number_is_read_as_a_decimal_without_the_noise_of_doubles(string json, string usd)
    {
        using var document = JsonDocument.Parse(json);

        Assert.True(FeedNumber.TryRead(document.RootElement, 1_000_000, out var number));
        Assert.Equal(usd, number.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    [Theory]
    [InlineData("1e300")]
    [InlineData("1e-30")] // too small to be a price, and not 0
    [InlineData("\"NaN\"")]
    [InlineData("\"Infinity\"")]
    [InlineData("\"free\"")]
    [InlineData("true")]
    [InlineData("{}")]
    public void What_is_no_number_is_refused(string json)
    {
        using var document = JsonDocument.Parse(json);

        Assert.False(FeedNumber.TryRead(document.RootElement, 1, out _));
    }

    [Fact]
    public void Entry_that_is_there_twice_counts_once_and_the_difference_is_told()
    {
        var feed = FeedFile.Of("""
            {
              "acme/m": {"litellm_provider": "acme", "input_cost_per_token": 1e-06, "output_cost_per_token": 2e-06},
              "m": {"litellm_provider": "acme", "input_cost_per_token": 1e-06, "output_cost_per_token": 2e-06},
              "M": {"litellm_provider": "acme", "input_cost_per_token": 9e-06, "output_cost_per_token": 2e-06}
            }
            """);

        Assert.Equal(1, feed.Map.Models);
        Assert.Equal(1, feed.Price("acme", "acme/m", UsageBucket.Input));
        Assert.Equal(["acme/m is there before with other prices, which count"], feed.NotesOf("M"));
    }

    [Fact]
    public void Zero_gives_way_to_a_price_of_the_same_model()
    {
        var feed = FeedFile.Of("""
            {
              "acme/m": {"litellm_provider": "acme", "input_cost_per_token": 0, "output_cost_per_token": 0, "input_cost_per_token_above_128k_tokens": 0},
              "m": {"litellm_provider": "acme", "input_cost_per_token": 1e-06, "output_cost_per_token": 2e-06}
            }
            """);

        Assert.Equal(1, feed.Price("acme", "m", UsageBucket.Input));
        Assert.Equal(1, feed.Price("acme", "acme/m", UsageBucket.Input));
        Assert.Equal(["acme/m is there before and free: these prices count"], feed.NotesOf("m"));
    }

    [Fact]
    public void What_costs_nothing_is_told()
    {
        var feed = FeedFile.Of("""
            {
              "acme/zero": {"litellm_provider": "acme", "input_cost_per_token": 0.0, "output_cost_per_token": 0},
              "acme/searches": {"litellm_provider": "acme", "input_cost_per_token": 0, "output_cost_per_token": 0, "file_search_cost_per_1k_calls": 1}
            }
            """);

        Assert.Equal(0, feed.Price("acme", "zero", UsageBucket.Input));
        Assert.Equal(["every price is 0: it is free, or the list does not know its price"], feed.NotesOf("acme/zero"));
        Assert.Empty(feed.NotesOf("acme/searches"));
    }

    [Fact]
    public void Note_is_one_line_whatever_the_feed_has_there()
    {
        var feed = FeedFile.Of("""
            {
              "m": {"litellm_provider": "acme", "mode": "search", "input_cost_per_query": 0.001, "tiered_pricing": [{
                "max\u001b[31m": [1,
                  2]
              }]}
            }
            """);

        Assert.Equal(["tiered_pricing has an entry without a range of tokens: { \"max\\u001b[31m\": [1, 2] }"], feed.NotesOf("m"));
    }

    [Theory]
    [InlineData("we*ird")]
    [InlineData("we~ird")]
    [InlineData("/weird/")]
    [InlineData("we\"ird ")]
    public void Name_that_would_be_a_pattern_matches_itself_only(string name)
    {
        var feed = FeedFile.Of("""{"acme": {"models": {""" + JsonSerializer.Serialize(name) + """: {"cost": {"input": 1, "output": 2}}}}}""");

        Assert.True(feed.Book.Knows("acme", name));
        Assert.False(feed.Book.Knows("acme", "we-and-ird"));
        Assert.False(feed.Book.Knows("acme", "weird"));
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("5")]
    [InlineData("""{"schema": 1, "providers": []}""")]
    [InlineData("""{"a": {"b": 1}}""")]
    public void What_is_no_feed_is_left_to_the_reader_of_price_files(string text)
    {
        Assert.Null(PriceFeed.Map(Encoding.UTF8.GetBytes(text), Day));
        Assert.Throws<InvalidDataException>(() => PriceBook.Parse(PriceFeed.ToPriceFile(Encoding.UTF8.GetBytes(text), Day)));
    }

    [Fact]
    public void Feed_without_a_price_is_refused() =>
        Assert.Contains("no model with a price", Assert.Throws<InvalidDataException>(() => PriceFeed.Map("""{"m": {"litellm_provider": "acme"}}"""u8.ToArray(), Day)).Message, StringComparison.Ordinal);
}
