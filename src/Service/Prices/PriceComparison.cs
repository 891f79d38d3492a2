using System.Globalization;
using LlmTelemetry.Usage;

namespace LlmTelemetry.Service;

/// <summary>Compares what two books charge for the models that both know. Where one has no price of its own for a bucket, it says nothing about it.</summary>
internal sealed class PriceComparison(LoadedPrices mine, LoadedPrices other, DateTimeOffset when)
{
    private static readonly string?[] ServiceTiers = [null, "batch", "flex", "priority", "fast"];

    /// <summary>Prices that differ by more than a factor, up or down, from those of the other book.</summary>
    public IEnumerable<PriceFinding> Jumps(IEnumerable<PriceRow> rows, decimal factor)
    {
        foreach (var row in rows)
        {
            foreach (var (where, now, before) in Pairs(row).Where(p => Ratio(p.Mine, p.Other) > factor))
            {
                yield return new PriceFinding(row.Entry, $"{where} costs {Text(now)}, and {Text(before)} in {other.Name}: more than {Text(factor)} times apart", true);
            }
        }
    }

    /// <summary>How far the two agree.</summary>
    /// <param name="rows">The models of this source.</param>
    /// <param name="others">The models of the other.</param>
    /// <param name="tolerance">The part of a price that is no difference.</param>
    public PriceAgreement Agree(IReadOnlyList<PriceRow> rows, IReadOnlyList<PriceRow> others, decimal tolerance)
    {
        List<PriceFinding> differences = [];
        List<string> onlyMine = [];
        var agreeing = 0;
        foreach (var row in rows)
        {
            if (SharedName(row, mine.Book, other.Book) is null)
            {
                onlyMine.Add(row.Entry);
                continue;
            }

            var found = Pairs(row).Where(p => Ratio(p.Mine, p.Other) > 1 + tolerance)
                .Select(p => new PriceFinding(row.Entry, $"{p.Where} costs {Text(p.Mine)} in {mine.Name} and {Text(p.Other)} in {other.Name}", true)).ToArray();
            differences.AddRange(found);
            agreeing += found.Length == 0 ? 1 : 0;
        }

        return new PriceAgreement(agreeing, differences, onlyMine, [.. others.Where(r => SharedName(r, other.Book, mine.Book) is null).Select(r => r.Entry)]);
    }

    // A name of the entry that the other book knows, too.
    private string? SharedName(PriceRow row, PriceBook its, PriceBook book) => row.NamesIn(its, when).FirstOrDefault(name => book.Knows(row.Provider, name));

    private IEnumerable<(string Where, decimal Mine, decimal Other)> Pairs(PriceRow row)
    {
        if (SharedName(row, mine.Book, other.Book) is not { } name)
        {
            yield break;
        }

        foreach (var bucket in Enum.GetValues<UsageBucket>().Where(b => mine.Book.PricesApart(row.Provider, name, b) && other.Book.PricesApart(row.Provider, name, b)))
        {
            foreach (var (tier, kind) in PriceUnits.IsTokens(bucket) ? ServiceTiers.Select(t => (t, (string?)null)) : Kinds(row, bucket).Select(k => ((string?)null, k)))
            {
                (string Where, decimal Mine, decimal Other)? before = null;
                foreach (var isLong in PriceUnits.IsTokens(bucket) ? new[] { false, true } : [false])
                {
                    var pair = (Price(mine.Book, isLong), Price(other.Book, isLong));
                    if (pair is ({ } my, { } its) && (before is null || before.Value.Mine != my || before.Value.Other != its))
                    {
                        before = ($"{bucket.Name()}{(kind is null ? "" : $" {kind}")}{(tier is null ? "" : $" in {tier}")}{(isLong ? " of a long context" : "")}", my, its);
                        yield return before.Value;
                    }
                }

                decimal? Price(PriceBook book, bool isLong) => PriceProbe.Price(book, row.Provider, name, bucket, when, tier, isLong, kind);
            }
        }
    }

    // Null: what is of no kind, or of none that is named.
    private static IEnumerable<string?> Kinds(PriceRow row, UsageBucket bucket) =>
        row.Variants.SelectMany(v => v.Rates.Keys).Where(name => name.StartsWith(bucket.Name() + " ", StringComparison.Ordinal) && !name.EndsWith(" *", StringComparison.Ordinal))
            .Select(name => name[(bucket.Name().Length + 1)..]).Distinct().Prepend(null);

    // How many times the smaller one the larger one is; a free price is infinitely far from one that is not.
    private static decimal Ratio(decimal left, decimal right) =>
        left == right ? 1 : Math.Min(left, right) == 0 ? decimal.MaxValue : Math.Max(left, right) / Math.Min(left, right);

    private static string Text(decimal usd) => usd.ToString("0.############", CultureInfo.InvariantCulture);
}

/// <summary>How far two sources of prices agree.</summary>
/// <param name="Agreeing">Models with the same prices.</param>
/// <param name="Differences">Prices that differ.</param>
/// <param name="OnlyMine">Models that only the first source has.</param>
/// <param name="OnlyTheirs">Models that only the second source has.</param>
internal sealed record PriceAgreement(int Agreeing, IReadOnlyList<PriceFinding> Differences, IReadOnlyList<string> OnlyMine, IReadOnlyList<string> OnlyTheirs);
