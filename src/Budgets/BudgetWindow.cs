using System.Globalization;
using System.Text.Json.Serialization;

namespace LlmTelemetry.Budgets;

/// <summary>
/// Over what time a limit counts. Minutes, hours and windows of one's own slide: at any moment the last so long counts, in sixty steps. Days and months are those
/// of the calendar, in the zone of the options.
/// </summary>
[JsonConverter(typeof(BudgetWindowConverter))]
public readonly record struct BudgetWindow
{
    private BudgetWindow(WindowKind kind, TimeSpan length = default)
    {
        Kind = kind;
        Length = length;
    }

    /// <summary>The last 60 seconds.</summary>
    public static BudgetWindow Minute { get; } = new(WindowKind.Sliding, TimeSpan.FromMinutes(1));

    /// <summary>The last 60 minutes.</summary>
    public static BudgetWindow Hour { get; } = new(WindowKind.Sliding, TimeSpan.FromHours(1));

    /// <summary>The calendar's day.</summary>
    public static BudgetWindow Day { get; } = new(WindowKind.Day);

    /// <summary>The calendar's month.</summary>
    public static BudgetWindow Month { get; } = new(WindowKind.Month);

    /// <summary>A session from its first call on. Only for limits that are also per <see cref="BudgetScope.Session"/>.</summary>
    public static BudgetWindow Session { get; } = new(WindowKind.Session);

    /// <summary>How long a sliding window is; zero for the others.</summary>
    public TimeSpan Length { get; }

    internal WindowKind Kind { get; }

    /// <summary>The last so long, from one second to 31 days, in whole milliseconds.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not.</exception>
    public static BudgetWindow Sliding(TimeSpan length) =>
        IsLength(length)
            ? new(WindowKind.Sliding, length)
            : throw new ArgumentOutOfRangeException(nameof(length), length, "A window must be from one second to 31 days, in whole milliseconds.");

    /// <summary>Reads <c>minute</c>, <c>hour</c>, <c>day</c>, <c>month</c>, <c>session</c>, or a length such as <c>00:15:00</c> or <c>7.00:00:00</c>.</summary>
    /// <exception cref="FormatException">It is none of these.</exception>
    public static BudgetWindow Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        switch (text.Trim().ToLowerInvariant())
        {
            case "minute": return Minute;
            case "hour": return Hour;
            case "day": return Day;
            case "month": return Month;
            case "session": return Session;
            default:
                // A bare number would be days, and so would 24 in 24:00:00: nobody who writes that means it.
                return text.Contains(':', StringComparison.Ordinal) && TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var length)
                    && (length.Days == 0 || text.Contains('.', StringComparison.Ordinal)) && IsLength(length)
                    ? Sliding(length)
                    : throw new FormatException(
                        $"'{text}' is no window: write minute, hour, day, month, session, or a length from a second to 31 days such as 00:15:00 (hours:minutes:seconds) or 7.00:00:00 (days).");
        }
    }

    /// <summary>As <see cref="Parse"/> reads it.</summary>
    public override string ToString() => Kind switch
    {
        WindowKind.Day => "day",
        WindowKind.Month => "month",
        WindowKind.Session => "session",
        _ => Length == TimeSpan.FromMinutes(1) ? "minute" : Length == TimeSpan.FromHours(1) ? "hour" : Length.ToString("c", CultureInfo.InvariantCulture),
    };

    private static bool IsLength(TimeSpan length) => length >= TimeSpan.FromSeconds(1) && length <= TimeSpan.FromDays(31) && length.Ticks % TimeSpan.TicksPerMillisecond == 0;
}
