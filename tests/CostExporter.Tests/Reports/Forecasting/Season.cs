using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter.Tests;

/// <summary>A made-up history of costs by the hour: what a forecast is tried on. The same seed makes the same one.</summary>
internal sealed class Season
{
    public static readonly DateOnly First = new(2026, 1, 1);
    public const int Days = 300;

    // More in the day than in the night.
    private static readonly double[] Clock = [1, 1, 1, 1, 1, 2, 3, 5, 8, 10, 10, 9, 7, 9, 10, 10, 9, 7, 5, 4, 3, 2, 2, 1];

    private readonly double[][] _hours;

    private Season(double[][] hours) => _hours = hours;

    public static IReadOnlyList<string> Names { get; } = ["week", "growth", "bursts", "flat", "sparse", "shrinking", "step"];

    public static Season Make(string name, int seed)
    {
        var random = new Random(seed);
        return new Season([.. Enumerable.Range(0, Days).Select(day => Day(name, day, random))]);
    }

    /// <summary>What is known at noon of a day, with so many finished days of history and a week of hours.</summary>
    public SpendHistory At(int today, int history, int hour = 12)
    {
        var date = First.AddDays(today);
        var days = Enumerable.Range(today - history, history).Select(Total).ToArray();
        var profile = new double[24];
        foreach (var day in _hours[Math.Max(0, today - Math.Min(7, history))..today])
        {
            for (var i = 0; i < 24; i++)
            {
                profile[i] += day[i];
            }
        }

        var spent = Pico(_hours[today][..hour].Sum());
        var month = Enumerable.Range(today - date.Day + 1, date.Day - 1).Aggregate(spent, (sum, day) => sum + Pico(Total(day)));
        return new SpendHistory(date, TimeSpan.FromHours(hour), days, spent, month, new DayProfile(profile)) { DaysOfHours = 7 };
    }

    public double Total(int day) => _hours[day].Sum();

    public double Month(int today)
    {
        var date = First.AddDays(today);
        return Enumerable.Range(today - date.Day + 1, DateTime.DaysInMonth(date.Year, date.Month)).Sum(Total);
    }

    private static Int128 Pico(double usd) => (Int128)(usd * Cost.PicoPerUsd);

    private static double[] Day(string name, int day, Random random)
    {
        var isWeekend = First.AddDays(day).DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday;
        var level = name switch
        {
            "week" => isWeekend ? 8 : 40,
            "growth" => 10 * Math.Pow(1.012, day),
            "shrinking" => 400 * Math.Pow(0.99, day),
            "bursts" => 20 * (random.NextDouble() < 0.06 ? 8 : 1),
            "step" => day < 170 ? 15 : 45,
            "sparse" => random.NextDouble() < 0.15 ? 30 * random.NextDouble() : 0,
            _ => 20,
        };

        // Days differ as a whole, and so do their hours.
        level *= Math.Exp(0.2 * Normal(random));
        return [.. Clock.Select(share => level * share / Clock.Sum() * Math.Exp(0.4 * Normal(random)))];
    }

    private static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
