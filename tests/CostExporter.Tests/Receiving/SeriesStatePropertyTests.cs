using FsCheck;
using FsCheck.Fluent;
using LlmTelemetry.Usage;
using static LlmTelemetry.CostExporter.Tests.Points;

namespace LlmTelemetry.CostExporter.Tests;

/// <summary>The state against processes that know what they counted: whatever happens on the way, its increments add up to that.</summary>
public sealed class SeriesStatePropertyTests
{
    private static readonly Gen<(int Seed, int Processes, bool IsDelta, bool HasStart, int Steps)> Runs =
        from seed in Gen.Choose(0, int.MaxValue - 1)
        from processes in Gen.Choose(1, 3)
        from isDelta in Gen.Elements(true, false)
        from hasStart in Gen.Elements(true, true, false)
        from steps in Gen.Choose(1, 120)
        select (seed, processes, isDelta, hasStart || processes > 1 || !isDelta, steps);

    [Fact]
    public void Increments_are_what_was_counted_whatever_is_repeated_reordered_or_restarted() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(1_000), Prop.ForAll(Runs.ToArbitrary(), run =>
        {
            var random = new Random(run.Seed);
            var (points, truth) = Sent(random, run.Processes, run.IsDelta, run.HasStart, run.Steps);
            Assert.Equal(truth, Taken(random, points));
        }));

    [Fact]
    public void Increments_of_doubles_add_up_to_the_last_value_rounded_once()
    {
        var random = new Random(42);
        foreach (var most in new[] { 1e-9, 0.02, 5.0, 1e6 })
        {
            var state = new SeriesState();
            Int128 pico = 0;
            var (value, calls) = (0.0, 0L);
            for (ulong i = 1; i <= 10_000; i++)
            {
                value += random.NextDouble() * most;
                calls += random.Next(1, 4);
                var added = state.Advance(Cumulative(Sum(value, calls), 1, i), Now, out _);
                Assert.True(added.In(Cost.PicoPerUsd) >= 0 && added.In(1) >= 0);
                pico += added.In(Cost.PicoPerUsd);
            }

            Assert.Equal(Sum(value).In(Cost.PicoPerUsd), pico);
        }
    }

    [Fact]
    public void Value_without_a_start_that_falls_in_the_order_of_time_is_a_restart()
    {
        var random = new Random(3);
        var points = new List<ReceivedPoint>();
        Int128 truth = 0;
        long value = 0;
        for (ulong i = 1; i <= 5_000; i++)
        {
            // A restart that shows: what it counted is below what there was.
            var isRestart = value > 100 && random.Next(20) == 0;
            var more = random.Next(0, 50);
            value = isRestart ? more : value + more;
            truth += more;
            points.Add(Cumulative(Sum(value), 0, i));
        }

        Assert.Equal(truth, Added([.. points]).Aggregate(Int128.Zero, (sum, added) => sum + added));
    }

    // What processes send in order, with all their requests; and what they counted.
    private static (List<ReceivedPoint> Points, Int128 Truth) Sent(Random random, int processes, bool isDelta, bool hasStart, int steps)
    {
        var points = new List<ReceivedPoint>();
        Int128 truth = 0;
        for (var process = 0; process < processes; process++)
        {
            var clock = At(10_000) + (ulong)random.Next(1_000_000);
            var (start, last, value) = (clock, clock, 0L);
            var restarts = 0;
            for (var step = 0; step < steps; step++)
            {
                clock += (ulong)random.Next(1, 10) * Second;
                if (random.Next(25) == 0 && restarts < 1)
                {
                    (start, last, value) = (clock, clock, 0);
                    restarts++;
                    clock += Second;
                }

                long more = random.Next(0, 100);
                truth += more;
                value += more;
                points.Add(isDelta ? Delta(Sum(more), hasStart ? last : 0, clock) : Cumulative(Sum(value), start, clock));
                last = clock;
            }
        }

        return (points, truth);
    }

    // Delivered in another order within what retries do, any of them again, and the state kept in between or lost and read anew.
    private static Int128 Taken(Random random, List<ReceivedPoint> points)
    {
        var delivered = points.OrderBy(point => point.Time + (ulong)random.Next(0, 20) * Second).SelectMany(point => Enumerable.Repeat(point, random.Next(1, 4)))
            .Select((point, at) => (point, at: at + (random.Next(4) == 0 ? random.Next(0, 6) : 0))).OrderBy(pair => pair.at).Select(pair => pair.point);
        var state = new SeriesState();
        Int128 sum = 0;
        foreach (var point in delivered)
        {
            var added = state.Advance(in point, Now, out var ignored);
            Assert.Null(ignored);
            Assert.True(added.In(1) >= 0);
            sum += added.In(1);
            state = random.Next(5) == 0 ? SeriesState.Read(state.ToBytes()) : state;
        }

        return sum;
    }
}
