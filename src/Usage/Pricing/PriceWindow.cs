using System.Globalization;

namespace LlmTelemetry.Usage;

/// <summary>A time of the week: some hours of some days, as a price file writes it: <c>mon-fri 01:00-04:00</c>. Immutable.</summary>
internal sealed class PriceWindow
{
    private static readonly string[] DayNames = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

    private readonly string _text;
    private readonly byte _days;
    private readonly TimeSpan _start;
    private readonly TimeSpan _end;

    private PriceWindow(string text, byte days, TimeSpan start, TimeSpan end) => (_text, _days, _start, _end) = (text, days, start, end);

    /// <summary>Reads hours (the end not included; past midnight where it is before the start), days, or both.</summary>
    public static bool TryParse(string text, out PriceWindow? window)
    {
        window = null;
        byte days = 0b111_1111;
        var (start, end) = (TimeSpan.Zero, TimeSpan.FromDays(1));
        var parts = text.Split(' ');
        var hasDays = TryDays(parts[0], ref days);
        var hours = parts[(hasDays ? 1 : 0)..];
        if (hours.Length > 1 || (hours.Length == 0 && !hasDays) || (hours.Length == 1 && !TryHours(hours[0], ref start, ref end)))
        {
            return false;
        }

        window = new PriceWindow(text, days, start, end);
        return true;
    }

    /// <param name="local">In the zone of the price set.</param>
    public bool Contains(DateTime local)
    {
        var (day, time) = (local.DayOfWeek, local.TimeOfDay);
        if (_start < _end)
        {
            return Holds(day) && time >= _start && time < _end;
        }

        // What runs past midnight belongs to the day on which it began.
        return (Holds(day) && time >= _start) || (Holds((DayOfWeek)(((int)day + 6) % 7)) && time < _end);
    }

    /// <inheritdoc/>
    public override string ToString() => _text;

    private bool Holds(DayOfWeek day) => (_days >> (int)day & 1) != 0;

    // "mon-fri", "sat,sun", "wed".
    private static bool TryDays(string text, ref byte days)
    {
        byte found = 0;
        foreach (var part in text.Split(','))
        {
            var ends = Array.ConvertAll(part.Split('-'), name => Array.IndexOf(DayNames, name));
            if (ends.Length > 2 || ends.Contains(-1))
            {
                return false;
            }

            for (var day = ends[0]; ; day = (day + 1) % 7)
            {
                found |= (byte)(1 << day);
                if (day == ends[^1])
                {
                    break;
                }
            }
        }

        days = found;
        return true;
    }

    private static bool TryHours(string text, ref TimeSpan start, ref TimeSpan end)
    {
        var times = text.Split('-');
        return times.Length == 2 && TryTime(times[0], out start) && TryTime(times[1], out end) && start != end && start < TimeSpan.FromDays(1);
    }

    private static bool TryTime(string text, out TimeSpan time)
    {
        var isTime = TimeOnly.TryParseExact(text, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var found);
        time = text == "24:00" ? TimeSpan.FromDays(1) : found.ToTimeSpan();
        return isTime || text == "24:00";
    }
}
