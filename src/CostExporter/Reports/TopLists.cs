using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter;

/// <summary>Answers what costs the most from the store's lists, where these can: the total is everybody's, and what is in no row of them is one row more.</summary>
internal sealed class TopLists(ISpendStore store, Func<UsageReportQuery, CancellationToken, Task<UsageReport>> query)
{
    /// <summary>False: everybody's rows must be added up. Nothing was added then.</summary>
    public async Task<bool> AddAsync(UsageReportQuery asked, ReportRange range, ReportSums sums, CancellationToken cancellationToken)
    {
        if (Read(asked, range) is not { } read || (await store.CorrectionsAsync(cancellationToken).ConfigureAwait(false)).Count != 0)
        {
            return false;
        }

        // What was flushed meanwhile is then in the total and among the others; the other way round these could be less than nothing.
        if (await store.ReadTopAsync(read, cancellationToken).ConfigureAwait(false) is not { } top)
        {
            return false;
        }

        var total = await query(asked with { By = [], Top = null }, cancellationToken).ConfigureAwait(false);
        if (Others(total.Total.Measures, top) is not { } others)
        {
            return false;
        }

        foreach (var part in top)
        {
            sums.Add(part.Key, asked.From, part.Measures);
        }

        if (others.Count != 0)
        {
            sums.AddOthers(others);
        }

        return true;
    }

    // Null where lists do not tell it: they are of one dimension each, by cost, of whole days and months, of everybody or of one tenant.
    private static TopRead? Read(UsageReportQuery asked, ReportRange range)
    {
        if (asked.Top is not { } count || asked.Sort != UsageReportSort.Cost || asked.Sessions || asked.Succeeded is not null || range.IsOfHours
            || asked.By.Distinct().ToArray() is not [SpendDimension.User or SpendDimension.Model or SpendDimension.Feature] || asked.ByTags.Count + asked.WhereTags.Count != 0)
        {
            return null;
        }

        var tenant = Attribution.Clean(asked.Where.GetValueOrDefault(SpendDimension.Tenant));
        return asked.Where.Count == (tenant is null ? 0 : 1) ? new TopRead(asked.By[0], range.Reads(asked.By.ToHashSet(), []), count, tenant) : null;
    }

    // Null: they are less than nothing, since something was taken out of the ledger between two reads; or they are others of no row.
    private static SpendMeasures? Others(SpendMeasures total, IReadOnlyList<SpendAggregate> rows)
    {
        var named = new SpendMeasures();
        foreach (var row in rows)
        {
            named.Add(row.Measures);
        }

        var others = new SpendMeasures(total.Count);
        for (var i = 0; i < total.Count; i++)
        {
            var (measure, value) = total.At(i);
            if (value < named[measure])
            {
                return null;
            }

            if (value > named[measure])
            {
                others.Add(measure, value - named[measure]);
            }
        }

        return others.Count == 0 || rows.Count != 0 ? others : null;
    }
}
