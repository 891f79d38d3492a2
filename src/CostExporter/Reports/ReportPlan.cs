namespace LlmTelemetry.CostExporter;

/// <summary>Which rows of the store answer a range of days: months where they are whole and no day is asked for, days for the rest.</summary>
internal static class ReportPlan
{
    public static IReadOnlyList<SpendRead> Reads(DateOnly from, DateOnly to, bool byDay, IReadOnlySet<SpendDimension> by)
    {
        var firstMonth = from.Day == 1 ? MonthOf(from) : MonthOf(from) + 1;
        var lastMonth = to.Day == DateTime.DaysInMonth(to.Year, to.Month) ? MonthOf(to) : MonthOf(to) - 1;
        if (byDay || firstMonth > lastMonth)
        {
            return [Read(SpendGrain.Day, from, to, by)];
        }

        List<SpendRead> reads = [Read(SpendGrain.Month, FirstDay(firstMonth), FirstDay(lastMonth), by)];
        if (MonthOf(from) < firstMonth)
        {
            reads.Add(Read(SpendGrain.Day, from, FirstDay(firstMonth).AddDays(-1), by));
        }

        if (MonthOf(to) > lastMonth)
        {
            reads.Add(Read(SpendGrain.Day, FirstDay(lastMonth + 1), to, by));
        }

        return reads;
    }

    private static int MonthOf(DateOnly day) => (day.Year * 12) + day.Month - 1;

    private static DateOnly FirstDay(int month) => new(month / 12, (month % 12) + 1, 1);

    private static SpendRead Read(SpendGrain grain, DateOnly from, DateOnly to, IReadOnlySet<SpendDimension> by) =>
        new(grain, Midnight(from), Midnight(to), by);

    private static DateTimeOffset Midnight(DateOnly day) => new(day, TimeOnly.MinValue, TimeSpan.Zero);
}
