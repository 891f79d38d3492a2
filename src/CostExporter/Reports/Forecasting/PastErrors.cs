namespace LlmTelemetry.CostExporter;

/// <summary>How far the model would have been off in the past, had it been asked then: what the band of a forecast is made of.</summary>
internal sealed class PastErrors
{
    /// <summary>The share of outcomes that the band is meant to hold.</summary>
    public const double Share = 0.8;

    // The first days make no model.
    private const int FirstOrigin = 3;
    private const int LeastOrigins = 4;

    // Few errors show too little of how wide they spread.
    private const double Few = 3;

    private readonly List<double> _ofOneDay = [];
    private readonly List<double> _ofAll = [];
    private readonly double _horizon;

    private PastErrors(double horizon) => _horizon = horizon;

    /// <summary>How many past forecasts it knows.</summary>
    public int Count => _ofOneDay.Count;

    /// <param name="days">What finished days cost.</param>
    /// <param name="horizon">How many days the forecast is of; at least a part of one.</param>
    public static PastErrors Of(double[] days, double horizon)
    {
        var errors = new PastErrors(horizon);
        var ahead = Math.Max(1, (int)Math.Ceiling(horizon));
        for (var origin = FirstOrigin; origin < days.Length; origin++)
        {
            var model = DayModel.Fit(days.AsSpan(0, origin));
            if (model.Level > 0)
            {
                errors._ofOneDay.Add((days[origin] - model.Day(0)) / model.Level);
                if (origin + ahead <= days.Length)
                {
                    errors._ofAll.Add((days.AsSpan(origin, ahead).ToArray().Sum() - model.Days(0, ahead)) / model.Level / ahead);
                }
            }
        }

        errors._ofOneDay.Sort();
        errors._ofAll.Sort();
        return errors;
    }

    /// <summary>
    /// What lies below and above a forecast, in usual days: the wider one of what single days were off by, as independent days add up, and of what as
    /// many days together were off by.
    /// </summary>
    public (double Below, double Above) Band()
    {
        // A part of a day is off by as much as its hours, were they independent.
        var alone = Math.Sqrt(_horizon) * (1 + (Few / Math.Max(1, Count)));
        var (low, high) = (Quantile(_ofOneDay, (1 - Share) / 2) * alone, Quantile(_ofOneDay, 1 - ((1 - Share) / 2)) * alone);
        if (_horizon >= 1 && _ofAll.Count >= LeastOrigins)
        {
            low = Math.Min(low, Quantile(_ofAll, (1 - Share) / 2) * _horizon);
            high = Math.Max(high, Quantile(_ofAll, 1 - ((1 - Share) / 2)) * _horizon);
        }

        return (Math.Min(low, 0), Math.Max(high, 0));
    }

    // Between the two nearest, as R's default (type 7).
    private static double Quantile(List<double> sorted, double share)
    {
        var at = share * (sorted.Count - 1);
        var (below, part) = ((int)at, at - (int)at);
        return sorted.Count == 0 ? 0 : below + 1 == sorted.Count ? sorted[below] : sorted[below] + ((sorted[below + 1] - sorted[below]) * part);
    }
}
