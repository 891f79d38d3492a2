namespace LlmTelemetry.Usage.Tests;

/// <summary>Pricing is on the path of each call: once a name was seen, a quote of any class allocates nothing.</summary>
public sealed class QuoteAllocationTests
{
    private const string Models = """
        {"id": "m1", "match": ["m1"], "prices": [{"input": 10, "cache_read": 1, "output": 30, "request": 1, "image": {"1x1": 40, "*": 20}, "tiers": [{"above": 200, "input": 20}],
          "service_tiers": {"batch": 0.5, "priority": {"input": 25, "tiers": [{"above": 200, "input": 50}]}}, "regions": {"us": 1.1, "*": 1.2}},
          {"at": ["mon-fri 09:00-17:00", "sat 00:00-12:00"], "zone": "Europe/Berlin", "input": 30}]},
        {"id": "m2", "match": ["m2"], "prices_of": "acme/m1"}
        """;

    private static readonly DateTimeOffset Sunday = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Monday = Sunday.AddDays(1);

    [Theory]
    [InlineData("plain", "m1", 100, null, null)]
    [InlineData("context tier", "m1", 201, null, null)]
    [InlineData("service tier", "m1", 100, "batch", null)]
    [InlineData("service tier by its provider's name", "m1", 100, "ON_DEMAND_PRIORITY", null)]
    [InlineData("service tier with a context tier of its own", "m1", 201, "priority", null)]
    [InlineData("provisioned", "m1", 100, "PROVISIONED_THROUGHPUT", null)]
    [InlineData("service tier without a price", "m1", 100, "ultra", null)]
    [InlineData("region", "m1", 100, null, "us")]
    [InlineData("any other region", "m1", 100, null, "europe-west1")]
    [InlineData("service tier in a region", "m1", 201, "Batch", "US")]
    [InlineData("prices of another entry", "m2", 201, "batch", "us")]
    [InlineData("unknown model", "m9", 100, null, null)]
    public void Quote_of_any_class_allocates_nothing(string what, string model, long input, string? tier, string? region)
    {
        var usage = default(CallUsage);
        usage[UsageBucket.Input] = input;
        usage[UsageBucket.CacheRead] = 10;
        usage[UsageBucket.Output] = 50;

        Assert.True(BytesOf(PriceFileText.Book(Models), model, usage, tier, region) == 0, what);
    }

    [Fact]
    public void Quote_by_kind_allocates_nothing()
    {
        var usage = default(CallUsage);
        usage.Add(UsageBucket.Image, "1x1", 1);
        usage.Add(UsageBucket.Image, "2x2", 3);

        Assert.Equal(0, BytesOf(PriceFileText.Book(Models), "m1", usage, "batch", "us"));
    }

    [Fact]
    public void Quote_through_a_book_on_top_of_another_allocates_nothing()
    {
        var book = PriceFileText.Book(Models).With(PriceFileText.Book("""{"id": "m3", "match": ["m3"], "prices": [{"input": 1}]}"""));
        var usage = default(CallUsage);
        usage[UsageBucket.Input] = 1;

        Assert.Equal((0, 0), (BytesOf(book, "m3", usage, null, null), BytesOf(book, "m1", usage, "batch", "us")));
    }

    private static long BytesOf(PriceBook book, string model, CallUsage usage, string? tier, string? region)
    {
        QuoteAll();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++)
        {
            QuoteAll();
        }

        return GC.GetAllocatedBytesForCurrentThread() - before;

        void QuoteAll()
        {
            book.TryQuote("acme", model, in usage, Sunday, tier, region, out _);
            book.TryQuote("acme", model, in usage, Monday, tier, region, out _);
        }
    }
}
