using System.Diagnostics;

namespace LlmTelemetry.Benchmarks;

/// <summary>The same measurement some times over.</summary>
internal sealed class Rounds(IReadOnlyCollection<double> values)
{
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(3);

    private readonly double[] _sorted = [.. values.Order()];

    public double Min => _sorted[0];

    public double Median => (_sorted[(_sorted.Length - 1) / 2] + _sorted[_sorted.Length / 2]) / 2;

    public double Max => _sorted[^1];

    public static async Task<Rounds> TimeAsync(int count, Func<Task> work)
    {
        var seconds = new List<double>(count);
        for (var i = 0; i < count; i++)
        {
            seconds.Add(await SecondsAsync(work));
        }

        return new Rounds(seconds);
    }

    /// <summary>Repeats until the runtime has compiled what is hot for good: a service runs for days.</summary>
    public static async Task WarmUpAsync(Func<Task> work)
    {
        var start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < WarmUp)
        {
            await work();
        }
    }

    public static async Task<double> SecondsAsync(Func<Task> work)
    {
        var start = Stopwatch.GetTimestamp();
        await work();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
