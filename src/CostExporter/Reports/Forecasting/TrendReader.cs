using System.Runtime.InteropServices;

namespace LlmTelemetry.CostExporter;

/// <summary>Reads the two sides of a trend.</summary>
internal static class TrendReader
{
    public static async Task<UsageTrend> ReadAsync(UsageReports reports, UsageReportQuery query, CancellationToken cancellationToken)
    {
        query.Check();
        query = query with { By = [.. query.By.Distinct()], ByTags = [.. query.ByTags.Distinct()] };
        if (query.By.Contains(SpendDimension.Day))
        {
            throw new ArgumentException("A trend compares two periods: it is not by day.");
        }

        if (query.TimeZone is not null || query.Since is not null || query.Top is not null || query.Sessions)
        {
            throw new ArgumentException("A trend is of whole days of the ledger's zone, and of all rows: without TimeZone, hours, Top and Sessions.");
        }

        var plan = TrendPlan.Of(query.From, query.To, reports.Time.GetUtcNow(), reports.FirstDayOfHours, reports.TimeZone);
        var current = await SumAsync(reports, query, plan.Current, cancellationToken).ConfigureAwait(false);
        var previous = await SumAsync(reports, query, plan.Previous, cancellationToken).ConfigureAwait(false);
        return new UsageTrend(query, reports.TimeZone, plan, Rows(query, current, previous), new UsageTrendRow(Total(current), Total(previous)));
    }

    private static async Task<Dictionary<SpendKey, SpendMeasures>> SumAsync(UsageReports reports, UsageReportQuery query, TrendSpan span, CancellationToken cancellationToken)
    {
        var sums = new Dictionary<SpendKey, SpendMeasures>();
        var apart = new DimensionSet(query.By, query.ByTags);
        var whole = query with { From = span.From, To = span.Until is null ? span.To : span.To.AddDays(-1) };
        if (whole.From <= whole.To)
        {
            var report = await reports.QueryAsync(whole, cancellationToken).ConfigureAwait(false);
            foreach (var row in query.By.Count + query.ByTags.Count == 0 ? [report.Total] : report.Rows)
            {
                Add(row.Key, row.Measures);
            }
        }

        if (span.Until is { } until)
        {
            await foreach (var part in LedgerHours.ReadAsync(reports, query with { From = span.To, To = span.To }, cancellationToken).ConfigureAwait(false))
            {
                if (part.Period < until)
                {
                    Add(apart.Of(part.Key), part.Measures);
                }
            }
        }

        return sums;

        void Add(SpendKey key, SpendMeasures measures)
        {
            ref var sum = ref CollectionsMarshal.GetValueRefOrAddDefault(sums, key, out _);
            (sum ??= new SpendMeasures()).Add(measures);
        }
    }

    // What changed most in cost first, what is unknown last.
    private static UsageTrendRow[] Rows(UsageReportQuery query, Dictionary<SpendKey, SpendMeasures> current, Dictionary<SpendKey, SpendMeasures> previous)
    {
        if (query.By.Count + query.ByTags.Count == 0)
        {
            return [];
        }

        var apart = new DimensionSet(query.By, query.ByTags);
        return
        [
            .. current.Keys.Union(previous.Keys)
                .Select(key => new UsageTrendRow(Row(current, key), Row(previous, key)))
                .OrderBy(row => row.Cost.Change is null)
                .ThenByDescending(row => Math.Abs(row.Cost.Change ?? 0))
                .ThenBy(row => KeyText.Join([.. query.By.Select(dimension => row.Current[dimension]), .. query.ByTags.Select(row.Current.Tag)]), StringComparer.Ordinal),
        ];

        UsageReportRow Row(Dictionary<SpendKey, SpendMeasures> side, SpendKey key) => new(key, null, side.GetValueOrDefault(key) ?? new SpendMeasures(), apart);
    }

    private static UsageReportRow Total(Dictionary<SpendKey, SpendMeasures> side)
    {
        var sum = new SpendMeasures();
        foreach (var measures in side.Values)
        {
            sum.Add(measures);
        }

        return new UsageReportRow(default, null, sum);
    }
}
