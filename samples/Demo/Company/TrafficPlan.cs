namespace LlmTelemetry.Demo;

/// <summary>
/// What the company asks, and when: the same calls for the same day, whenever the plan is made. Days have a shape, weekends are quiet; on one working day
/// prompts of one feature are several times as long as usual, and a few hours before it one user's script runs away.
/// </summary>
internal sealed class TrafficPlan(DateTimeOffset end)
{
    private const int CallsOfADay = 800;
    private const int BurstCalls = 220;
    private const int BloatFactor = 4;
    private static readonly TimeSpan BurstLength = TimeSpan.FromMinutes(12);

    // Of a working day by the hour, UTC: people come at seven and go at six.
    private static readonly double[] Hours = [1, 1, 1, 1, 1, 2, 4, 7, 10, 12, 12, 11, 8, 10, 12, 12, 11, 9, 6, 4, 3, 2, 2, 1];
    private static readonly double AllHours = Hours.Sum();
    private static readonly double AllActivity = Person.All.Sum(person => person.Activity);

    /// <summary>When the script begins to run away: well before the end, so that its peak is history.</summary>
    public DateTimeOffset Burst { get; } = end.AddHours(-3);

    /// <summary>The day of long prompts: a working day, not yesterday.</summary>
    public DateOnly BloatDay { get; } = Enumerable.Range(2, 7).Select(days => DateOnly.FromDateTime(end.UtcDateTime).AddDays(-days)).First(day => !IsWeekend(day.DayOfWeek));

    /// <summary>When a provider is overloaded for an hour.</summary>
    public DateTimeOffset Overload { get; } = end.AddHours(-20);

    // Of the day that was asked for last: moments are asked for one after the other.
    private (DateTimeOffset Day, List<PlannedCall> Calls) _drawn;

    /// <summary>The calls after one moment up to another, in the order of their beginning. Not thread-safe.</summary>
    public IEnumerable<PlannedCall> Between(DateTimeOffset from, DateTimeOffset to)
    {
        for (var day = new DateTimeOffset(from.UtcDateTime.Date, TimeSpan.Zero); day <= to; day = day.AddDays(1))
        {
            if (_drawn.Calls is null || _drawn.Day != day)
            {
                _drawn = (day, Of(day));
            }

            foreach (var call in _drawn.Calls.Where(call => call.At > from && call.At <= to))
            {
                yield return call;
            }
        }
    }

    // CA5394: a plan that anybody may foresee, which is the point of it.
#pragma warning disable CA5394
    /// <summary>A call of live traffic. Of each ten two spend a small budget, one has no price, one is refused: what there is to see comes within seconds.</summary>
    /// <param name="number">Which one.</param>
    public PlannedCall Live(int number)
    {
        var dice = new Random(number);
        var drawn = Draw(end, Someone(dice), dice);
        return (number % 10) switch
        {
            0 or 5 => Make(end, Person.Tester, Feature.Trial, dice) with { Ending = Ending.Answered },
            2 => Make(end, drawn.By, Feature.All[^1], dice) with { Ending = Ending.Answered },
            7 => drawn with { Ending = Ending.RateLimited },
            _ => drawn,
        };
    }

    private List<PlannedCall> Of(DateTimeOffset day)
    {
        var dice = new Random(DateOnly.FromDateTime(day.UtcDateTime).DayNumber);
        var count = (int)(CallsOfADay * (IsWeekend(day.DayOfWeek) ? 0.2 : 1) * (0.9 + (0.2 * dice.NextDouble())));
        var drawn = Enumerable.Range(0, count).Select(_ => Draw(day + TimeOfDay(dice), Someone(dice), dice)).ToList();
        var bursting = Person.All.First(person => person.User == Person.Runaway);
        var agents = Feature.All.First(feature => feature.Name == Feature.Bursting);
        for (var i = 0; i < BurstCalls; i++)
        {
            var at = Burst + (BurstLength * dice.NextDouble());
            if (at >= day && at < day.AddDays(1))
            {
                drawn.Add(Make(at, bursting, agents, dice));
            }
        }

        return [.. drawn.OrderBy(call => call.At)];
    }

    private PlannedCall Draw(DateTimeOffset at, Person by, Random dice)
    {
        var shares = by.Features.Select(feature => Feature.All[feature].Share).ToArray();
        var draw = dice.NextDouble() * shares.Sum();
        var chosen = 0;
        while (chosen < shares.Length - 1 && (draw -= shares[chosen]) > 0)
        {
            chosen++;
        }

        return Make(at, by, Feature.All[by.Features[chosen]], dice);
    }

    private PlannedCall Make(DateTimeOffset at, Person by, Feature feature, Random dice)
    {
        var isBloated = feature.Name == Feature.Bloated && DateOnly.FromDateTime(at.UtcDateTime) == BloatDay;

        // A long prompt that changes with each call is in no cache.
        var input = (int)(feature.Input * Spread(dice) * (isBloated ? BloatFactor : 1));
        var cached = dice.NextDouble() < feature.Cached + 0.2 ? (int)(input * feature.Cached * (isBloated ? 0.2 : 1)) : 0;
        var output = (int)(feature.Output * Spread(dice));
        var ending = EndingOf(at, feature, dice);
        var toFirst = TimeSpan.FromMilliseconds((250 + (input * 0.03)) * Spread(dice) * (IsOverloaded(at, feature) ? 4 : 1));
        return new(
            at, by, feature, input, cached, output, feature.Provider == "openai" ? output / 3 : 0, dice.NextDouble() < feature.Streamed || ending == Ending.Abandoned,
            toFirst, toFirst + TimeSpan.FromMilliseconds(output * 11 * Spread(dice)), ending);
    }

    private Ending EndingOf(DateTimeOffset at, Feature feature, Random dice)
    {
        var draw = dice.NextDouble();
        if (IsOverloaded(at, feature) && draw < 0.35)
        {
            return Ending.Overloaded;
        }

        // A script that runs away meets the provider's limit.
        if (feature.Name == Feature.Bursting && at >= Burst && at < Burst + BurstLength && draw < 0.3)
        {
            return Ending.RateLimited;
        }

        return draw switch
        {
            < 0.006 => Ending.RateLimited,
            < 0.010 => Ending.ServerError,
            < 0.012 => Ending.TimedOut,
            < 0.032 => Ending.Abandoned,
            < 0.0335 => Ending.Inconsistent,
            _ => Ending.Answered,
        };
    }

    private bool IsOverloaded(DateTimeOffset at, Feature feature) => feature.Provider == "anthropic" && at >= Overload && at < Overload.AddHours(1);

    private static bool IsWeekend(DayOfWeek day) => day is DayOfWeek.Saturday or DayOfWeek.Sunday;

    private static TimeSpan TimeOfDay(Random dice)
    {
        var draw = dice.NextDouble() * AllHours;
        var hour = 0;
        while (hour < 23 && (draw -= Hours[hour]) > 0)
        {
            hour++;
        }

        return TimeSpan.FromHours(hour + dice.NextDouble());
    }

    private static Person Someone(Random dice)
    {
        var draw = dice.NextDouble() * AllActivity;
        return Person.All.First(person => (draw -= person.Activity) <= 0 || person == Person.All[^1]);
    }

    // Mostly near 1, seldom twice or half.
    private static double Spread(Random dice) => Math.Exp(0.35 * (dice.NextDouble() + dice.NextDouble() + dice.NextDouble() - 1.5));
#pragma warning restore CA5394
}
