using System.Globalization;
using System.Runtime.InteropServices;
using LlmTelemetry.CostExporter;
using LlmTelemetry.Usage;

namespace LlmTelemetry.Service;

/// <summary>
/// Prices rows anew call by call, from records: each at its own time, service tier and region. Records are capped, and may not be all there: where they
/// do not make up the ledger's rows to the last call and token, it says so.
/// </summary>
/// <param name="book">The new prices.</param>
/// <param name="zone">The ledger's zone.</param>
/// <param name="rows">The ledger's rows of the range.</param>
internal sealed class RecordRepricer(PriceBook book, TimeZoneInfo zone, IReadOnlyDictionary<SpendSlot, SpendMeasures> rows)
{
    private readonly EventKeys _keys = new(KeptBy(rows.Keys));
    private readonly LocalDays _days = new(zone);
    private readonly Dictionary<SpendSlot, (SpendMeasures Before, SpendMeasures After)> _sums = [];

    /// <param name="call">One call.</param>
    /// <param name="firstDayOfHours">The first day whose rows are hours.</param>
    /// <param name="hourOf">In what hour rows of days are.</param>
    public void Add(UsageRecord call, DateOnly firstDayOfHours, Func<DateOnly, long> hourOf)
    {
        var before = call.ToEvent();
        var after = Priced(call).ToEvent();
        var (hour, day) = _days.Of(call.EndedAt);
        var key = _keys.Of(in before);
        var slot = day >= firstDayOfHours ? new SpendSlot(hour, day, key, IsOfDay: false) : new SpendSlot(hourOf(day), day, WithoutIds(key), IsOfDay: true);
        ref var sums = ref CollectionsMarshal.GetValueRefOrAddDefault(_sums, slot, out var isKnown);
        sums = isKnown ? sums : (new SpendMeasures(), new SpendMeasures());
        sums.Before.Add(in before);
        sums.After.Add(in after);
    }

    /// <exception cref="InvalidOperationException">The records are not complete; the message says what is missing.</exception>
    public IReadOnlyList<(SpendSlot Slot, SpendMeasures Before, SpendMeasures After)> Price()
    {
        List<(SpendSlot, SpendMeasures, SpendMeasures)> priced = [];
        foreach (var (slot, row) in rows)
        {
            var sums = _sums.GetValueOrDefault(slot, (new SpendMeasures(), new SpendMeasures()));
            for (byte measure = 0; measure < SpendMeasure.Cost(0); measure++)
            {
                if ((measure == SpendMeasure.Calls || measure == SpendMeasure.CacheHits || SpendMeasure.IsUsage(measure, out _)) && sums.Item1[measure] != row[measure])
                {
                    throw Incomplete(in slot, row, sums.Item1);
                }
            }

            priced.Add((slot, row, With(row, sums.Item2)));
        }

        return priced;
    }

    // The ledger's row, with what depends on prices as the calls say it.
    private static SpendMeasures With(SpendMeasures row, SpendMeasures priced)
    {
        var after = new SpendMeasures();
        for (byte measure = 0; measure < SpendMeasure.Cost(0); measure++)
        {
            var isOfPrices = measure is SpendMeasure.Partial or SpendMeasure.Estimated or SpendMeasure.Unpriced or SpendMeasure.UnpricedTokens or SpendMeasure.UnpricedParts or SpendMeasure.Saved;
            after.Add(measure, isOfPrices ? priced[measure] : row[measure]);
        }

        for (var bucket = (UsageBucket)0; (int)bucket < UsageBucketExtensions.Count; bucket++)
        {
            after.Add(SpendMeasure.Cost(bucket), priced[SpendMeasure.Cost(bucket)]);
        }

        return after;
    }

    // What no book priced, no book prices now; and what the new one does not know keeps its cost.
    private UsageRecord Priced(UsageRecord call)
    {
        if (call.Cost is { PriceVersion: "reported" or "given" } || call.Usage is not { } usage
            || !book.TryQuote(call.Provider, call.Model, in usage, call.EndedAt, call.ServiceTier, call.Region, out var cost))
        {
            return call;
        }

        return call switch
        {
            { IsCacheHit: true } => call with { SavedPico = cost.TotalPico },
            { Cost: null } => call with { Cost = cost, Quality = CostQuality.Reported }, // Whether the usage was whole, a call without a price does not say.
            _ => call with { Cost = cost },
        };
    }

    private static InvalidOperationException Incomplete(in SpendSlot slot, SpendMeasures row, SpendMeasures records) => new(string.Create(
        CultureInfo.InvariantCulture,
        $"Records are not complete: on {slot.Day:yyyy-MM-dd} the ledger has {row[SpendMeasure.Calls]} calls of a row of {slot.Key.Provider ?? "(none)"}/{slot.Key.Model ?? "(none)"}, and they have {records[SpendMeasure.Calls]}."));

    // What the rows are apart by: what none of them says is not kept, or nobody said it, which is the same to them.
    private static DimensionSet KeptBy(IEnumerable<SpendSlot> slots)
    {
        var (kept, tags) = (new HashSet<SpendDimension>(), new HashSet<string>());
        foreach (var slot in slots)
        {
            kept.UnionWith(SpendDimensions.Kept.Where(dimension => IsSaid(dimension, slot.Key)));
            tags.UnionWith(slot.Key.More?.Tags.Select(tag => tag.Key) ?? []);
        }

        return new DimensionSet(kept, tags);
    }

    private static bool IsSaid(SpendDimension dimension, in SpendKey key) => dimension switch
    {
        SpendDimension.Operation => key.More?.Parts.Operation is not null,
        SpendDimension.Outcome => key.More?.Parts.Outcome is not null,
        SpendDimension.Quality => key.More?.Parts.Quality is not null,
        _ => dimension.Of(in key) is not null,
    };

    private static SpendKey WithoutIds(SpendKey key) =>
        key.More is { } more ? key with { More = SpendKeyMore.Of(more.Parts.WithoutIds(), [.. more.Tags]) } : key;
}
