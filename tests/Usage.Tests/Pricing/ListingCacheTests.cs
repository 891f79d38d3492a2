namespace LlmTelemetry.Usage.Tests;

public sealed class ListingCacheTests
{
    private readonly ListingCache _cache = new(PriceFileText.List("""{"id": "known", "match": ["known"], "prices": [{"input": 1}]}"""));

    [Fact]
    public void Names_without_end_do_not_fill_memory_nor_push_out_what_is_in_use()
    {
        var listing = _cache.Find("acme", "known");
        for (var i = 0; i < 20 * ListingCache.GenerationSize; i++)
        {
            Assert.Null(_cache.Find("acme", "unknown-" + i));
            if (i % 1_000 == 0)
            {
                Assert.Same(listing, _cache.Find("acme", "known"));
            }
        }

        Assert.InRange(_cache.Count, 1, 2 * ListingCache.GenerationSize);
    }

    [Fact]
    public void Name_of_absurd_length_is_unknown_and_not_kept()
    {
        Assert.Null(_cache.Find("acme", new string('x', 100_000)));
        Assert.Null(_cache.Find(new string('x', 100_000), "known"));
        Assert.Equal(0, _cache.Count);
    }

    [Fact]
    public async Task Answers_are_right_while_many_threads_fill_the_cache()
    {
        var writers = Enumerable.Range(0, 8).Select(writer => Task.Run(() =>
        {
            for (var i = 0; i < 3 * ListingCache.GenerationSize; i++)
            {
                Assert.Null(_cache.Find("acme", $"unknown-{writer}-{i}"));
                Assert.Equal("known", _cache.Find("acme", "known")?.Model.Id);
            }
        }));

        await Task.WhenAll(writers);
        Assert.InRange(_cache.Count, 1, 2 * ListingCache.GenerationSize);
    }
}
