using System.Text;

namespace LlmTelemetry.CostExporter;

/// <summary>What today and this month will have cost. docs/forecast.md has the method.</summary>
public sealed class UsageForecast
{
    internal UsageForecast(DateTimeOffset at, TimeZoneInfo timeZone, SpendHistory history)
    {
        At = at;
        TimeZone = timeZone;
        History = history;
        Day = CostForecaster.Day(history);
        Month = CostForecaster.Month(history);
    }

    /// <summary>When it was made.</summary>
    public DateTimeOffset At { get; }

    /// <summary>The zone whose day and month these are.</summary>
    public TimeZoneInfo TimeZone { get; }

    /// <summary>Today.</summary>
    public CostForecast Day { get; }

    /// <summary>This month.</summary>
    public CostForecast Month { get; }

    internal SpendHistory History { get; }

    /// <summary>Renders an aligned table in plain text, with a note on what it is made of and what it leaves out.</summary>
    public string ToTable() => ForecastText.Table(this);

    /// <summary>Renders JSON; money is a JSON number in USD, and null where too little is known.</summary>
    public string ToJson() => Encoding.UTF8.GetString(ForecastText.Json(this));
}
