using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter;

/// <summary>What a forecast is made of.</summary>
/// <param name="Today">The day that is not over.</param>
/// <param name="Time">The time of its clock.</param>
/// <param name="Days">What the finished days cost in USD since the first with a call, the latest last; those without a call cost 0.</param>
/// <param name="SpentTodayPico">What today cost so far.</param>
/// <param name="SpentThisMonthPico">What this month cost so far, today included.</param>
/// <param name="Profile">How a day's cost comes in over its hours.</param>
internal sealed record SpendHistory(DateOnly Today, TimeSpan Time, double[] Days, Int128 SpentTodayPico, Int128 SpentThisMonthPico, DayProfile Profile)
{
    /// <summary>Half a year: what is older says little, and a model is made for each of the days.</summary>
    public const int MostDays = 182;

    // Four of each day of the week.
    private const int MostDaysOfHours = 28;

    /// <summary>How many finished days <see cref="Profile"/> is made of.</summary>
    public int DaysOfHours { get; init; }

    /// <summary>Calls this month, and those of them without a known price: the forecast is without them.</summary>
    public (Int128 All, Int128 Unpriced) Calls { get; init; }

    public double SpentToday => (double)Cost.ToUsd(SpentTodayPico);

    /// <summary>The first of <see cref="Days"/>; null where there is none.</summary>
    public DateOnly? First => Days.Length == 0 ? null : Today.AddDays(-Days.Length);

    /// <param name="reports">What to read.</param>
    /// <param name="of">Which calls; its days do not matter.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    public static async Task<SpendHistory> ReadAsync(UsageReports reports, UsageReportQuery of, CancellationToken cancellationToken)
    {
        var now = TimeZoneInfo.ConvertTime(reports.Time.GetUtcNow(), reports.TimeZone);
        var today = DateOnly.FromDateTime(now.DateTime);
        var from = today.DayNumber > MostDays ? today.AddDays(-MostDays) : DateOnly.MinValue;
        var report = await reports.QueryAsync(of with { From = from, To = today, By = [SpendDimension.Day], ByTags = [] }, cancellationToken).ConfigureAwait(false);
        var (days, todayPico, monthPico, calls) = (Array.Empty<double>(), Int128.Zero, Int128.Zero, (All: Int128.Zero, Unpriced: Int128.Zero));
        foreach (var row in report.Rows)
        {
            var (day, pico) = (row.Day!.Value, row.CostPico ?? 0);
            if (day < today)
            {
                days = days.Length == 0 ? new double[today.DayNumber - day.DayNumber] : days;
                days[^(today.DayNumber - day.DayNumber)] = (double)Cost.ToUsd(pico);
            }

            todayPico += day == today ? pico : 0;
            if (day.Month == today.Month && day.Year == today.Year)
            {
                monthPico += pico;
                calls = (calls.All + row.Measures[SpendMeasure.Calls], calls.Unpriced + row.Measures[SpendMeasure.Unpriced]);
            }
        }

        var (hours, count) = await HoursAsync(reports, of, today, cancellationToken).ConfigureAwait(false);
        return new SpendHistory(today, now.TimeOfDay, days, todayPico, monthPico, new DayProfile(hours)) { Calls = calls, DaysOfHours = count };
    }

    private static async Task<(double[] Hours, int Days)> HoursAsync(UsageReports reports, UsageReportQuery of, DateOnly today, CancellationToken cancellationToken)
    {
        var hours = new double[24];
        var days = new HashSet<DateOnly>();
        var first = today.DayNumber > MostDaysOfHours ? today.AddDays(-MostDaysOfHours) : today;
        first = reports.FirstDayOfHours > first ? reports.FirstDayOfHours : first;
        if (first < today)
        {
            // In the order of their time: sums of doubles depend on it, and a store may give its parts in any.
            var parts = new SortedDictionary<(DateTimeOffset Hour, DateOnly Day), Int128>();
            await foreach (var part in LedgerHours.ReadAsync(reports, of with { From = first, To = today.AddDays(-1) }, cancellationToken).ConfigureAwait(false))
            {
                var at = (part.Period, part.Day!.Value);
                parts[at] = parts.GetValueOrDefault(at) + (new UsageReportRow(default, null, part.Measures).CostPico ?? 0);
            }

            foreach (var ((hour, day), pico) in parts)
            {
                hours[TimeZoneInfo.ConvertTime(hour, reports.TimeZone).Hour] += (double)Cost.ToUsd(pico);
                days.Add(day);
            }
        }

        return (hours, days.Count);
    }
}
