namespace LlmTelemetry.Usage.Tests;

public sealed class PriceSettingsTests
{
    private static readonly PriceBook Embedded = PriceBook.Embedded;
    private static readonly DateTimeOffset Now = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("my-model", "my-model")]
    [InlineData("MODELS:my.model", "my.model")]
    [InlineData("ft:gpt-4o:acme::id", "ft:gpt-4o:acme::id")] // colons are the configuration's, too
    [InlineData("vendor/model", "vendor/model")]
    public void Model_is_named_by_its_key(string key, string model)
    {
        var name = key.Replace("MODELS:", "", StringComparison.Ordinal);
        var book = Book(($"models:{name}:Input", " 2.5 "), ($"Models:{name}:output", "1e1"));

        Assert.Equal(2.5m + 10m, Amount(book, "some-gateway", model));
    }

    [Fact]
    public void Model_is_named_by_a_field_where_a_key_cannot_hold_the_name()
    {
        var book = Book(("Models:0:Model", "my-model"), ("Models:0:Provider", "azure.ai.openai"), ("Models:0:input", "2"), ("Models:0:output", "3"), ("Models:1:model", "other"), ("Models:1:input", "7"));

        Assert.Equal(5m, Amount(book, "openai", "my-model"));
        Assert.Null(Amount(book, "groq", "my-model"));
        Assert.Equal(7m, Amount(book, "groq", "other"));
    }

    [Fact]
    public void Price_at_a_provider_goes_before_the_one_that_holds_anywhere_in_whatever_order()
    {
        var book = Book(("Models:0:Model", "m"), ("Models:0:Provider", "openai"), ("Models:0:input", "2"), ("Models:1:Model", "m"), ("Models:1:input", "7"));

        Assert.Equal((2m, 7m), (Amount(book, "openai", "m"), Amount(book, "groq", "m")));
    }

    [Fact]
    public void Base_models_may_lead_to_one_another_and_to_models_of_the_settings()
    {
        var book = Book(("BaseModels:a", "b"), ("BaseModels:b", "own"), ("BaseModels:my:odd:name", "a"), ("Models:own:input", "3"), ("BaseModels:0:Name", "x y"), ("BaseModels:0:BaseModel", "gpt-4o"), ("BaseModels:0:Provider", "azure"));

        Assert.Equal((3m, 3m, 3m), (Amount(book, "azure", "a"), Amount(book, null, "b"), Amount(book, "groq", "my:odd:name")));
        Assert.Equal(Amount(Embedded, "azure", "gpt-4o"), Amount(book, "azure", "x y"));
        Assert.Null(Amount(book, "groq", "x y"));
    }

    [Fact]
    public void Base_model_at_a_provider_goes_before_the_one_that_holds_anywhere_however_far_that_leads()
    {
        var book = Book(("BaseModels:x", "b"), ("BaseModels:b", "own"), ("Models:own:input", "3"), ("BaseModels:0:Name", "x"), ("BaseModels:0:BaseModel", "gpt-4o"), ("BaseModels:0:Provider", "azure"));

        Assert.Equal((Amount(Embedded, "azure", "gpt-4o"), 3m), (Amount(book, "azure", "x"), Amount(book, "groq", "x")));
    }

    [Fact]
    public void Numbered_deployment_is_a_name_where_nothing_says_otherwise() =>
        Assert.Equal(Amount(Embedded, "azure", "gpt-4o"), Amount(Book(("BaseModels:35", "gpt-4o")), "azure", "35"));

    [Fact]
    public void Empty_list_says_nothing() => Assert.Same(Embedded, Book(("Models", ""), ("BaseModels", "")));

    [Fact]
    public void Same_settings_give_the_same_version_in_whatever_order()
    {
        (string, string)[] settings = [("Models:a:input", "1"), ("Models:b:input", "2"), ("BaseModels:c", "a")];

        Assert.Equal(Book(settings).Version, Book([.. settings.Reverse()]).Version);
        Assert.Equal(Embedded.Version, Book().Version);
    }

    [Theory]
    [InlineData("Models:m:input", "-1", "from 0 to 10,000")]
    [InlineData("Models:m:input", "NaN", "USD for 1,000,000 tokens")]
    [InlineData("Models:m:input", "Infinity", "USD for 1,000,000 tokens")]
    [InlineData("Models:m:input", "1,5", "USD for 1,000,000 tokens")]
    [InlineData("Models:m:input", "", "USD for 1,000,000 tokens")]
    [InlineData("Models:m:input", "1e30", "USD for 1,000,000 tokens")]
    [InlineData("Models:m:input", "1e-40", "USD for 1,000,000 tokens")] // Not 0.
    [InlineData("Models:m:audio_second", "9999", "USD for 3,600 seconds")]
    [InlineData("Models:m:web_search", "-0.1", "USD for 1,000 pieces")]
    [InlineData("Models:m:inptu", "1", "at a bucket, which 'inptu' is not: input, cache_read")]
    [InlineData("Models:m", "1", "Models:MODEL:BUCKET")]
    [InlineData("Models", "1", "Models:MODEL:BUCKET")]
    [InlineData("BaseModels:d", "gpt-99", "a model that the price book knows")]
    [InlineData("BaseModels:d", "", "the name of a model")]
    [InlineData("BaseModels:0:Base", "gpt-4o", "BaseModel")]
    [InlineData("BaseModels", "x", "BaseModels:NAME")]
    [InlineData("ReloadInterval", "10", "hours:minutes:seconds")]
    [InlineData("ReloadInterval", "24:00:00", "hours:minutes:seconds")] // To .NET: 24 days.
    [InlineData("ReloadInterval", "00:00:00", "from 100 milliseconds")]
    [InlineData("ReloadInterval", "25.00:00:00", "24 days")]
    [InlineData("File", " ", "the path of a price file")]
    [InlineData("File", "a\0b", "the path of a price file")]
    public void Bad_setting_is_refused_by_its_key_and_value_with_what_would_be_right(string key, string value, string right)
    {
        var message = Assert.Throws<InvalidDataException>(() => Book((key, value))).Message;

        Assert.StartsWith(key, message, StringComparison.Ordinal);
        Assert.Contains($"'{value.Trim()}'", message, StringComparison.Ordinal);
        Assert.Contains(right, message, StringComparison.Ordinal);
    }

    [Fact]
    public void Incomplete_entry_is_refused_with_what_is_missing()
    {
        Assert.Contains("Models:0:Model must be", Refusal(("Models:0:input", "1")), StringComparison.Ordinal);
        Assert.Contains("Models:m:input must be", Refusal(("Models:m:Provider", "p")), StringComparison.Ordinal);
        Assert.Contains("Models:gpt-4o: gpt-4o: input has no price", Refusal(("Models:gpt-4o:cache_read", "1")), StringComparison.Ordinal);
        Assert.Contains("BaseModels:0:BaseModel: '' is not right", Refusal(("BaseModels:0:Name", "x")), StringComparison.Ordinal);
        Assert.Contains("there once", Refusal(("BaseModels:x", "gpt-4o"), ("BaseModels:0:Name", "X"), ("BaseModels:0:BaseModel", "gpt-4o-mini")), StringComparison.Ordinal);
    }

    [Fact]
    public void Model_with_prices_in_two_places_is_refused_as_either_could_be_meant()
    {
        (string, string)[] one = [("Models:0:Model", " GPT-4o "), ("Models:0:input", "1"), ("Models:0:output", "1")];

        Assert.Contains("there once: Models:0 has prices", Refusal([.. one, ("Models:gpt-4o:input", "2"), ("Models:gpt-4o:output", "2")]), StringComparison.Ordinal);
        Assert.Equal(2m, Amount(Book([.. one, ("Models:1:Model", "gpt-4o"), ("Models:1:Provider", "groq"), ("Models:1:input", "2"), ("Models:1:output", "0")]), "groq", "gpt-4o"));
    }

    [Fact]
    public void Circle_of_base_models_is_refused_with_its_way()
    {
        Assert.Contains("a -> b -> c -> a", Refusal(("BaseModels:a", "b"), ("BaseModels:b", "c"), ("BaseModels:c", "a")), StringComparison.Ordinal);
        Assert.Contains("b -> c -> b", Refusal(("BaseModels:a", "b"), ("BaseModels:b", "c"), ("BaseModels:c", "b")), StringComparison.Ordinal);
        Assert.Contains("a -> a", Refusal(("BaseModels:a", "a")), StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_file_is_an_error() => Assert.Throws<FileNotFoundException>(() => Book(("File", "/no-such-file.json")));

    private static string Refusal(params (string, string)[] settings) => Assert.Throws<InvalidDataException>(() => Book(settings)).Message;

    private static PriceBook Book(params (string Key, string Value)[] settings) =>
        Embedded.With(settings.Select(s => new KeyValuePair<string, string?>(s.Key, s.Value)));

    private static decimal? Amount(PriceBook book, string? provider, string model)
    {
        var usage = default(CallUsage);
        usage[UsageBucket.Input] = 1_000_000;
        usage[UsageBucket.Output] = 1_000_000;
        return book.Quote(provider, model, in usage, Now)?.Amount;
    }
}
