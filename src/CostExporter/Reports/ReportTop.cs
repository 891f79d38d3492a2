namespace LlmTelemetry.CostExporter;

/// <summary>The first rows of a report, and the rest summed: in a report by day those that are first in the whole range, on each day.</summary>
internal static class ReportTop
{
    public static UsageReportRow[] Take(UsageReportRow[] rows, int count, RowOrder order)
    {
        var groups = rows.GroupBy(row => row.Key).Select(Whole).ToArray();
        if (groups.Length <= count)
        {
            return rows;
        }

        Array.Sort(groups, order);
        var first = groups.Take(count).Select(row => row.Key).ToHashSet();
        return
        [
            .. rows.Where(row => first.Contains(row.Key)),
            .. rows.Where(row => !first.Contains(row.Key)).GroupBy(row => row.Day).Select(rest => Sum(rest, default, rest.Key, isOther: true)),
        ];
    }

    private static UsageReportRow Whole(IGrouping<SpendKey, UsageReportRow> days) => days.First() is { Day: null } only ? only : Sum(days, days.Key, day: null, isOther: false);

    private static UsageReportRow Sum(IEnumerable<UsageReportRow> rows, in SpendKey key, DateOnly? day, bool isOther)
    {
        var sum = new SpendMeasures();
        UsageReportRow? one = null;
        foreach (var row in rows)
        {
            sum.Add(row.Measures);
            one = row;
        }

        return one!.Like(in key, day, sum, isOther);
    }
}
