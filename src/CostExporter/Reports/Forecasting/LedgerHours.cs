using System.Runtime.CompilerServices;

namespace LlmTelemetry.CostExporter;

/// <summary>Reads the hours of a range of days, as far back as they are kept.</summary>
internal static class LedgerHours
{
    /// <summary>The parts that match, each with its day.</summary>
    public static async IAsyncEnumerable<SpendAggregate> ReadAsync(UsageReports reports, UsageReportQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var days = new LocalDays(reports.TimeZone);
        string[] tags = [.. query.ByTags.Concat(query.WhereTags.Keys).Distinct()];
        var read = ReportPlan.Hours(query.From, query.To, reports.TimeZone, query.Needed(), tags);
        var reads = await CorrectedReads.BeginAsync(reports.Store, cancellationToken).ConfigureAwait(false);
        await foreach (var part in reads.ReadAsync(read, cancellationToken).ConfigureAwait(false))
        {
            var day = part.Day ?? days.Of(part.Period).Day;
            if (day >= query.From && day <= query.To && query.Matches(part.Key, reports.Kept))
            {
                yield return part with { Day = day };
            }
        }
    }
}
