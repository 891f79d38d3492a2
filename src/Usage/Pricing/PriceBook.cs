using System.Security.Cryptography;

namespace LlmTelemetry.Usage;

/// <summary>
/// Prices of models at a time: the whole door to pricing. Thread-safe; each call sees the book as it was at one moment. Names are matched
/// without regard to case and surrounding blanks; a name that the book does not know has no price, which is not 0. docs/prices.md has the rules.
/// </summary>
public sealed class PriceBook
{
    private volatile Contents _now;

    private PriceBook(Contents contents) => _now = contents;

    /// <summary>The book that is built into this assembly.</summary>
    public static PriceBook Embedded { get; } = ReadEmbedded();

    /// <summary>Date and content hash: <c>2026-09-23.1f2e3d4c</c>; of a book with overrides also theirs: <c>2026-09-23.1f2e3d4c+5a6b7c8d</c>.</summary>
    public string Version => _now.Version;

    /// <summary>The day that the prices are of: the newest date of the files that they come from.</summary>
    public DateOnly Date => _now.Date;

    /// <summary>Reads a book from the text of a price file.</summary>
    /// <param name="file">The text, in UTF-8.</param>
    /// <param name="below">The book whose entries it may refer to, and which it is meant to be put over (<see cref="With"/>); null: it stands alone.</param>
    /// <exception cref="InvalidDataException">The text is no valid price file; the message names the entry.</exception>
    public static PriceBook Parse(ReadOnlyMemory<byte> file, PriceBook? below = null)
    {
        var (list, date) = PriceFile.Read(file, below?._now.List);
        var hash = Convert.ToHexStringLower(SHA256.HashData(file.Span).AsSpan(0, 4));
        return new PriceBook(new Contents(list, new ListingCache(list), $"{date:yyyy-MM-dd}.{hash}", date));
    }

    /// <summary>Reads a book from a price file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="below">As in <see cref="Parse"/>.</param>
    /// <exception cref="InvalidDataException">It is no valid price file; the message names the file and the entry.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static PriceBook Load(string path, PriceBook? below = null)
    {
        try
        {
            return Parse(File.ReadAllBytes(path), below);
        }
        catch (InvalidDataException cause)
        {
            throw new InvalidDataException($"{path}: {cause.Message}", cause);
        }
    }

    /// <summary>A book in which the entries of another one come first: overrides of prices, and models and providers of one's own.</summary>
    public PriceBook With(PriceBook overrides)
    {
        ArgumentNullException.ThrowIfNull(overrides);
        var (below, above) = (_now, overrides._now);
        var list = below.List.With(above.List);
        var version = $"{below.Version}+{above.Version[(above.Version.IndexOf('.', StringComparison.Ordinal) + 1)..]}";
        return new PriceBook(new Contents(list, new ListingCache(list), version, below.Date > above.Date ? below.Date : above.Date));
    }

    /// <summary>Whether the book has an entry for the model.</summary>
    /// <param name="provider">As <c>gen_ai.provider.name</c> says it. Null: the model's name tells, where it does.</param>
    /// <param name="model">The model's name. Null is known to no book.</param>
    public bool Knows(string? provider, string? model) => _now.Listings.Find(provider, model) is not null;

    /// <summary>Prices one call.</summary>
    /// <returns>The cost; null: no price is known for this model or service tier.</returns>
    /// <inheritdoc cref="TryQuote"/>
    public Cost? Quote(string? provider, string? model, in CallUsage usage, DateTimeOffset when, string? serviceTier = null, string? region = null) =>
        TryQuote(provider, model, in usage, when, serviceTier, region, out var cost) ? cost : null;

    /// <summary>Prices one call without copying the result twice.</summary>
    /// <param name="provider">As <c>gen_ai.provider.name</c> says it. Null: the model's name tells, where it does.</param>
    /// <param name="model">The model that answered.</param>
    /// <param name="usage">What one call used. The context tier is that of its whole input; sums of several calls would be priced too high.</param>
    /// <param name="when">When the call was made: prices change by date and time of day.</param>
    /// <param name="serviceTier">
    /// The tier that the provider says it used, by any provider's word for it: batch, flex, priority, fast, provisioned. Null, <c>standard</c>,
    /// <c>default</c>, <c>auto</c> and <c>on_demand</c> are the standard one. A tier that the entry has no price for has none.
    /// </param>
    /// <param name="region">
    /// Where the provider ran the call (<c>us</c>, <c>eu</c>, <c>europe-west1</c>, <c>global</c>), for models that cost more in some places. Null: list price.
    /// </param>
    /// <param name="cost">The cost, by bucket; meaningless when the result is false.</param>
    /// <returns>False: no price is known for this model or service tier.</returns>
    public bool TryQuote(
        string? provider, string? model, in CallUsage usage, DateTimeOffset when, string? serviceTier, string? region, out Cost cost)
    {
        var now = _now;
        if (now.Listings.Find(provider, model) is not { } listing)
        {
            cost = default;
            return false;
        }

        cost = new Cost(listing.Provider, listing.Model.Id, now.Version);
        return listing.Model.At(when).TryPrice(in usage, serviceTier, region, ref cost);
    }

    /// <summary>Says why a call costs what it costs, or why it has no price. For people: it allocates.</summary>
    /// <inheritdoc cref="TryQuote"/>
    public PriceExplanation Explain(string? provider, string? model, in CallUsage usage, DateTimeOffset when, string? serviceTier = null, string? region = null)
    {
        var now = _now;
        var names = now.List.Explain(provider, model) with { PriceVersion = now.Version };
        if (now.Listings.Find(provider, model) is not { } listing)
        {
            return names;
        }

        var cost = new Cost(listing.Provider, listing.Model.Id, now.Version);
        var set = listing.Model.At(when);
        var isPriced = set.TryPrice(in usage, serviceTier, region, ref cost);
        return set.Explain(names, in usage, serviceTier, region) with { Cost = isPriced ? cost : null };
    }

    /// <summary>Puts the contents of another book in the place of this one's, for all who hold it.</summary>
    internal void Become(PriceBook other) => _now = other._now;

    /// <summary>Reads the built-in book anew, with a memory of names of its own.</summary>
    internal static PriceBook ReadEmbedded()
    {
        using var stream = typeof(PriceBook).Assembly.GetManifestResourceStream("prices.json")
            ?? throw new InvalidOperationException("The assembly was built without its prices.");
        var file = new byte[stream.Length];
        stream.ReadExactly(file);
        return Parse(file);
    }

    /// <summary>Whether the book prices the bucket of this model apart from the class that contains it.</summary>
    internal bool PricesApart(string? provider, string? model, UsageBucket bucket) => _now.Listings.Find(provider, model)?.Model.Names(bucket) == true;

    private sealed record Contents(PriceList List, ListingCache Listings, string Version, DateOnly Date);
}
