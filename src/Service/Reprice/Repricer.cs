using LlmTelemetry.CostExporter;
using LlmTelemetry.Usage;

namespace LlmTelemetry.Service;

/// <summary>Works out what new prices change in a ledger, puts it in force, and takes it back.</summary>
/// <param name="reports">The ledger, opened to read.</param>
/// <param name="address">Where it is.</param>
/// <param name="configure">What else is said of where it is.</param>
/// <param name="recordsAt">Where records of its calls are; null: in the ledger.</param>
internal sealed class Repricer(UsageReports reports, string address, Action<CostExporterOptions> configure, string? recordsAt = null)
{
    // What was in force when the plan was made: a plan is right on top of that alone.
    private string[] _basis = [];

    /// <exception cref="InvalidOperationException">It cannot be told exactly; the message says why.</exception>
    public async Task<RepricePlan> PlanAsync(UsageReportQuery query, PriceBook book, bool isStandard, CancellationToken cancellationToken)
    {
        query.Check();
        _basis = [.. (await reports.Store.CorrectionsAsync(cancellationToken).ConfigureAwait(false)).Select(correction => correction.Id)];
        var slots = new SlotReader(reports, query);
        var rows = await slots.ReadAsync(cancellationToken).ConfigureAwait(false);
        string problem;
        try
        {
            return RepricePlan.Of(query, RepricePlan.OfRecords, book, await FromRecordsAsync(query, book, slots, rows, cancellationToken).ConfigureAwait(false));
        }
        catch (Exception cause) when (cause is InvalidOperationException or FileNotFoundException or KeyNotFoundException)
        {
            problem = cause.Message;
        }

        try
        {
            return RepricePlan.Of(query, RepricePlan.OfAggregates, book, new AggregateRepricer(book, reports.TimeZone, isStandard).Price(rows));
        }
        catch (InvalidOperationException cause)
        {
            throw new InvalidOperationException($"{problem} {cause.Message}", cause);
        }
    }

    /// <returns>The correction's id, and whether it is in force by this.</returns>
    public async Task<(string Id, bool IsNew)> ApplyAsync(RepricePlan plan, string by, DateTimeOffset at, CancellationToken cancellationToken)
    {
        var id = CorrectionWriter.IdOf(DateOnly.FromDateTime(at.UtcDateTime), plan.Rows);
        var why = $"{OutlookJson.Day(plan.From)} to {OutlookJson.Day(plan.To)} at the prices {plan.PriceVersion}, from {plan.Source}";
        var store = await OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (store.ConfigureAwait(false))
        {
            return (id, await CorrectionWriter.ApplyAsync(store, new SpendCorrection(id, at, by, why), plan.Rows, _basis, cancellationToken).ConfigureAwait(false));
        }
    }

    /// <exception cref="InvalidOperationException">It is not in force, or others were put in force on top of it.</exception>
    public async Task<SpendCorrection> UndoAsync(string id, string by, DateTimeOffset at, CancellationToken cancellationToken)
    {
        var corrections = await reports.Store.CorrectionsAsync(cancellationToken).ConfigureAwait(false);
        if (corrections.FirstOrDefault(correction => correction.Id == id) is not { } found)
        {
            throw new InvalidOperationException($"No correction '{id}' is in force: llmtelemetry reprice --list shows those that are.");
        }

        if (corrections[^1].Id != id)
        {
            throw new InvalidOperationException($"'{corrections[^1].Id}' was put in force on top of '{id}': take that back first.");
        }

        var undone = new SpendCorrection(id, at, by, $"taken back; {found.By} had put in force: {found.Why}");
        var store = await OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (store.ConfigureAwait(false))
        {
            return await store.SetCorrectionAsync(undone, inForce: false, cancellationToken).ConfigureAwait(false)
                ? undone
                : throw new InvalidOperationException($"The correction '{id}' was taken back by somebody else just now.");
        }
    }

    // Everything but what the rows do not have: dimensions that are not kept are filtered in vain, so it is the rows that say which calls they are of.
    private async Task<IReadOnlyList<(SpendSlot, SpendMeasures, SpendMeasures)>> FromRecordsAsync(
        UsageReportQuery query, PriceBook book, SlotReader slots, Dictionary<SpendSlot, SpendMeasures> rows, CancellationToken cancellationToken)
    {
        var repricer = new RecordRepricer(book, reports.TimeZone, rows);
        var records = await UsageRecords.OpenAsync(recordsAt ?? address, configure, cancellationToken).ConfigureAwait(false);
        await using (records.ConfigureAwait(false))
        {
            var range = new UsageRecordQuery
            {
                From = ReportPlan.StartOf(query.From, reports.TimeZone),
                To = ReportPlan.EndOf(query.To, reports.TimeZone),
                OldestFirst = true,
            };
            await foreach (var call in records.ReadAsync(range, cancellationToken).ConfigureAwait(false))
            {
                repricer.Add(call, slots.FirstDayOfHours, slots.HourOf);
            }
        }

        return repricer.Price();
    }

    private Task<ISpendStore> OpenAsync(CancellationToken cancellationToken)
    {
        var options = new CostExporterOptions { Store = address };
        configure(options);
        return LedgerWriter.OpenAsync(options, reports, cancellationToken);
    }
}
