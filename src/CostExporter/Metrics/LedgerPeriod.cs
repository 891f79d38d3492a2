using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.CostExporter;

/// <summary>A period under way, whose figures the gauges show.</summary>
/// <param name="Name">What the gauges call it: <see cref="Periods"/>.</param>
/// <param name="Grain">The grain of its rows.</param>
/// <param name="Start">What the store calls it.</param>
/// <param name="End">When it is over, and its figures begin anew.</param>
internal sealed record LedgerPeriod(string Name, SpendGrain Grain, DateTimeOffset Start, DateTimeOffset End)
{
    public const string ResetHelp = "Time until the UTC hour, the ledger's day and its month are over, and their figures begin anew.";

    /// <summary>Those that a moment lies in: the UTC hour, and the day and the month of the ledger's zone.</summary>
    public static IReadOnlyList<LedgerPeriod> At(DateTimeOffset now, TimeZoneInfo zone)
    {
        var hour = ReportPlan.HourOf(now);
        var today = ReportPlan.DayOf(now, zone);
        var month = today.AddDays(1 - today.Day);
        return
        [
            new(Periods.Hour, SpendGrain.Hour, hour, hour.AddHours(1)),
            new(Periods.Day, SpendGrain.Day, Midnight(today), End(today)),
            new(Periods.Month, SpendGrain.Month, Midnight(month), End(month.AddMonths(1).AddDays(-1))),
        ];

        // Where clocks are put back over midnight the day comes twice: then its second end counts.
        DateTimeOffset End(DateOnly last) => ReportPlan.EndOf(last, zone) is var end && end > now ? end : ReportPlan.StartOf(last.AddDays(1), zone, latest: true);
    }

    private static DateTimeOffset Midnight(DateOnly day) => new(day, TimeOnly.MinValue, TimeSpan.Zero);
}
