using System.Text;

namespace LlmTelemetry.Usage.Tests;

/// <summary>A feed that was mapped, and what calls cost by it.</summary>
internal sealed class FeedFile
{
    private const long Million = 1_000_000;

    // A Wednesday, outside all windows of the fixtures.
    public static readonly DateTimeOffset Noon = new(2026, 11, 25, 15, 0, 0, TimeSpan.Zero);

    private static readonly DateOnly Day = new(2026, 11, 22);

    private FeedFile(byte[] file)
    {
        Map = PriceFeed.Map(file, Day) ?? throw new InvalidOperationException("No feed.");
        Book = PriceBook.Parse(Map.PriceFile);
    }

    public MappedFeed Map { get; }

    public PriceBook Book { get; }

    public static FeedFile Fixture(string name) => new(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Data", $"feed-{name}.json")));

    public static FeedFile Of(string text) => new(Encoding.UTF8.GetBytes(text));

    public string[] NotesOf(string entry) => [.. Map.Notes.Where(n => n.Entry == entry).Select(n => n.What)];

    /// <summary>USD for the units of a price file; null: no price is known.</summary>
    public decimal? Price(string provider, string model, UsageBucket bucket, string? tier = null, string? region = null, long input = 0, DateTimeOffset? when = null)
    {
        var usage = default(CallUsage);
        usage[UsageBucket.Input] = bucket == UsageBucket.Input ? Math.Max(input, 1_000) : Math.Max(0, input - (bucket.IsInputTokens() ? 1_000 : 0));
        var isTime = bucket is UsageBucket.AudioSecond or UsageBucket.InputAudioSecond or UsageBucket.VideoSecond;
        usage[bucket] = bucket == UsageBucket.Input ? usage[bucket] : isTime ? 3_600 : 1_000;
        var cost = Book.Quote(provider, model, in usage, when ?? Noon, tier, region)?[bucket];
        return cost * (bucket.IsInputTokens() || bucket.IsOutputTokens() ? Million : isTime ? 3_600 : 1_000) / usage[bucket];
    }

    /// <summary>USD for a thousand of one kind.</summary>
    public decimal? PriceOfKind(string provider, string model, UsageBucket bucket, string kind)
    {
        var usage = default(CallUsage);
        usage.Add(bucket, kind, 1_000);
        return Book.Quote(provider, model, in usage, Noon)?[bucket];
    }
}
