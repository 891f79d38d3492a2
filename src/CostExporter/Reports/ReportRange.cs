using System.Globalization;

namespace LlmTelemetry.CostExporter;

/// <summary>What time a query is of, which rows answer it, and what of it is not kept any more: refused, or said.</summary>
internal sealed class ReportRange
{
    // Rows are not further ahead than a clock goes wrong.
    private static readonly TimeSpan Ahead = TimeSpan.FromDays(31);

    private readonly UsageReportQuery _query;
    private readonly TimeZoneInfo _ledgers;
    private readonly KeptSpend _kept;
    private readonly LocalDays _days;
    private readonly bool _isForeign;

    /// <exception cref="ArgumentException">What is asked is not kept any more, or cannot be told from hours.</exception>
    public ReportRange(UsageReportQuery query, TimeZoneInfo ledgers, KeptSpend kept, DateTimeOffset now)
    {
        (_query, _ledgers, _kept) = (query, ledgers, kept);
        _isForeign = query.TimeZone is { } asked && !IsSame(asked, ledgers);
        var zone = query.TimeZone ?? ledgers;
        _days = new LocalDays(zone);
        Period = query.Since is { } since
            ? new ReportPeriod(ReportPlan.DayOf(since, zone), ReportPlan.DayOf(query.Until!.Value.AddTicks(-1), zone), zone, since, query.Until.Value, now, isOfHours: true)
            : PeriodOf(query.From, query.To, zone, now);
        if (IsOfHours)
        {
            CheckHours();
            CheckCuts(now);
        }
        else
        {
            CompleteSince = WhatIsKept();
        }
    }

    /// <summary>Whether hours answer it, and not the rows of days and months.</summary>
    public bool IsOfHours => _query.Since is not null || _query.IsOfHours || _isForeign;

    public ReportPeriod Period { get; }

    /// <summary>Null: everything in the range is still kept.</summary>
    public DateOnly? CompleteSince { get; }

    public static ReportPeriod PeriodOf(DateOnly from, DateOnly to, TimeZoneInfo zone, DateTimeOffset now) => new(
        from, to, zone, ReportPlan.StartOf(from, zone), ReportPlan.EndOf(to, zone), now, isOfHours: false);

    public IReadOnlyList<SpendRead> Reads(IReadOnlySet<SpendDimension> needed, IReadOnlyCollection<string> tags) =>
        _query.Since is { } since ? [new SpendRead(SpendGrain.Hour, since, _query.Until!.Value.AddTicks(-1), needed, tags)]
        : IsOfHours ? [ReportPlan.Hours(_query.From, _query.To, Period.TimeZone, needed, tags)]
        : ReportPlan.Reads(_query.From, _query.To, _query.By.Contains(SpendDimension.Day), needed, tags);

    /// <summary>The day of a part; null: it is not in the range.</summary>
    public DateOnly? DayOf(SpendGrain grain, in SpendAggregate part)
    {
        if (grain != SpendGrain.Hour)
        {
            return DateOnly.FromDateTime(part.Period.UtcDateTime);
        }

        // The day that a row says is one of the ledger's zone.
        var day = (_isForeign ? null : part.Day) ?? _days.Of(part.Period).Day;
        return _query.Since is not null || (day >= _query.From && day <= _query.To) ? day : null;
    }

    private void CheckHours()
    {
        if (_query.Since is { } since)
        {
            if (since < _kept.FirstHour)
            {
                throw new ArgumentException(
                    $"Hours are kept {For(SpendGrain.Hour)}: the first is that of {Hour(_kept.FirstHour)} UTC, and {Hour(since)} is before it.");
            }

            return;
        }

        if (_kept.FirstDayOfHours(Period.TimeZone) is var first && _query.From < first)
        {
            var what = _query.IsOfHours ? "Conversations and sessions are kept by the hour," : $"Days of {Period.TimeZone.Id} are made of hours (the ledger's own are those of {_ledgers.Id}), which are kept";
            throw new ArgumentException(
                $"{what} {For(SpendGrain.Hour)}: the first whole day is {Text(first)}, and {Text(_query.From)} is before it.");
        }
    }

    // Rows of the ledger's own zone say their day where an hour lies in two. To another zone an hour is one piece.
    private void CheckCuts(DateTimeOffset now)
    {
        if (!_isForeign || (_query.Since is not null && !_query.By.Contains(SpendDimension.Day)))
        {
            return;
        }

        var end = Period.End < now + Ahead ? Period.End : now + Ahead;
        for (var hour = ReportPlan.HourOf(Period.Start); hour < end; hour = hour.AddHours(1))
        {
            if (!_days.IsWhole(hour))
            {
                throw new ArgumentException(
                    $"Days of {Period.TimeZone.Id} do not begin on a UTC hour, and rows are kept by the UTC hour: they cannot be cut at {Hour(hour)} UTC. Ask in {_ledgers.Id}, or keep the ledger in {Period.TimeZone.Id}.");
            }
        }
    }

    private DateOnly? WhatIsKept()
    {
        DateOnly? since = null;
        foreach (var read in Reads(new HashSet<SpendDimension>(), []))
        {
            var (from, last, kept) = (Day(read.From), Day(read.To), _kept.First(read.Grain));
            last = read.Grain == SpendGrain.Month ? last.AddDays(DateTime.DaysInMonth(last.Year, last.Month) - 1) : last;
            if (last < kept && last == _query.To)
            {
                throw new ArgumentException(
                    $"{(read.Grain == SpendGrain.Month ? "Months" : "Days")} are kept {For(read.Grain)}: the first is {Text(kept)}, and the range ends before it, on {Text(last)}.{Hint(read.Grain, kept)}");
            }

            if (from < kept)
            {
                var complete = last < kept ? last.AddDays(1) : kept;
                since = since > complete ? since : complete;
            }
        }

        return since;
    }

    private string Hint(SpendGrain grain, DateOnly kept) =>
        grain == SpendGrain.Day && _kept.First(SpendGrain.Month) is var months && months < kept
            ? $" Whole months, not by day, reach back to {Text(months)}."
            : "";

    private string For(SpendGrain grain) => string.Create(CultureInfo.InvariantCulture, $"for {_kept.Retention(grain)!.Value.TotalDays:0.##} days");

    private static string Text(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static string Hour(DateTimeOffset time) => time.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);

    private static DateOnly Day(DateTimeOffset period) => DateOnly.FromDateTime(period.UtcDateTime);

    /// <summary>Whether two zones have the same days: another name of the same rules makes the same.</summary>
    public static bool IsSame(TimeZoneInfo asked, TimeZoneInfo ledgers) =>
        asked.Id == ledgers.Id || (asked.HasSameRules(ledgers) && asked.BaseUtcOffset == ledgers.BaseUtcOffset);
}
