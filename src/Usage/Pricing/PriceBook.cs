using System.Security.Cryptography;

namespace LlmTelemetry.Usage;

/// <summary>
/// Prices of models at a time: the whole door to pricing. Immutable and thread-safe. Names are matched without regard to case and
/// surrounding blanks; a name that the book does not know has no price, which is not 0. docs/prices.md has the rules.
/// </summary>
public sealed class PriceBook
{
    private readonly ListingCache _listings;

    private PriceBook(PriceList list, string version)
    {
        _listings = new ListingCache(list);
        Version = version;
    }

    /// <summary>The book that is built into this assembly.</summary>
    public static PriceBook Embedded { get; } = ReadEmbedded();

    /// <summary>Date and content hash: <c>2026-09-23.1f2e3d4c</c>.</summary>
    public string Version { get; }

    /// <summary>Whether the book has an entry for the model.</summary>
    /// <param name="provider">As <c>gen_ai.provider.name</c> says it. Null: the model's name tells, where it does.</param>
    /// <param name="model">The model's name. Null is known to no book.</param>
    public bool Knows(string? provider, string? model) => _listings.Find(provider, model) is not null;

    /// <summary>Prices one call.</summary>
    /// <returns>The cost; null: no price is known for this model or service tier.</returns>
    /// <inheritdoc cref="TryQuote"/>
    public Cost? Quote(string? provider, string? model, in CallUsage usage, DateTimeOffset when, string? serviceTier = null) =>
        TryQuote(provider, model, in usage, when, serviceTier, out var cost) ? cost : null;

    /// <summary>Prices one call without copying the result twice.</summary>
    /// <param name="provider">As <c>gen_ai.provider.name</c> says it. Null: the model's name tells, where it does.</param>
    /// <param name="model">The model that answered.</param>
    /// <param name="usage">What one call used. The context tier is that of its whole input; sums of several calls would be priced too high.</param>
    /// <param name="when">When the call was made: prices change by date and time of day.</param>
    /// <param name="serviceTier">
    /// The tier that the provider says it used. Null, <c>standard</c>, <c>default</c>, <c>auto</c> and <c>on_demand</c> are priced; of others
    /// (batch, flex, priority) the book knows no prices.
    /// </param>
    /// <param name="cost">The cost, by bucket; meaningless when the result is false.</param>
    /// <returns>False: no price is known for this model or service tier.</returns>
    public bool TryQuote(string? provider, string? model, in CallUsage usage, DateTimeOffset when, string? serviceTier, out Cost cost)
    {
        if (!IsStandard(serviceTier) || _listings.Find(provider, model) is not { } listing)
        {
            cost = default;
            return false;
        }

        cost = new Cost(listing.Provider, listing.Model.Id, Version);
        listing.Model.At(when).Price(in usage, ref cost);
        return true;
    }

    /// <summary>Reads a book from the text of a price file.</summary>
    /// <exception cref="InvalidDataException">The text is no valid price file; the message names the entry.</exception>
    internal static PriceBook Parse(ReadOnlyMemory<byte> file)
    {
        var (list, date) = PriceFile.Read(file);
        var hash = Convert.ToHexStringLower(SHA256.HashData(file.Span).AsSpan(0, 4));
        return new PriceBook(list, $"{date}.{hash}");
    }

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
    internal bool PricesApart(string? provider, string? model, UsageBucket bucket) => _listings.Find(provider, model)?.Model.Names(bucket) == true;

    private static bool IsStandard(string? serviceTier) =>
        string.IsNullOrEmpty(serviceTier)
        || serviceTier.Equals("default", StringComparison.OrdinalIgnoreCase)
        || serviceTier.Equals("standard", StringComparison.OrdinalIgnoreCase)
        || serviceTier.Equals("auto", StringComparison.OrdinalIgnoreCase)
        || serviceTier.Equals("on_demand", StringComparison.OrdinalIgnoreCase);
}
