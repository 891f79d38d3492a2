using System.Globalization;

namespace LlmTelemetry.Usage;

/// <summary>When a price set holds: from a day on, at some times, or both. The default always holds.</summary>
/// <param name="From">The first moment.</param>
/// <param name="At">The times, of which one must hold; empty: all.</param>
/// <param name="Zone">The zone of the times; null: UTC.</param>
internal sealed record PricePeriod(DateTimeOffset From, PriceWindow[] At, TimeZoneInfo? Zone)
{
    public bool Contains(DateTimeOffset when)
    {
        if (when < From)
        {
            return false;
        }

        if (At.Length == 0)
        {
            return true;
        }

        var local = Zone is null ? when.UtcDateTime : TimeZoneInfo.ConvertTime(when, Zone).DateTime;
        foreach (var window in At)
        {
            if (window.Contains(local))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether it holds at all times at which the other one does, as far as that can be told without looking at windows.</summary>
    public bool Covers(PricePeriod other) => At.Length == 0 && From <= other.From;

    /// <inheritdoc/>
    public override string ToString()
    {
        string?[] parts =
        [
            From == default ? null : From.ToString("'from' yyyy-MM-dd", CultureInfo.InvariantCulture),
            At.Length == 0 ? null : $"at {string.Join(" and ", At)} {Zone?.Id ?? "UTC"}",
        ];
        return parts.All(p => p is null) ? "always" : string.Join(", ", parts.Where(p => p is not null));
    }
}
