namespace LlmTelemetry.CostExporter;

/// <summary>
/// What a day costs: a level, a factor for each day of the week, and growth, each damped towards "there is none" by how well the days so far show
/// it. Pure: the same days make the same model. docs/forecast.md says why each number is what it is.
/// </summary>
internal sealed class DayModel
{
    private const int Week = 7;
    private const int MostWeeks = 8;

    // The newest day counts most; the mean age of what counts is two weeks.
    private const double Fading = 0.93;

    // Growth of one day to the next is believed for some weeks, not for ever.
    private const double GrowthFading = 0.98;
    private const double MostGrowth = 0.05;
    private const int GrowthBlock = 4 * Week;

    private readonly double[] _season;
    private readonly double _growth;
    private readonly int _next;

    private DayModel(double level, double[] season, double growth, int count)
    {
        Level = level;
        _season = season;
        _growth = growth;
        _next = count % Week;
    }

    /// <summary>A usual day at the end of the days given.</summary>
    public double Level { get; }

    /// <param name="days">What finished days cost, without gaps, the latest last; at least one.</param>
    public static DayModel Fit(ReadOnlySpan<double> days)
    {
        var season = Season(days);
        var growth = Growth(days, season);
        var (sum, weights, age, fade) = (0.0, 0.0, 0.0, 1.0);
        for (var i = days.Length - 1; i >= 0; i--)
        {
            var weight = fade * season[i % Week];
            sum += fade * days[i];
            weights += weight;
            age += weight * (days.Length - 1 - i);
            fade *= Fading;
        }

        // A mean of the past is behind by its age.
        return new DayModel(weights > 0 ? sum / weights * Math.Exp(growth * age / weights) : 0, season, growth, days.Length);
    }

    /// <summary>What the n-th day after those given will cost; the first is 0.</summary>
    public double Day(int ahead) => Level * _season[(_next + ahead) % Week] * Math.Exp(_growth * (GrowthFading * (1 - Math.Pow(GrowthFading, ahead + 1)) / (1 - GrowthFading)));

    /// <summary>What several days will cost together.</summary>
    public double Days(int first, int count)
    {
        var sum = 0.0;
        for (var i = 0; i < count; i++)
        {
            sum += Day(first + i);
        }

        return sum;
    }

    // By the index's rest: the caller's days have no gaps, so that is the day of the week.
    private static double[] Season(ReadOnlySpan<double> days)
    {
        var (shares, weeks) = Shares(days);
        double[] season = [1, 1, 1, 1, 1, 1, 1];
        if (weeks < 2)
        {
            return season;
        }

        var (between, within) = (0.0, 0.0);
        for (var day = 0; day < Week; day++)
        {
            season[day] = shares[day].Average();
            between += (season[day] - 1) * (season[day] - 1) / (Week - 1);
            foreach (var share in shares[day])
            {
                within += (share - season[day]) * (share - season[day]) / (Week * (weeks - 1));
            }
        }

        // What differs between days of the week beyond what chance makes of so few of each.
        var shown = between > 0 ? Math.Max(0, 1 - (within / weeks / between)) : 0;
        for (var day = 0; day < Week; day++)
        {
            season[day] = 1 + ((season[day] - 1) * shown);
        }

        return season;
    }

    // Of its week each, so that growth is no season.
    private static (List<double>[] Shares, int Weeks) Shares(ReadOnlySpan<double> days)
    {
        List<double>[] shares = [[], [], [], [], [], [], []];
        var weeks = 0;
        for (var end = days.Length; end >= Week && days.Length - end < MostWeeks * Week; end -= Week)
        {
            var mean = Mean(days[(end - Week)..end]);
            if (mean > 0)
            {
                weeks++;
                for (var i = end - Week; i < end; i++)
                {
                    shares[i % Week].Add(days[i] / mean);
                }
            }
        }

        return (shares, weeks);
    }

    private static double Growth(ReadOnlySpan<double> days, double[] season)
    {
        var block = Math.Min(GrowthBlock, days.Length / (2 * Week) * Week);
        if (block < 2 * Week)
        {
            return 0;
        }

        var (late, lateError) = Spread(days, days.Length - block, block, season);
        var (early, earlyError) = Spread(days, days.Length - (2 * block), block, season);
        if (late <= 0 || early <= 0)
        {
            return 0;
        }

        var growth = Math.Log(late / early) / block;
        var error = ((lateError / (late * late)) + (earlyError / (early * early))) / ((double)block * block);
        return growth == 0 ? 0 : Math.Clamp(growth * Math.Max(0, 1 - (4 * error / (growth * growth))), -MostGrowth, MostGrowth);
    }

    // The mean, and the square of its error.
    private static (double Mean, double Error) Spread(ReadOnlySpan<double> days, int from, int count, double[] season)
    {
        var mean = Mean(days.Slice(from, count));
        var squares = 0.0;
        for (var i = from; i < from + count; i++)
        {
            var off = days[i] - (mean * season[i % Week]);
            squares += off * off;
        }

        return (mean, squares / (count - 1) / count);
    }

    private static double Mean(ReadOnlySpan<double> days)
    {
        var sum = 0.0;
        foreach (var day in days)
        {
            sum += day;
        }

        return sum / days.Length;
    }
}
