using System.Globalization;
using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter;

/// <summary>Makes forecasts of what a history shows. Pure: no store, no clock.</summary>
internal static class CostForecaster
{
    /// <summary>The fewest finished days that a forecast of a day is made of.</summary>
    public const int LeastDays = 7;

    /// <summary>The same of a month.</summary>
    public const int LeastDaysForMonth = 14;

    public static CostForecast Day(SpendHistory history)
    {
        var usual = history.Days.Length == 0 ? 0 : DayModel.Fit(history.Days).Day(0);
        var rest = history.Profile.Rest(usual, history.SpentToday, history.Time);
        var horizon = 1 - history.Profile.SpentBy(history.Time);
        return Make(history, history.Today, history.Today, history.SpentTodayPico, LeastDays, rest, horizon);
    }

    public static CostForecast Month(SpendHistory history)
    {
        var (first, last) = (new DateOnly(history.Today.Year, history.Today.Month, 1), new DateOnly(history.Today.Year, history.Today.Month, DateTime.DaysInMonth(history.Today.Year, history.Today.Month)));
        var model = history.Days.Length == 0 ? null : DayModel.Fit(history.Days);
        var left = last.DayNumber - history.Today.DayNumber;
        var rest = model is null ? 0 : history.Profile.Rest(model.Day(0), history.SpentToday, history.Time) + model.Days(1, left);
        return Make(history, first, last, history.SpentThisMonthPico, LeastDaysForMonth, rest, left + 1 - history.Profile.SpentBy(history.Time));
    }

    private static CostForecast Make(SpendHistory history, DateOnly from, DateOnly to, Int128 spentPico, int least, double rest, double horizon)
    {
        var spent = Cost.ToUsd(spentPico);
        var forecast = new CostForecast { From = from, To = to, Spent = spent, DaysOfHistory = history.Days.Length };
        if (history.Days.Length < least)
        {
            return forecast with { TooLittle = TooLittle(history, least) };
        }

        var model = DayModel.Fit(history.Days);
        var errors = PastErrors.Of(history.Days, horizon);
        var (below, above) = errors.Band();
        return forecast with
        {
            Expected = spent + Usd(rest),
            Low = spent + Usd(rest + (below * model.Level)),
            High = spent + Usd(rest + (above * model.Level)),
            PastForecasts = errors.Count,
        };
    }

    private static string TooLittle(SpendHistory history, int least) => string.Create(
        CultureInfo.InvariantCulture,
        $"Too little to go by: {least} finished days since the first call are needed, and there {(history.Days.Length == 1 ? "is 1" : $"are {history.Days.Length}")}{(history.First is { } first ? $" (since {OutlookJson.Day(first)})" : "")}.");

    // Whole millionths: more would pretend to know them. Nothing that is to come is less than nothing.
    private static decimal Usd(double usd) => usd > 0 ? Math.Round((decimal)Math.Min(usd, 1e16), 6) : 0;
}
