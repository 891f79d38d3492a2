using System.Collections.Concurrent;

namespace LlmTelemetry.Usage;

/// <summary>
/// Remembers the entry for names as they were given, unknown names included. Bounded: there are two generations, and when the young one is
/// full it becomes the old one, so that names in use stay however many others pass by. Thread-safe; a hit allocates nothing.
/// </summary>
internal sealed class ListingCache(PriceList list)
{
    /// <summary>Names in one generation; twice as many are kept at most.</summary>
    internal const int GenerationSize = 2_048;

    private volatile Generation _young = new(null);

    /// <summary>How many names are kept.</summary>
    internal int Count
    {
        get
        {
            var count = 0;
            for (var generation = _young; generation is not null; generation = generation.Elder)
            {
                count += generation.Listings.Count;
            }

            return count;
        }
    }

    /// <inheritdoc cref="PriceList.Find"/>
    public Listing? Find(string? provider, string? model)
    {
        // Before anything walks through the name.
        if (provider?.Length > PriceList.LongestName || model?.Length > PriceList.LongestName)
        {
            return null;
        }

        var name = new Name(provider, model);
        var young = _young;
        if (young.Listings.TryGetValue(name, out var listing))
        {
            return listing;
        }

        if (young.Elder is not { } elder || !elder.Listings.TryGetValue(name, out listing))
        {
            listing = list.Find(provider, model);
        }

        Keep(young, name, listing);
        return listing;
    }

    private void Keep(Generation young, Name name, Listing? listing)
    {
        var count = Interlocked.Increment(ref young.Count);
        if (count <= GenerationSize)
        {
            young.Listings[name] = listing;
        }
        else if (count == GenerationSize + 1)
        {
            // One thread gets this number, so the generation is replaced once; its own elder goes.
            var next = new Generation(young);
            next.Listings[name] = listing;
            next.Count = 1;
            young.Elder = null;
            _young = next;
        }
    }

    private readonly record struct Name(string? Provider, string? Model);

    private sealed class Generation(Generation? elder)
    {
        public int Count;

        public ConcurrentDictionary<Name, Listing?> Listings { get; } = new();

        public volatile Generation? Elder = elder;
    }
}
