using LlmTelemetry.CostExporter;

namespace LlmTelemetry.Service;

/// <summary>What a look at the ledger begins with, in one answer: all of it, today, this month, and a period by what it went to.</summary>
/// <param name="At">When it was asked for.</param>
/// <param name="Totals">All that is kept.</param>
/// <param name="Today">Today.</param>
/// <param name="Month">This month.</param>
/// <param name="Breakdowns">The period, by each of <see cref="Dimensions"/>: the most first, the others in one row more.</param>
internal sealed record UsageStatistics(DateTimeOffset At, UsageReport Totals, UsageReport Today, UsageReport Month, IReadOnlyList<UsageReport> Breakdowns)
{
    public static IReadOnlyList<SpendDimension> Dimensions { get; } = [SpendDimension.Provider, SpendDimension.Model, SpendDimension.User, SpendDimension.Feature];

    /// <summary>What is filtered, ordered and limited, of a period.</summary>
    /// <param name="reports">The ledger.</param>
    /// <param name="period">The period, with the filters, the order and the limit.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    public static async Task<UsageStatistics> ReadAsync(UsageReports reports, UsageReportQuery period, CancellationToken cancellationToken)
    {
        var at = reports.Time.GetUtcNow();
        var month = reports.ThisMonth();
        var first = reports.Kept.First(SpendGrain.Month);
        return new UsageStatistics(
            at,
            await TotalAsync(month with { From = first < month.From ? first : month.From }).ConfigureAwait(false),
            await TotalAsync(reports.ThisDay()).ConfigureAwait(false),
            await TotalAsync(month).ConfigureAwait(false),
            await BreakdownsAsync(reports, period, cancellationToken).ConfigureAwait(false));

        Task<UsageReport> TotalAsync(UsageReportQuery of) => reports.QueryAsync(
            ReportWhen.Reachable(of with { Where = period.Where, WhereTags = period.WhereTags, Succeeded = period.Succeeded }, reports), cancellationToken);
    }

    private static async Task<List<UsageReport>> BreakdownsAsync(UsageReports reports, UsageReportQuery period, CancellationToken cancellationToken)
    {
        List<UsageReport> breakdowns = [];
        foreach (var dimension in Dimensions)
        {
            breakdowns.Add(await reports.QueryAsync(period with { By = [dimension] }, cancellationToken).ConfigureAwait(false));
        }

        return breakdowns;
    }
}
