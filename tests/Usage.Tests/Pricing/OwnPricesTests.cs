namespace LlmTelemetry.Usage.Tests;

public sealed class OwnPricesTests
{
    private static readonly PriceBook Embedded = PriceBook.Embedded;
    private static readonly DateTimeOffset Now = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("my-gateway")]
    [InlineData("openai")]
    [InlineData("azure.ai.openai")] // an alias of openai
    [InlineData(" OpenAI ")]
    public void Model_of_ones_own_has_its_price_at_its_provider_only(string provider)
    {
        var book = Embedded.With(provider, "My-Model", Prices(2m, 8m));

        Assert.Equal(2m * 3 + 8m * 1, Amount(book, provider, "my-model", input: 3_000_000, output: 1_000_000));
        Assert.Equal(14m, Amount(book, null, "my-model", input: 3_000_000, output: 1_000_000));
        Assert.Null(Amount(book, "anthropic", "my-model"));
        Assert.Null(Amount(Embedded, provider, "my-model"));
    }

    [Theory]
    [InlineData("openai")]
    [InlineData("anthropic")]
    [InlineData("nobody-knows-them")]
    [InlineData(null)]
    public void Model_without_a_provider_has_its_price_everywhere(string? provider)
    {
        var book = Embedded.With(null, "my-model", Prices(2m, 8m));

        Assert.Equal(2m, Amount(book, provider, "my-model"));
        Assert.Null(Amount(book, provider, "my-model-2"));
    }

    // The provider answers with the name of the day: an own price of gpt-4o that did not hold for it would hold for no call.
    [Theory]
    [InlineData("gpt-4o", 1)]
    [InlineData("gpt-4o-2024-08-06", 1)]
    [InlineData("gpt-4o-mini", 0.15)]
    public void Price_of_an_entry_of_the_book_holds_for_all_its_names_and_no_other(string model, double usd)
    {
        var book = Embedded.With("openai", "gpt-4o", Prices(1m, 4m));

        Assert.Equal((decimal)usd, Amount(book, "openai", model));
        Assert.Equal((decimal)usd, Amount(Embedded.With(null, "gpt-4o", Prices(1m, 4m)), null, model));
    }

    [Fact]
    public void Price_of_one_dated_name_leaves_the_others()
    {
        var book = Embedded.With("openai", "gpt-4o-2024-11-20", Prices(1m, 4m));

        Assert.Equal(1m, Amount(book, "openai", "gpt-4o-2024-11-20"));
        Assert.Equal(2.5m, Amount(book, "openai", "gpt-4o"));
    }

    [Fact]
    public void Price_of_a_provider_holds_for_those_who_charge_as_it_does()
    {
        var book = Embedded.With("openai", "gpt-5-chat-latest", Prices(77m, 78m));

        Assert.Equal(77m, Amount(book, "openai", "gpt-5-chat-latest"));
        Assert.Equal(77m, Amount(Only(book, "gw", "\"fallback\": [\"openai\"], "), "gw", "gpt-5-chat-latest"));
    }

    [Fact]
    public void Own_price_of_one_provider_changes_no_other_name_of_a_provider()
    {
        var book = Embedded.With("openai", "m", Prices(1m, 1m)).With("aws", "m", Prices(1m, 1m)).With("x-ai", "m", Prices(1m, 1m));

        foreach (var name in new[] { "azure.ai.openai", "az.ai.inference", "aws.bedrock", "gcp.vertex_ai", "x_ai", "azure", "vertex_ai", "amazon" })
        {
            foreach (var model in new[] { "gpt-4o", "us.anthropic.claude-sonnet-4-5-20250929-v1:0", "gemini-2.5-flash", "grok-4" })
            {
                Assert.Equal(Embedded.Quote(name, model, default, Now)?.Provider, book.Quote(name, model, default, Now)?.Provider);
            }
        }
    }

    [Fact]
    public void The_last_price_counts()
    {
        var book = Embedded.With("openai", "gpt-4o", Prices(1m, 4m)).With("openai", "gpt-4o", Prices(0.5m, 4m)).With(null, "x", Prices(1m, 1m)).With("openai", "x", Prices(9m, 9m));

        Assert.Equal(0.5m, Amount(book, "openai", "gpt-4o-2024-08-06"));
        Assert.Equal((9m, 1m), (Amount(book, "openai", "x"), Amount(book, "groq", "x")));
    }

    [Fact]
    public void Units_are_those_of_the_price_file()
    {
        var book = Embedded.With("p", "m", new Dictionary<UsageBucket, decimal> { [UsageBucket.AudioSecond] = 3.6m, [UsageBucket.Image] = 40m });
        var usage = default(CallUsage);
        usage[UsageBucket.AudioSecond] = 60;
        usage[UsageBucket.Image] = 2;

        Assert.Equal(0.06m + 0.08m, book.Quote("p", "m", in usage, Now)?.Amount);
    }

    [Fact]
    public void Book_that_was_built_on_stays_as_it_was()
    {
        var (version, price) = (Embedded.Version, Amount(Embedded, "openai", "gpt-4o"));

        _ = Embedded.With("openai", "gpt-4o", Prices(1m, 4m)).WithBaseModel("mine", "gpt-4o");

        Assert.Equal((version, price), (Embedded.Version, Amount(Embedded, "openai", "gpt-4o")));
    }

    [Fact]
    public void Version_has_one_suffix_that_changes_with_every_price_and_the_date_stays()
    {
        var one = Embedded.With("openai", "gpt-4o", Prices(1m, 4m));
        var again = Embedded.With("openai", "gpt-4o", Prices(1m, 4m));
        var other = Embedded.With("openai", "gpt-4o", Prices(1m, 5m));
        var two = one.With("openai", "gpt-4o-mini", Prices(1m, 4m));

        Assert.Equal(one.Version, again.Version);
        Assert.Equal(4, new[] { Embedded.Version, one.Version, other.Version, two.Version }.Distinct().Count());
        Assert.All([one, other, two], book => Assert.Matches($"^{Embedded.Version.Replace(".", "\\.", StringComparison.Ordinal)}\\+[0-9a-f]{{8}}$", book.Version));
        Assert.Equal(Embedded.Date, two.Date);
        Assert.Equal(one.Version, one.Quote("openai", "gpt-4o", default, Now)?.PriceVersion);
    }

    [Theory]
    [InlineData("-0.01")]
    [InlineData("10000.01")]
    [InlineData("0.1234567890123456789012345")]
    public void Bad_price_is_refused_with_the_model(string usd)
    {
        var cause = Assert.Throws<InvalidDataException>(() => Embedded.With("openai", "gpt-4o", Prices(decimal.Parse(usd, System.Globalization.CultureInfo.InvariantCulture), 1m)));

        Assert.Contains("openai/gpt-4o: input", cause.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(UsageBucket.CacheRead, "input")]
    [InlineData(UsageBucket.Input, "output")]
    public void Price_that_would_make_the_rest_of_a_model_free_by_omission_is_refused(UsageBucket only, string missing)
    {
        var cause = Assert.Throws<InvalidDataException>(() => Embedded.With("openai", "gpt-4o", new Dictionary<UsageBucket, decimal> { [only] = 1m }));

        Assert.Contains($"openai/gpt-4o: {missing} has no price", cause.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Embedding_model_needs_no_price_of_output() =>
        Assert.Equal(0.1m, Amount(Embedded.With("p", "my-embed", new Dictionary<UsageBucket, decimal> { [UsageBucket.Input] = 0.1m }), "p", "my-embed"));

    [Theory]
    [InlineData("", "m")]
    [InlineData("p", " ")]
    [InlineData("p p", "m")]
    [InlineData("p", "*")]
    public void Name_that_can_match_nothing_is_refused(string provider, string model) =>
        Assert.Throws<InvalidDataException>(() => Embedded.With(provider, model, Prices(1m, 1m)));

    [Fact]
    public void Pattern_stands_for_many_names()
    {
        var book = Embedded.With("p", "my-*", Prices(1m, 1m));

        Assert.Equal(1m, Amount(book, "p", "my-large"));
        Assert.Null(Amount(book, "p", "your-large"));
    }

    private static PriceBook Only(PriceBook below, string id, string more)
    {
        var provider = PriceFileText.Provider("", more).Replace("acme", id, StringComparison.Ordinal);
        return below.With(PriceBook.Parse(System.Text.Encoding.UTF8.GetBytes(PriceFileText.File(provider)), below));
    }

    private static Dictionary<UsageBucket, decimal> Prices(decimal input, decimal output) => new() { [UsageBucket.Input] = input, [UsageBucket.Output] = output };

    private static decimal? Amount(PriceBook book, string? provider, string model, long input = 1_000_000, long output = 0)
    {
        var usage = default(CallUsage);
        usage[UsageBucket.Input] = input;
        usage[UsageBucket.Output] = output;
        return book.Quote(provider, model, in usage, Now)?.Amount;
    }
}
