namespace LlmTelemetry.Usage;

/// <summary>Lays the entries of one price list over another: docs/prices.md, "Your own prices".</summary>
internal static class PriceListMerge
{
    /// <summary>
    /// Both lists as one. Of a provider that both have the upper models are tried first; its place among the providers stays, since names find
    /// providers in order. A new provider is charged, for models that it does not list, as the one that was meant by its id until now, if any.
    /// </summary>
    public static PriceList Over(this PriceList upper, PriceList lower)
    {
        var fresh = upper.Providers.Where(p => !lower.Has(p.Id)).Select(p => lower.Called(p.Id) is { } meant ? p.Meaning(meant) : p);
        var others = lower.Providers.Select(p => upper.ById(p.Id) is { } own ? own.Over(p) : p);
        return new PriceList([.. fresh, .. others], [.. upper.Anywhere, .. lower.Anywhere]);
    }

    /// <summary>Own entries as one list, in which a later one comes before those that were given before it.</summary>
    public static PriceList LastFirst(IReadOnlyList<OwnEntry> entries)
    {
        PriceList[] lists = [.. entries.Reverse().Select(e => e.List)];
        var providers = lists.SelectMany(l => l.Providers).GroupBy(p => p.Id, StringComparer.Ordinal)
            .Select(p => new PricedProvider(p.Key, [], [.. p.SelectMany(one => one.Infer)], [], [.. p.SelectMany(one => one.Models)]));
        return new PriceList([.. providers], [.. lists.SelectMany(l => l.Anywhere)]);
    }
}
