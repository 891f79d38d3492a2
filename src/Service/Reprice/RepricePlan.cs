using LlmTelemetry.CostExporter;
using LlmTelemetry.Usage;

namespace LlmTelemetry.Service;

/// <summary>What new prices change: of each row, and of each model.</summary>
/// <param name="From">The first day.</param>
/// <param name="To">The last day, inclusive.</param>
/// <param name="Source">What it was worked out from: <c>records</c> or <c>aggregates</c>.</param>
/// <param name="PriceVersion">The version of the new prices.</param>
/// <param name="Rows">What differs, and by what.</param>
/// <param name="Models">Every model of the range, the largest difference first.</param>
internal sealed record RepricePlan(
    DateOnly From, DateOnly To, string Source, string PriceVersion, IReadOnlyList<(SpendSlot Slot, SpendMeasures Correction)> Rows, IReadOnlyList<RepriceModel> Models)
{
    public const string OfRecords = "records";
    public const string OfAggregates = "aggregates";

    /// <param name="query">The range.</param>
    /// <param name="source">What it was worked out from.</param>
    /// <param name="book">The new prices.</param>
    /// <param name="priced">Each row as it is and as it would be.</param>
    public static RepricePlan Of(UsageReportQuery query, string source, PriceBook book, IReadOnlyCollection<(SpendSlot Slot, SpendMeasures Before, SpendMeasures After)> priced)
    {
        var models = priced
            .GroupBy(row => (row.Slot.Key.Provider, row.Slot.Key.Model))
            .Select(group => RepriceModel.Of(group.Key.Provider, group.Key.Model, [.. group.Select(row => (row.Before, row.After))]))
            .OrderByDescending(model => Int128.Abs(model.Difference)).ThenBy(model => model.Provider, StringComparer.Ordinal).ThenBy(model => model.Model, StringComparer.Ordinal);
        return new RepricePlan(query.From, query.To, source, book.Version, [.. Corrections(priced)], [.. models]);
    }

    private static IEnumerable<(SpendSlot, SpendMeasures)> Corrections(IEnumerable<(SpendSlot Slot, SpendMeasures Before, SpendMeasures After)> priced)
    {
        foreach (var (slot, before, after) in priced)
        {
            if (CorrectionMeasures.Between(before, after) is { } correction)
            {
                yield return (slot, correction);
            }
        }
    }
}

/// <summary>What new prices change of one model. Costs are in pico-USD, and without the calls that have no price.</summary>
internal sealed record RepriceModel(string? Provider, string? Model, Int128 Calls, Int128 Before, Int128 After, Int128 NewlyPriced, Int128 Unpriced)
{
    public Int128 Difference => After - Before;

    public static RepriceModel Of(string? provider, string? model, IReadOnlyList<(SpendMeasures Before, SpendMeasures After)> rows)
    {
        var (before, after) = (new SpendMeasures(), new SpendMeasures());
        foreach (var row in rows)
        {
            before.Add(row.Before);
            after.Add(row.After);
        }

        var unpriced = after[SpendMeasure.Unpriced];
        return new RepriceModel(provider, model, before[SpendMeasure.Calls], CostOf(before), CostOf(after), before[SpendMeasure.Unpriced] - unpriced, unpriced);
    }

    private static Int128 CostOf(SpendMeasures measures)
    {
        Int128 sum = 0;
        for (var i = 0; i < measures.Count; i++)
        {
            var (measure, value) = measures.At(i);
            sum += SpendMeasure.IsCost(measure, out _) ? value : 0;
        }

        return sum;
    }
}
