using System.Globalization;

namespace LlmTelemetry.CostExporter;

/// <summary>How far back hour rows reach: what only they know must not be asked for before that, since the answer would be short.</summary>
internal sealed class HoursKept(TimeZoneInfo timeZone, TimeProvider time, TimeSpan? retention)
{
    /// <summary>The first day of which every hour is still kept.</summary>
    public DateOnly FirstDay
    {
        get
        {
            var now = time.GetUtcNow();
            if (retention is not { } kept || kept >= now - DateTimeOffset.MinValue.AddDays(2))
            {
                return DateOnly.MinValue;
            }

            // The hour that the limit lies in is kept until its end is that old.
            var since = now - kept;
            since = since.AddTicks(-(since.UtcTicks % TimeSpan.TicksPerHour));
            var day = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(since, timeZone).DateTime);
            while (ReportPlan.StartOf(day, timeZone, latest: false) < since)
            {
                day = day.AddDays(1);
            }

            return day;
        }
    }

    /// <exception cref="ArgumentException">The query needs hours that are not kept any more.</exception>
    public void Check(UsageReportQuery query)
    {
        if (query.IsOfHours && FirstDay is var first && query.From < first)
        {
            var kept = string.Create(CultureInfo.InvariantCulture, $"for {retention!.Value.TotalDays:0.##} days: the first whole day is {first:yyyy-MM-dd}, and {query.From:yyyy-MM-dd} is before it.");
            throw new ArgumentException($"Conversations and sessions are kept by the hour, {kept}");
        }
    }
}
