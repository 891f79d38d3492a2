namespace LlmTelemetry.CostExporter;

/// <summary>How a day's cost comes in over its 24 hours on the clock. Pure.</summary>
internal sealed class DayProfile
{
    private const int Hours = 24;

    // A little of an even day in it: an hour that nothing was spent in yet is not impossible.
    private const double Evenness = 0.05;

    // What a burst in the morning says of the afternoon is bounded.
    private const double MostPace = 3;

    private readonly double[] _shares;

    /// <param name="spent">What finished days spent in each hour of the clock, together; an hour that a day has twice counts for both.</param>
    public DayProfile(double[] spent)
    {
        var sum = spent.Sum();
        _shares = [.. spent.Select(hour => sum > 0 ? ((1 - Evenness) * hour / sum) + (Evenness / Hours) : 1.0 / Hours)];
    }

    /// <summary>The share of a usual day that is spent by a time of the clock.</summary>
    public double SpentBy(TimeSpan time)
    {
        var hour = Math.Min(time.Hours, Hours - 1);
        return _shares[..hour].Sum() + (_shares[hour] * (time.TotalHours - hour));
    }

    /// <summary>
    /// What the rest of a day will cost. The more of the day is over, the more its own pace counts against that of the days before.
    /// </summary>
    /// <param name="usual">What the whole day would cost by the days before.</param>
    /// <param name="spent">What it cost so far.</param>
    /// <param name="time">The time of the clock.</param>
    public double Rest(double usual, double spent, TimeSpan time)
    {
        var over = SpentBy(time);
        var pace = usual > 0 && over > 0 ? Math.Min(MostPace, spent / (usual * over)) : 1;
        return usual * (1 - over) * (1 + (over * (pace - 1)));
    }
}
