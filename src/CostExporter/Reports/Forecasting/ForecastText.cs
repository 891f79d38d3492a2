using System.Globalization;
using System.Text.Json;
using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter;

/// <summary>Renders forecasts.</summary>
internal static class ForecastText
{
    private const string Unknown = "unknown";

    public static string Table(UsageForecast forecast)
    {
        var table = new TextTable(wordColumns: 2, totals: 0);
        table.Add(["until the end of", "days", "spent USD", "expected USD", "low USD", "high USD"]);
        foreach (var (name, period) in Periods(forecast))
        {
            var days = period.From == period.To ? OutlookJson.Day(period.From) : $"{OutlookJson.Day(period.From)} to {OutlookJson.Day(period.To)}";
            table.Add([name, days, Money(period.Spent), Money(period.Expected), Money(period.Low), Money(period.High)]);
        }

        return table.Render() + string.Concat(Notes(forecast).Select(note => note + "\n"));
    }

    public static byte[] Json(UsageForecast forecast) => OutlookJson.Write(json =>
    {
        json.WriteString("at", forecast.At);
        json.WriteString("time_zone", forecast.TimeZone.Id);
        json.WriteString("currency", Cost.Currency);
        foreach (var (name, period) in Periods(forecast))
        {
            json.WriteStartObject(name);
            Write(json, period);
            json.WriteEndObject();
        }

        json.WriteStartArray("notes");
        foreach (var note in Notes(forecast))
        {
            json.WriteStringValue(note);
        }

        json.WriteEndArray();
    });

    private static void Write(Utf8JsonWriter json, CostForecast period)
    {
        json.WriteString("from", OutlookJson.Day(period.From));
        json.WriteString("to", OutlookJson.Day(period.To));
        json.Number("spent", OutlookJson.Usd(period.Spent));
        json.Number("expected", OutlookJson.Usd(period.Expected));
        json.Number("low", OutlookJson.Usd(period.Low));
        json.Number("high", OutlookJson.Usd(period.High));
        json.WriteNumber("band", PastErrors.Share);
        json.WriteNumber("days_of_history", period.DaysOfHistory);
        json.WriteNumber("past_forecasts", period.PastForecasts);
        json.WriteString("too_little", period.TooLittle);
    }

    private static (string Name, CostForecast Period)[] Periods(UsageForecast forecast) => [("day", forecast.Day), ("month", forecast.Month)];

    private static IEnumerable<string> Notes(UsageForecast forecast)
    {
        foreach (var (name, period) in Periods(forecast))
        {
            if (period.TooLittle is { } why)
            {
                yield return $"{name}: {why}";
            }
        }

        if (forecast.Day.TooLittle is null)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"By {forecast.Day.DaysOfHistory} finished days; the band would have held 80 % of what {forecast.Day.PastForecasts} past days turned out to cost.");
        }

        if (forecast.Day.TooLittle is null && forecast.History.DaysOfHours == 0)
        {
            yield return "No hours of finished days are kept: the rest of today is expected at an even pace.";
        }

        if (forecast.History.Calls is { Unpriced: var unpriced, All: var all } && unpriced != 0)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"It is without what {unpriced:N0} of this month's {all:N0} calls cost: their price is not known.");
        }
    }

    private static string Money(decimal? usd) => usd?.ToString("N6", CultureInfo.InvariantCulture) ?? Unknown;
}
