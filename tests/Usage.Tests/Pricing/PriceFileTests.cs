namespace LlmTelemetry.Usage.Tests;

public sealed class PriceFileTests
{
    private const string Good = """{"id": "m1", "match": ["m1"], "prices": [{"input": 1}]}""";

    [Theory]
    [InlineData("""{"id": "m1", "match": ["m1"], "prices": [{"inptu": 1}]}""", "acme/m1: unknown field inptu")]
    [InlineData("""{"id": "m1", "match": ["m1"], "prices": [{"input": 1}], "note": "x"}""", "acme/m1: unknown field note")]
    [InlineData("""{"id": "m1", "match": ["m1"], "prices": [{"input": -1}]}""", "acme/m1: input costs -1 USD")]
    [InlineData("""{"id": "m1", "match": ["m1"], "prices": [{"input": 1000000}]}""", "acme/m1: input costs 1000000 USD")]
    [InlineData("""{"id": "m1", "match": ["m1"], "prices": [{"web_search": 35000}]}""", "acme/m1: web_search costs 35000 USD")]
    [InlineData("""{"id": "m1", "match": ["m1"], "prices": [{"input": "1"}]}""", "acme/m1: input must be a number")]
    [InlineData("""{"id": "m1", "match": ["m1"], "prices": [{"input": 1e300}]}""", "acme/m1: input must be a number")]
    [InlineData("""{"id": "m1", "match": ["m1"], "prices": [{"input": 0.1234567890123456789012345}]}""", "acme/m1: input has too many digits")]
    [InlineData("""{"id": "m1", "match": ["m1"], "prices": [{"input": 1e-40}]}""", "acme/m1: input has too many digits")] // Not free.
    [InlineData("""{"id": "m1", "match": ["m1"], "prices": [{"input": 1, "input": 2}]}""", "input")]
    [InlineData("""{"id": "m1", "match": ["m1"], "prices": []}""", "acme/m1: prices must have a price set")]
    [InlineData("""{"id": "m1", "match": ["m1"]}""", "acme/m1: prices is missing")]
    [InlineData("""{"id": "m1", "match": [], "prices": [{}]}""", "acme/m1: match must have a pattern")]
    [InlineData("""{"id": "m1", "match": ["M1"], "prices": [{}]}""", "acme/m1: match")]
    [InlineData("""{"id": "m1", "match": ["a*b"], "prices": [{}]}""", "acme/m1: match")]
    [InlineData("""{"id": "m1", "match": ["*"], "prices": [{}]}""", "acme/m1: match")]
    [InlineData("""{"id": "m1", "match": ["/(/"], "prices": [{}]}""", "acme/m1: match")]
    [InlineData("""{"id": "m1", "match": [{"any": ["a"]}], "prices": [{}]}""", "acme/m1, match: unknown field any")]
    [InlineData("""{"id": "m1", "match": "m1", "prices": [{}]}""", "acme/m1: match must be a list")]
    [InlineData("""{"match": ["m1"], "prices": [{}]}""", "acme: an entry has no id")]
    [InlineData("""{"id": "m1", "match": ["m1"], "prices": [{"from": "2026-02-30"}]}""", "acme/m1: from must be a day")]
    [InlineData("""{"id": "m1", "match": ["m1"], "prices": [{"at": ["01:00"]}]}""", "acme/m1: at: \"01:00\" is no time")]
    [InlineData("""{"id": "m1", "match": ["m1"], "prices": [{"at": ["01:00-25:00"]}]}""", "acme/m1: at: \"01:00-25:00\" is no time")]
    [InlineData("""{"id": "m1", "match": ["m1"], "prices": [{"input": 1, "tiers": [{"input": 2}]}]}""", "acme/m1: a tier starts above a number of tokens, or has at_least")]
    [InlineData("""{"id": "m1", "match": ["m1"], "prices": [{"tiers": [{"above": "9", "input": 2}]}]}""", "acme/m1: above must be a number")]
    [InlineData("""{"id": "m1", "match": ["m1"], "prices": [{"tiers": [{"above": 9}, {"above": 9}]}]}""", "acme/m1: tiers must start at rising")]
    [InlineData("""{"id": "m1", "match": ["m1"], "prices": [{"request": 1, "tiers": [{"above": 9, "request": 2}]}]}""", "acme/m1: request has no context tier")]
    [InlineData(Good + "," + Good, "acme/m1: the model is there twice")]
    public void Bad_model_is_refused_by_name(string model, string message) =>
        Assert.Contains(message, Refusal(PriceFileText.File(PriceFileText.Provider(model))), StringComparison.Ordinal);

    [Theory]
    [InlineData("{", "no valid JSON")]
    [InlineData("[]", "must be an object")]
    [InlineData("""{"schema": 2, "date": "2026-11-22", "currency": "USD", "source": "x", "providers": []}""", "schema must be 1")]
    [InlineData("""{"schema": 1, "date": "today", "currency": "USD", "source": "x", "providers": []}""", "date must be a day")]
    [InlineData("""{"schema": 1, "date": "2026-11-22", "currency": "EUR", "source": "x", "providers": []}""", "currency must be USD")]
    [InlineData("""{"schema": 1, "date": "2026-11-22", "currency": "USD", "source": "", "providers": []}""", "source must say")]
    [InlineData("""{"schema": 1, "date": "2026-11-22", "currency": "USD", "source": "x", "providers": []}""", "there must be a provider")]
    public void Bad_file_is_refused_with_the_reason(string file, string message) =>
        Assert.Contains(message, Refusal(file), StringComparison.Ordinal);

    [Fact]
    public void Provider_that_is_there_twice_or_falls_back_on_nobody_is_refused()
    {
        var provider = PriceFileText.Provider(Good);
        var lost = PriceFileText.Provider(Good, "\"fallback\": [\"nobody\"], ");

        Assert.Contains("acme is there twice", Refusal(PriceFileText.File(provider + "," + provider)), StringComparison.Ordinal);
        Assert.Contains("acme: the fallback nobody", Refusal(PriceFileText.File(lost)), StringComparison.Ordinal);
    }

    [Fact]
    public void Version_changes_with_any_byte_of_the_file()
    {
        var one = PriceFileText.Book(Good);
        var other = PriceFileText.Book(Good.Replace("1}", "2}", StringComparison.Ordinal));

        Assert.StartsWith("2026-11-22.", one.Version, StringComparison.Ordinal);
        Assert.Equal(one.Version, PriceFileText.Book(Good).Version);
        Assert.NotEqual(one.Version, other.Version);
    }

    // 5 tokens at 0.0000001 USD a million are 0.5 pico-USD: half to even gives 0; 15 are 1.5: 2; 25 are 2.5: 2.
    [Theory]
    [InlineData(5, 0)]
    [InlineData(15, 2)]
    [InlineData(25, 2)]
    [InlineData(26, 3)]
    public void Fraction_of_a_pico_USD_is_rounded_half_to_even(long tokens, long pico)
    {
        var usage = default(CallUsage);
        usage[UsageBucket.Input] = tokens;

        var cost = PriceFileText.Book("""{"id": "m1", "match": ["m1"], "prices": [{"input": 0.0000001}]}""").Quote("acme", "m1", in usage, default);

        Assert.Equal(pico, cost?.TotalPico);
    }

    // A tier replaces what it names; what it does not name stays.
    [Theory]
    [InlineData(100, 100 * 1 + 10 * 3)]
    [InlineData(101, 101 * 2 + 10 * 3)]
    [InlineData(200, 200 * 2 + 10 * 3)]
    [InlineData(201, 201 * 2 + 10 * 9)]
    public void Tier_leaves_alone_what_it_does_not_name(long input, long microUsd)
    {
        var book = PriceFileText.Book("""
            {"id": "m1", "match": ["m1"], "prices": [{"input": 1, "output": 3, "tiers": [{"above": 100, "input": 2}, {"above": 200, "output": 9}]}]}
            """);
        var usage = default(CallUsage);
        usage[UsageBucket.Input] = input;
        usage[UsageBucket.Output] = 10;

        Assert.Equal(microUsd * 1_000_000, book.Quote("acme", "m1", in usage, default)?.TotalPico);
    }

    // Off-peak from 16:30 to 00:30 wraps midnight.
    [Theory]
    [InlineData("2026-11-22T16:29:59Z", 2)]
    [InlineData("2026-11-22T16:30:00Z", 1)]
    [InlineData("2026-11-22T23:59:59Z", 1)]
    [InlineData("2026-11-22T00:29:59Z", 1)]
    [InlineData("2026-11-22T00:30:00Z", 2)]
    public void Hours_of_the_day_may_pass_midnight(string when, long usd)
    {
        var book = PriceFileText.Book("""{"id": "m1", "match": ["m1"], "prices": [{"input": 2}, {"at": ["16:30-00:30"], "input": 1}]}""");
        var usage = default(CallUsage);
        usage[UsageBucket.Input] = 1_000_000;

        Assert.Equal(usd, book.Quote("acme", "m1", in usage, DateTimeOffset.Parse(when, System.Globalization.CultureInfo.InvariantCulture))?.Amount);
    }

    private static string Refusal(string file) => Assert.Throws<InvalidDataException>(() => PriceFileText.Parse(file)).Message;
}
