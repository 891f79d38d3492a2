using LlmTelemetry.Usage;

namespace LlmTelemetry.Service;

/// <summary>One model of a price file, for people: its prices under each condition.</summary>
/// <param name="Provider">Id of the provider.</param>
/// <param name="Id">Id of the model.</param>
/// <param name="Patterns">The patterns of its names, as far as they are plain.</param>
/// <param name="Variants">Its prices, one for each condition under which they differ.</param>
internal sealed record PriceRow(string Provider, string Id, IReadOnlyList<string> Patterns, IReadOnlyList<PriceVariant> Variants)
{
    /// <summary>Provider and model, as arguments and messages name it.</summary>
    public string Entry => $"{Provider}/{Id}";

    /// <summary>What is written, by condition and bucket: <c>from 2026-08-17, above 200000: input</c>.</summary>
    public SortedDictionary<string, decimal> Prices()
    {
        var prices = new SortedDictionary<string, decimal>(StringComparer.Ordinal);
        foreach (var variant in Variants)
        {
            foreach (var (what, value) in variant.Written)
            {
                prices[variant.Condition.Length == 0 ? what : $"{variant.Condition}: {what}"] = value;
            }
        }

        return prices;
    }

    /// <summary>Names that the book resolves to this entry; none: other entries take them all.</summary>
    public IEnumerable<string> NamesIn(PriceBook book, DateTimeOffset when) =>
        Patterns.Select(p => p.Trim('*', '~')).Prepend(Id).Where(name => book.Quote(Provider, name, default, when)?.Model == Id);
}

/// <summary>Prices under one condition: a price set, a context tier of it, a service tier.</summary>
/// <param name="Condition">The condition; empty: none.</param>
/// <param name="ServiceTier">The service tier; null: the standard one.</param>
/// <param name="Written">What the file says under this condition, in its units.</param>
/// <param name="Rates">What holds under it, by bucket (and kind): what is written and what it leaves as it is elsewhere.</param>
/// <param name="Standard">What holds under the same condition in the standard tier; null: this is the standard tier.</param>
internal sealed record PriceVariant(
    string Condition, string? ServiceTier, IReadOnlyDictionary<string, decimal> Written, IReadOnlyDictionary<string, decimal> Rates, IReadOnlyDictionary<string, decimal>? Standard)
{
    /// <summary>Whether it is a context tier.</summary>
    public bool IsLongContext => Condition.Contains("above ", StringComparison.Ordinal) || Condition.Contains("at least ", StringComparison.Ordinal);
}
