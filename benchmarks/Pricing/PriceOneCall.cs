using BenchmarkDotNet.Attributes;
using LlmTelemetry.Usage;

namespace LlmTelemetry.Benchmarks;

/// <summary>One price, as the tracker asks for it: no copy of the result.</summary>
public class PriceOneCall
{
    private static readonly DateTimeOffset When = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    private readonly PriceBook _book = PriceBook.Embedded;
    private readonly PriceBook _own = PriceBook.Embedded.With(PriceBook.Parse(
        """
        {"schema": 1, "date": "2026-11-22", "currency": "USD", "source": "made up", "providers": [{"id": "acme", "name": "Acme", "sources": ["https://acme.example"], "models": [
          {"id": "m1", "match": ["m1"], "prices": [{"input": 10, "cache_read": 1, "output": 30, "image": {"1024x1024/hd": 80, "*": 40},
            "service_tiers": {"batch": 0.5}, "regions": {"us": 1.1}}]}]}]}
        """u8.ToArray()));

    private readonly CallUsage _plain = Of((UsageBucket.Input, 1_200), (UsageBucket.Output, 350));

    // Above the 200,000 tokens where the next price tier begins.
    private readonly CallUsage _cached = Of(
        (UsageBucket.Input, 40_000), (UsageBucket.CacheRead, 180_000), (UsageBucket.CacheWrite5m, 12_000),
        (UsageBucket.CacheWrite1h, 3_000), (UsageBucket.Output, 2_000), (UsageBucket.Reasoning, 900));

    private CallUsage _images = Of((UsageBucket.Input, 1_200));

    [GlobalSetup]
    public void Check()
    {
        _images.Add(UsageBucket.Image, "1024x1024/hd", 2);
        _images.Add(UsageBucket.Image, "512x512", 1);
        if (!Plain() || !CachedAndTiered() || !Batch() || !Region() || !Kinds() || !OwnBook() || UnknownModel())
        {
            throw new InvalidOperationException("The price book does not answer as these measurements say.");
        }
    }

    [Benchmark(Description = "input and output, one price")]
    public bool Plain() => _book.TryQuote("anthropic", "claude-opus-4-5", in _plain, When, null, null, out _);

    [Benchmark(Description = "six buckets, context tiers")]
    public bool CachedAndTiered() => _book.TryQuote("anthropic", "claude-sonnet-4-5-20250929", in _cached, When, null, null, out _);

    [Benchmark(Description = "batch")]
    public bool Batch() => _own.TryQuote("acme", "m1", in _plain, When, "batch", null, out _);

    [Benchmark(Description = "a dearer region")]
    public bool Region() => _own.TryQuote("acme", "m1", in _plain, When, null, "us", out _);

    [Benchmark(Description = "images of two kinds")]
    public bool Kinds() => _own.TryQuote("acme", "m1", in _images, When, null, null, out _);

    [Benchmark(Description = "a built-in model, own book on top")]
    public bool OwnBook() => _own.TryQuote("anthropic", "claude-opus-4-5", in _plain, When, null, null, out _);

    [Benchmark(Description = "a model the book does not know")]
    public bool UnknownModel() => _book.TryQuote("anthropic", "ada-internal-7b", in _plain, When, null, null, out _);

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
