using System.Globalization;

namespace LlmTelemetry.CostExporter.Tests;

public sealed class BatchSequenceTests
{
    private const long DurableAfter = 5;

    private readonly BatchSequence _sequence;
    private int _instances;

    public BatchSequenceTests() => _sequence = new BatchSequence("p", () => "i" + (++_instances).ToString(CultureInfo.InvariantCulture), DurableAfter, now: 0);

    [Fact]
    public void Rows_are_numbered_from_1_in_batches_of_200()
    {
        _sequence.Add(Rows(450), since: 7);

        Assert.Equal(450, _sequence.PendingRows);
        Assert.Equal(7, _sequence.Since);
        Assert.Equal([(1L, 200), (2L, 200), (3L, 50)], Drain().Select(b => (b.Number, b.Rows.Count)));
        Assert.Equal(0, _sequence.PendingRows);
        Assert.Null(_sequence.Since);
    }

    [Fact]
    public void Rows_of_one_user_stand_together_however_they_were_folded()
    {
        // 60 users in turns, on ten models each.
        SpendRow[] mixed =
            [.. Enumerable.Range(0, 600).Select(i => new SpendRow(0, new DateOnly(2026, 11, 22), new SpendKey("p", $"m{i / 60}", $"u{i % 60}", null, null), new SpendMeasures()))];

        _sequence.Add(mixed, since: 1);
        var sent = Drain();

        Assert.Equal([20, 20, 20], sent.Select(b => b.Rows.Select(row => row.Key.User).Distinct().Count()));
        Assert.Equal(mixed.Select(row => row.Key).ToHashSet(), sent.SelectMany(b => b.Rows).Select(row => row.Key).ToHashSet());
    }

    [Fact]
    public void Same_object_is_next_until_the_store_answers()
    {
        _sequence.Add(Rows(1), since: 1);

        Assert.Same(_sequence.Next, _sequence.Next);
    }

    [Fact]
    public void Batch_that_was_applied_before_its_answer_was_lost_counts_as_sent()
    {
        _sequence.Add(Rows(3), since: 1);

        var step = _sequence.Take(new BatchReply(BatchStatus.AlreadyApplied, 1), at: 1);

        Assert.Equal(new Step(StepKind.Acknowledged, 3), step);
        Assert.Null(_sequence.Next);
    }

    [Fact]
    public void Gap_goes_back_to_the_batch_after_the_last_the_store_has()
    {
        _sequence.Add(Rows(800), since: 1);
        Apply(at: 1);
        Apply(at: 2);
        Apply(at: 3);

        var step = _sequence.Take(new BatchReply(BatchStatus.Gap, LastNumber: 1), at: 4);

        Assert.Equal(StepKind.WentBack, step.Kind);
        Assert.Equal(200, _sequence.PendingRows);
        Assert.Equal([("i1", 2L), ("i1", 3L), ("i1", 4L)], Drain().Select(b => (b.Instance, b.Number)));
    }

    [Fact]
    public void Batches_are_forgotten_once_a_later_answer_shows_that_they_reached_the_disk()
    {
        _sequence.Add(Rows(200), since: 1);
        Apply(at: 10);
        _sequence.Add(Rows(200), since: 1);
        Apply(at: 10 + DurableAfter);
        _sequence.Add(Rows(200), since: 1);

        // Batch 1 is gone; 2 was acknowledged just now and is still there.
        Assert.Equal(StepKind.WentBack, _sequence.Take(new BatchReply(BatchStatus.Gap, 1), at: 15).Kind);
        Assert.Equal(2, _sequence.Next!.Number);
    }

    [Fact]
    public void Batches_are_not_forgotten_by_time_alone()
    {
        _sequence.Add(Rows(1), since: 1);
        Apply(at: 1);
        _sequence.Add(Rows(1), since: 1);

        // The server died with the first one, and nobody asked it for an hour.
        Assert.Equal(StepKind.WentBack, _sequence.Take(new BatchReply(BatchStatus.Gap, 0), at: 3_600).Kind);
        Assert.Equal(1, _sequence.Next!.Number);
    }

    [Fact]
    public void Loss_of_forgotten_batches_is_told_and_the_rest_goes_on_under_a_new_instance()
    {
        _sequence.Add(Rows(350), since: 1);
        Apply(at: 1);
        Apply(at: 1);
        _sequence.Add(Rows(10), since: 2);
        Apply(at: 20);
        _sequence.Add(Rows(7), since: 3);

        var step = _sequence.Take(new BatchReply(BatchStatus.Gap, 0), at: 21);

        Assert.Equal(new Step(StepKind.StoreLost, 350), step);
        Assert.Equal(17, _sequence.PendingRows);
        Assert.Equal([("i2", 1L, 10), ("i2", 2L, 7)], Drain().Select(b => (b.Instance, b.Number, b.Rows.Count)));
        Assert.Equal(0, _sequence.PendingRows);
    }

    [Fact]
    public void Kept_batches_are_bounded()
    {
        _sequence.Add(Rows(SpendBatch.MaxRows * (BatchSequence.MaxKept + 10)), since: 1);
        while (_sequence.PendingRows > SpendBatch.MaxRows)
        {
            Apply(at: 1);
        }

        Assert.Equal(StepKind.WentBack, _sequence.Take(new BatchReply(BatchStatus.Gap, 9), at: 1).Kind);
        Assert.Equal(10, _sequence.Next!.Number);
        Assert.Equal(new Step(StepKind.StoreLost, SpendBatch.MaxRows), _sequence.Take(new BatchReply(BatchStatus.Gap, 8), at: 1));
    }

    [Fact]
    public void Quiet_sequence_asks_once_whether_the_store_still_has_the_last_batch()
    {
        _sequence.Add(Rows(5), since: 1);
        Apply(at: 1);
        _sequence.Confirm(at: 5);
        Assert.Null(_sequence.Next);

        _sequence.Confirm(at: 6);
        Assert.Equal(1, _sequence.Next!.Number);
        Assert.Equal(0, _sequence.PendingRows);
        Assert.Equal(StepKind.Repeated, _sequence.Take(new BatchReply(BatchStatus.AlreadyApplied, 1), at: 7).Kind);

        _sequence.Confirm(at: 100);
        Assert.Null(_sequence.Next);
    }

    [Fact]
    public void Batch_that_the_store_had_lost_is_asked_for_again_later()
    {
        _sequence.Add(Rows(5), since: 1);
        Apply(at: 1);
        _sequence.Confirm(at: 6);
        Apply(at: 7);

        _sequence.Confirm(at: 8);
        Assert.Null(_sequence.Next);
        _sequence.Confirm(at: 12);
        Assert.Equal(1, _sequence.Next!.Number);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    [InlineData(2)]
    public void Gap_that_contradicts_itself_is_a_failure_and_changes_nothing(long storeHas)
    {
        _sequence.Add(Rows(400), since: 1);
        Apply(at: 1);

        Assert.Throws<InvalidOperationException>(() => _sequence.Take(new BatchReply(BatchStatus.Gap, storeHas), at: 1));
        Assert.Equal(2, _sequence.Next!.Number);
    }

    [Theory]
    [InlineData(1, 0, 0.15)]
    [InlineData(1, 1, 0.25)]
    [InlineData(2, 0.5, 0.4)]
    [InlineData(7, 0.5, 10)]
    [InlineData(1_000_000, 0.5, 10)]
    public void Pause_doubles_up_to_ten_seconds(int failures, double chance, double seconds) =>
        Assert.Equal(seconds, Backoff.After(failures, chance).TotalSeconds, precision: 6);

    private static SpendRow[] Rows(int count) =>
        [.. Enumerable.Range(0, count).Select(i => new SpendRow(i, new DateOnly(2026, 11, 22), default, new SpendMeasures()))];

    private void Apply(long at) => _sequence.Take(new BatchReply(BatchStatus.Applied, _sequence.Next!.Number), at);

    private List<SpendBatch> Drain()
    {
        var sent = new List<SpendBatch>();
        while (_sequence.Next is { } batch)
        {
            sent.Add(batch);
            Apply(at: 4);
        }

        return sent;
    }
}
