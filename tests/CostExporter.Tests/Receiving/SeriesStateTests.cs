using static LlmTelemetry.CostExporter.Tests.Points;

namespace LlmTelemetry.CostExporter.Tests;

public sealed class SeriesStateTests
{
    private readonly SeriesState _state = new();

    [Fact]
    public void First_value_of_a_start_counts_whole_and_later_ones_by_what_they_are_more() =>
        Assert.Equal([5, 3, 0, 2], Added(Cumulative(Sum(5L), 1, 10), Cumulative(Sum(8L), 1, 20), Cumulative(Sum(8L), 1, 30), Cumulative(Sum(10L), 1, 40)));

    [Fact]
    public void Point_that_comes_twice_or_late_adds_nothing() =>
        Assert.Equal([5, 5, 0, 0, 1], Added(Cumulative(Sum(5L), 1, 10), Cumulative(Sum(10L), 1, 30), Cumulative(Sum(5L), 1, 10), Cumulative(Sum(7L), 1, 20), Cumulative(Sum(11L), 1, 40)));

    [Fact]
    public void Restart_counts_from_nothing_and_a_late_point_of_before_by_what_it_is_more() =>
        Assert.Equal([5, 2, 3, 0, 1], Added(Cumulative(Sum(5L), 1, 10), Cumulative(Sum(2L), 20, 30), Cumulative(Sum(8L), 1, 15), Cumulative(Sum(5L), 1, 10), Cumulative(Sum(3L), 20, 40)));

    [Fact]
    public void Processes_that_share_a_name_count_both() =>
        Assert.Equal([5, 100, 1, 1], Added(Cumulative(Sum(5L), 1, 10), Cumulative(Sum(100L), 2, 10), Cumulative(Sum(6L), 1, 20), Cumulative(Sum(101L), 2, 20)));

    [Theory]
    [InlineData(0UL)]
    [InlineData(1UL)]
    public void Value_that_falls_at_a_later_time_began_anew(ulong start) =>
        Assert.Equal([100, 7, 0, 0, 3], Added(
            Cumulative(Sum(100L), start, 10), Cumulative(Sum(7L), start, 20), Cumulative(Sum(100L), start, 10), Cumulative(Sum(7L), start, 20), Cumulative(Sum(10L), start, 30)));

    [Fact]
    public void Value_that_falls_without_a_later_time_adds_nothing() =>
        Assert.Equal([100, 0, 0], Added(Cumulative(Sum(100L), 0, 10), Cumulative(Sum(7L), 0, 10), Cumulative(Sum(7L), 0, 0)));

    [Fact]
    public void Clock_that_was_put_back_loses_nothing() =>
        Assert.Equal([100, 7], Added(Cumulative(Sum(100L), 1, 1_000), Cumulative(Sum(107L), 1, 500)));

    [Fact]
    public void Time_beyond_belief_does_not_hide_a_later_reset() =>
        Assert.Equal([100, 1, 5], Added(Cumulative(Sum(100L), 0, At(60)), Cumulative(Sum(101L), 0, ulong.MaxValue), Cumulative(Sum(5L), 0, At(0))));

    [Fact]
    public void Histogram_goes_forward_by_count_and_sum_together()
    {
        Assert.Equal((30, 3L), Advance(Cumulative(Sum(30.0, 3), 1, 10)));
        Assert.Equal((20, 1L), Advance(Cumulative(Sum(50.0, 4), 1, 20)));
        Assert.Equal((0, 1L), Advance(Cumulative(Sum(50.0, 5), 1, 30))); // A call without tokens.
        Assert.Equal((0, 0L), Advance(Cumulative(Sum(40.0, 5), 1, 30)));
        Assert.Equal((20, 6L), Advance(Cumulative(Sum(20.0, 6), 1, 40))); // More calls and fewer tokens: it began anew.
        Assert.Equal((900, 2L), Advance(Cumulative(Sum(900.0, 2), 1, 50)));
    }

    [Fact]
    public void Sum_of_doubles_that_falls_by_what_their_order_loses_did_not_begin_anew()
    {
        _state.Advance(Cumulative(Sum(0.1 + 0.2 + 0.3, 3), 1, 10), Now, out _);

        Assert.Equal((0, 1L), Advance(Cumulative(Sum(0.3 + 0.2 + 0.1, 4), 1, 20)));
        Assert.Equal(Sum(1.5).In(1_000_000_000_000) - Sum(0.1 + 0.2 + 0.3).In(1_000_000_000_000), _state.Advance(Cumulative(Sum(1.5, 5), 1, 30), Now, out _).In(1_000_000_000_000));
    }

    [Fact]
    public void Zero_is_not_remembered_before_there_is_something()
    {
        Assert.Equal((0, 0L), Advance(Cumulative(Sum(0L), 1, 10)));
        Assert.Equal(2, _state.ToBytes().Length);
        Assert.Equal((4, 0L), Advance(Cumulative(Sum(4L), 1, 20)));
    }

    [Fact]
    public void Ninth_start_drives_out_the_one_not_heard_of_longest_whose_late_points_are_told()
    {
        for (ulong start = 1; start <= 8; start++)
        {
            Advance(Cumulative(Sum(10L), start, 100));
        }

        Advance(Cumulative(Sum(11L), 1, 200)); // Heard of again: now the second one is the oldest.
        Assert.Equal((10, 0L), Advance(Cumulative(Sum(10L), 9, 300)));

        Assert.Equal((1, 0L), Advance(Cumulative(Sum(12L), 1, 400)));
        Assert.Equal(default, _state.Advance(Cumulative(Sum(50L), 2, 400), Now, out var ignored));
        Assert.Equal("too_old", ignored);
        Assert.Equal((1, 0L), Advance(Cumulative(Sum(11L), 3, 400)));
    }

    [Fact]
    public void Sum_that_says_no_start_is_never_driven_out()
    {
        Advance(Cumulative(Sum(10L), 0, 100));
        for (ulong start = 1; start <= 20; start++)
        {
            Assert.Equal((10, 0L), Advance(Cumulative(Sum(10L), start, 100)));
        }

        Assert.Equal((1, 0L), Advance(Cumulative(Sum(11L), 0, 200)));
    }

    [Fact]
    public void Delta_counts_each_interval_once_in_any_order() =>
        Assert.Equal([5, 3, 2, 0, 0], Added(Delta(Sum(5L), 10, 20), Delta(Sum(3L), 30, 40), Delta(Sum(2L), 20, 30), Delta(Sum(3L), 30, 40), Delta(Sum(5L), 10, 20)));

    [Fact]
    public void Deltas_of_two_processes_count_both() => Assert.Equal([5, 7, 0], Added(Delta(Sum(5L), 10, 20), Delta(Sum(7L), 11, 20), Delta(Sum(7L), 11, 20)));

    [Fact]
    public void Delta_without_a_start_is_known_by_its_time() => Assert.Equal([5, 7, 0], Added(Delta(Sum(5L), 0, 20), Delta(Sum(7L), 0, 30), Delta(Sum(5L), 0, 20)));

    [Fact]
    public void Delta_older_than_what_is_remembered_is_told()
    {
        for (ulong i = 1; i <= 40; i++)
        {
            Assert.Equal((1, 0L), Advance(Delta(Sum(1L), i * 10, (i * 10) + 10)));
        }

        foreach (var old in new[] { Delta(Sum(1L), 10, 20), Delta(Sum(1L), 0, 90), Delta(Sum(1L), 0, 0) })
        {
            Assert.Equal(default, _state.Advance(in old, Now, out var ignored));
            Assert.Equal("too_old", ignored);
        }

        Assert.Equal((0, 0L), Advance(Delta(Sum(1L), 90, 100))); // One of the last 32: known, so not told.
        Assert.Equal((1, 0L), Advance(Delta(Sum(1L), 95, 100)));
    }

    [Fact]
    public void Full_shard_refuses_new_series_until_one_was_silent_for_long()
    {
        for (uint i = 1; i <= SeriesState.MaxSeries; i++)
        {
            _state.Advance(Cumulative(Sum(1L), 1, 10, i), i == 7 ? Now : Now.AddDays(20), out _);
        }

        Assert.Equal(default, _state.Advance(Cumulative(Sum(9L), 1, 10, 9_999), Now.AddDays(39), out var ignored));
        Assert.Equal("cardinality", ignored);
        Assert.Equal(2, _state.Advance(Cumulative(Sum(3L), 1, 10, 8), Now.AddDays(39), out _).In(1));

        Assert.Equal(9, _state.Advance(Cumulative(Sum(9L), 1, 10, 9_999), Now.AddDays(41), out ignored).In(1));
        Assert.Null(ignored);
        Assert.Equal(default, _state.Advance(Cumulative(Sum(1L), 1, 10, 9_998), Now.AddDays(41), out ignored));
        Assert.Equal("cardinality", ignored);
    }

    [Fact]
    public void State_is_to_be_written_when_something_was_taken_in_and_once_an_hour()
    {
        Advance(Cumulative(Sum(1L), 1, 10));
        Assert.True(_state.IsChanged);
        _state.ToBytes();

        Advance(Cumulative(Sum(1L), 1, 20));
        Assert.False(_state.IsChanged);
        _state.Advance(Cumulative(Sum(1L), 1, 30), Now.AddHours(1), out _);
        Assert.True(_state.IsChanged);
    }

    [Fact]
    public void Cumulative_series_takes_about_forty_bytes()
    {
        for (uint i = 1; i <= 1_000; i++)
        {
            _state.Advance(Cumulative(Sum(i * 1_000L), At(86_400), At(i), i), Now, out _);
        }

        Assert.InRange(_state.ToBytes().Length, 30_000, 44_000);
    }

    private (Int128 Sum, long Count) Advance(ReceivedPoint point)
    {
        var added = _state.Advance(in point, Now, out var ignored);
        Assert.Null(ignored);
        return (added.In(1), added.Count);
    }
}
