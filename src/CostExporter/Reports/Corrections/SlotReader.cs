using System.Globalization;
using System.Runtime.InteropServices;

namespace LlmTelemetry.CostExporter;

/// <summary>Reads the finest rows of a range, as they are with the corrections in force, and sees to it that none is missing.</summary>
internal sealed class SlotReader(UsageReports reports, UsageReportQuery query)
{
    private static readonly HashSet<SpendDimension> All = [.. SpendDimensions.Kept];

    private readonly Dictionary<SpendSlot, SpendMeasures> _slots = [];

    /// <summary>The first day that is read by its hours.</summary>
    public DateOnly FirstDayOfHours { get; } = reports.FirstDayOfHours;

    /// <exception cref="InvalidOperationException">Rows of the range are not kept any more.</exception>
    public async Task<Dictionary<SpendSlot, SpendMeasures>> ReadAsync(CancellationToken cancellationToken)
    {
        var reads = await CorrectedReads.BeginAsync(reports.Store, cancellationToken).ConfigureAwait(false);
        var lastOfDays = FirstDayOfHours == DateOnly.MinValue ? DateOnly.MinValue : FirstDayOfHours.AddDays(-1);
        if (query.From < FirstDayOfHours)
        {
            await ReadDaysAsync(reads, query.From, query.To < lastOfDays ? query.To : lastOfDays, cancellationToken).ConfigureAwait(false);
        }

        if (query.To >= FirstDayOfHours)
        {
            await ReadHoursAsync(reads, query.From > FirstDayOfHours ? query.From : FirstDayOfHours, cancellationToken).ConfigureAwait(false);
        }

        await CheckAsync(cancellationToken).ConfigureAwait(false);
        return _slots;
    }

    /// <summary>The UTC hour that a day begins in: where rows of days are booked.</summary>
    public long HourOf(DateOnly day) => (long)Math.Floor((ReportPlan.StartOf(day, reports.TimeZone, latest: false) - DateTimeOffset.UnixEpoch).TotalHours);

    private async Task ReadDaysAsync(CorrectedReads reads, DateOnly from, DateOnly to, CancellationToken cancellationToken)
    {
        await foreach (var part in reads.ReadAsync(new SpendRead(SpendGrain.Day, Midnight(from), Midnight(to), All) { AllTags = true }, cancellationToken).ConfigureAwait(false))
        {
            var day = DateOnly.FromDateTime(part.Period.UtcDateTime);
            Add(new SpendSlot(HourOf(day), day, part.Key, IsOfDay: true), part.Measures);
        }
    }

    private async Task ReadHoursAsync(CorrectedReads reads, DateOnly from, CancellationToken cancellationToken)
    {
        var days = new LocalDays(reports.TimeZone);
        await foreach (var part in reads.ReadAsync(ReportPlan.Hours(from, query.To, reports.TimeZone, All, []) with { AllTags = true }, cancellationToken).ConfigureAwait(false))
        {
            var (hour, first) = days.Of(part.Period);
            var day = part.Day ?? first;
            if (day >= from && day <= query.To)
            {
                Add(new SpendSlot(hour, day, part.Key, IsOfDay: false), part.Measures);
            }
        }
    }

    private void Add(SpendSlot slot, SpendMeasures measures)
    {
        if (query.Matches(slot.Key, reports.Kept))
        {
            ref var sum = ref CollectionsMarshal.GetValueRefOrAddDefault(_slots, slot, out _);
            (sum ??= new SpendMeasures()).Add(measures);
        }
    }

    // By the ledger's own sums, whatever the retentions are or once were: hours must add up to their days, and days to their months.
    private async Task CheckAsync(CancellationToken cancellationToken)
    {
        var whole = query with { By = [SpendDimension.Day], ByTags = [] };
        var byDay = await reports.QueryAsync(whole, cancellationToken).ConfigureAwait(false);
        var sums = new Dictionary<DateOnly, Int128>();
        foreach (var (slot, measures) in _slots)
        {
            sums[slot.Day] = sums.GetValueOrDefault(slot.Day) + measures[SpendMeasure.Calls];
        }

        foreach (var row in byDay.Rows)
        {
            if (sums.GetValueOrDefault(row.Day!.Value) != row.Measures[SpendMeasure.Calls])
            {
                throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"Not all hours of {row.Day:yyyy-MM-dd} are kept: they have {sums.GetValueOrDefault(row.Day!.Value)} calls, and the day has {row.Measures[SpendMeasure.Calls]}. Choose days before or after it."));
            }
        }

        var byMonth = await reports.QueryAsync(query with { By = [], ByTags = [] }, cancellationToken).ConfigureAwait(false);
        if (byMonth.Total.Measures[SpendMeasure.Calls] != byDay.Total.Measures[SpendMeasure.Calls])
        {
            throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"Not all days from {query.From:yyyy-MM-dd} on are kept: they have {byDay.Total.Measures[SpendMeasure.Calls]} calls, and their months {byMonth.Total.Measures[SpendMeasure.Calls]}. Choose a later first day."));
        }
    }

    private static DateTimeOffset Midnight(DateOnly day) => new(day, TimeOnly.MinValue, TimeSpan.Zero);
}
