using System.Globalization;
using LlmTelemetry.CostExporter;
using LlmTelemetry.Usage;

namespace LlmTelemetry.Service;

/// <summary>Prices rows anew by their sums, where that is exact; where it is not, it says why.</summary>
/// <param name="book">The new prices.</param>
/// <param name="zone">The ledger's zone.</param>
/// <param name="isStandard">Whether whoever asks knows that all calls were of the standard service tier, at list price.</param>
internal sealed class AggregateRepricer(PriceBook book, TimeZoneInfo zone, bool isStandard)
{
    /// <exception cref="InvalidOperationException">It is not exact; the message names the row and why.</exception>
    public IReadOnlyList<(SpendSlot Slot, SpendMeasures Before, SpendMeasures After)> Price(IReadOnlyDictionary<SpendSlot, SpendMeasures> rows) =>
        [.. rows.Select(row => (row.Key, row.Value, Price(row.Key, row.Value)))];

    private SpendMeasures Price(in SpendSlot slot, SpendMeasures row)
    {
        var usage = UsageOf(in slot, row);
        if (usage.IsEmpty && !HasCost(row))
        {
            return row; // Nothing is known of it that prices could change.
        }

        var (from, until) = Span(in slot);
        if (!book.TryQuoteSum(slot.Key.Provider, slot.Key.Model, in usage, from, until, isStandard, out var cost, out var problem))
        {
            return problem is null && !HasCost(row) ? row : throw Inexact(in slot, problem ?? "the new prices do not know it");
        }

        if (Doubt(row, in usage) is { } doubt)
        {
            throw Inexact(in slot, doubt);
        }

        var after = new SpendMeasures();
        for (var i = 0; i < row.Count; i++)
        {
            var (measure, value) = row.At(i);
            if (!SpendMeasure.IsCost(measure, out _) && measure is not (SpendMeasure.Unpriced or SpendMeasure.UnpricedTokens or SpendMeasure.UnpricedParts))
            {
                after.Add(measure, value);
            }
        }

        foreach (var bucket in cost)
        {
            after.Add(SpendMeasure.Cost(bucket), cost.Pico(bucket));
        }

        return after;
    }

    // What was not priced by a book must not be priced by one now; and where all calls had one price, it shows.
    private string? Doubt(SpendMeasures row, in CallUsage usage)
    {
        for (var bucket = (UsageBucket)0; (int)bucket < UsageBucketExtensions.Count; bucket++)
        {
            var (used, cost) = ((Int128)usage[bucket], row[SpendMeasure.Cost(bucket)]);
            if (used == 0 && cost != 0)
            {
                return $"a part of its cost is for {bucket.Name()} that nobody counted, as where the provider told the cost";
            }

            if (!isStandard && used != 0 && row[SpendMeasure.Unpriced] == 0 && cost % used != 0)
            {
                return $"its {bucket.Name()} did not have one price";
            }
        }

        return null;
    }

    private (DateTimeOffset From, DateTimeOffset Until) Span(in SpendSlot slot)
    {
        var hour = DateTimeOffset.UnixEpoch.AddHours(slot.Hour);
        return slot.IsOfDay ? (ReportPlan.StartOf(slot.Day, zone, latest: false), ReportPlan.StartOf(slot.Day.AddDays(1), zone, latest: true)) : (hour, hour.AddHours(1));
    }

    private static CallUsage UsageOf(in SpendSlot slot, SpendMeasures row)
    {
        var usage = default(CallUsage);
        for (var i = 0; i < row.Count; i++)
        {
            var (measure, value) = row.At(i);
            if (SpendMeasure.IsUsage(measure, out var bucket) && value != 0)
            {
                usage[bucket] = value <= long.MaxValue ? (long)value : throw Inexact(in slot, "it used more than can be priced at once");
            }
        }

        return usage;
    }

    private static bool HasCost(SpendMeasures row)
    {
        for (var i = 0; i < row.Count; i++)
        {
            var (measure, value) = row.At(i);
            if (value != 0 && SpendMeasure.IsCost(measure, out _))
            {
                return true;
            }
        }

        return false;
    }

    private static InvalidOperationException Inexact(in SpendSlot slot, string why) => new(string.Create(
        CultureInfo.InvariantCulture,
        $"Sums do not say what {slot.Key.Provider ?? "(none)"}/{slot.Key.Model ?? "(none)"} would have cost on {slot.Day:yyyy-MM-dd}: {why}."));
}
