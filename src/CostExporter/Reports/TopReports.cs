namespace LlmTelemetry.CostExporter;

/// <summary>
/// Answers what costs the most: from the store's lists where it has them, else from everybody's rows. The total is everybody's, and what is in no
/// row of the answer is one row more.
/// </summary>
internal sealed class TopReports(ISpendStore store, KeptSpend kept, Func<UsageReportQuery, CancellationToken, Task<UsageReport>> query)
{
    public async Task<UsageReport> ReadAsync(UsageReportQuery asked, int count, CancellationToken cancellationToken)
    {
        var dimension = asked.By[0];

        // What was flushed meanwhile is then in the total and among the others; the other way round these could be less than nothing.
        var top = await ReadListsAsync(asked, count, cancellationToken).ConfigureAwait(false);
        var total = top is null ? null : await query(asked with { By = [] }, cancellationToken).ConfigureAwait(false);
        if (top is not null && Others(total!.Total, top.Select(part => part.Measures)) is { } others)
        {
            var apart = new DimensionSet([dimension], []);
            return Answer(total, asked, [.. top.Select(part => new UsageReportRow(apart.Of(part.Key), null, part.Measures, apart, kept))], others);
        }

        var all = await query(asked, cancellationToken).ConfigureAwait(false);
        UsageReportRow[] rows = [.. all.Rows.Take(count)];
        return Answer(all, asked, rows, Others(all.Total, rows.Select(row => row.Measures))!);
    }

    private async Task<IReadOnlyList<SpendAggregate>?> ReadListsAsync(UsageReportQuery asked, int count, CancellationToken cancellationToken)
    {
        var dimension = asked.By[0];
        if (dimension.IsOfHours() || (await store.CorrectionsAsync(cancellationToken).ConfigureAwait(false)).Count != 0)
        {
            return null;
        }

        var needed = new HashSet<SpendDimension> { dimension };
        var reads = ReportPlan.Reads(asked.From, asked.To, byDay: false, needed);
        return await store.ReadTopAsync(new TopRead(dimension, reads, count, asked.Where.GetValueOrDefault(SpendDimension.Tenant)), cancellationToken).ConfigureAwait(false);
    }

    private UsageReport Answer(UsageReport of, UsageReportQuery asked, IReadOnlyList<UsageReportRow> rows, SpendMeasures others) => new(asked, of.Period, rows, of.Total)
    {
        By = asked.By,
        CompleteSince = of.CompleteSince,
        NotKept = [.. asked.By.Concat(asked.Where.Keys).Distinct().Where(dimension => !kept.Has(dimension)).Select(dimension => dimension.Name())],
        Other = others.Count == 0 ? null : new UsageReportRow(default, null, others),
    };

    // Null: they are less than nothing, since something was taken out of the ledger between two reads.
    private static SpendMeasures? Others(UsageReportRow total, IEnumerable<SpendMeasures> rows)
    {
        var named = new SpendMeasures();
        foreach (var row in rows)
        {
            named.Add(row);
        }

        var others = new SpendMeasures(total.Measures.Count);
        for (var i = 0; i < total.Measures.Count; i++)
        {
            var (measure, value) = total.Measures.At(i);
            if (value < named[measure])
            {
                return null;
            }

            if (value > named[measure])
            {
                others.Add(measure, value - named[measure]);
            }
        }

        return others;
    }
}
