using System.Runtime.InteropServices;

namespace LlmTelemetry.CostExporter;

/// <summary>Adds parts of the ledger up to the rows of a report. Not thread-safe.</summary>
internal sealed class ReportSums(SpendDimension[] by, string[] byTags)
{
    private readonly DimensionSet _apart = new(by, byTags);
    private readonly bool _byDay = by.Contains(SpendDimension.Day);
    private readonly Dictionary<(SpendKey Key, DateOnly? Day), SpendMeasures> _rows = [];
    private readonly SpendMeasures _total = new();

    /// <param name="key">Whose part it is.</param>
    /// <param name="day">The day it is of; no matter in a report that is not by day.</param>
    /// <param name="measures">What was used and spent; taken over.</param>
    public void Add(in SpendKey key, DateOnly day, SpendMeasures measures)
    {
        _total.Add(measures);
        ref var row = ref CollectionsMarshal.GetValueRefOrAddDefault(_rows, (_apart.Of(in key), _byDay ? day : null), out var isKnown);
        if (isKnown)
        {
            row!.Add(measures);
        }
        else
        {
            row = measures;
        }
    }

    public UsageReport ToReport(UsageReportQuery query, TimeZoneInfo timeZone)
    {
        UsageReportRow[] sorted = by.Length + byTags.Length == 0
            ? []
            : [.. _rows.Select(row => new UsageReportRow(row.Key.Key, row.Key.Day, row.Value, _apart))];
        Array.Sort(sorted, new RowOrder(by, byTags));
        return new UsageReport(query, timeZone, by, byTags, sorted, new UsageReportRow(default, null, _total));
    }
}
