using System.Globalization;
using LlmTelemetry.TestKit;
using Microsoft.Extensions.Logging;

namespace LlmTelemetry.CostExporter.Tests;

public sealed class JournalTests
{
    [Fact]
    public async Task What_was_folded_and_never_flushed_is_sent_by_the_next_start()
    {
        await using var journal = new JournalUnderTest();
        var dead = await journal.StartAsync();
        for (var i = 0; i < 500; i++)
        {
            journal.Call(dead, user: (i % 7).ToString(CultureInfo.InvariantCulture), tenant: i % 2 == 0 ? "acme" : null, input: i);
        }

        journal.Kill(dead);

        Assert.Equal(journal.Tokens, await journal.RecoverAsync());
        Assert.Equal(500, journal.Store.Sum(SpendMeasure.Calls));
        Assert.Empty(Directory.GetFileSystemEntries(journal.Folder));
    }

    [Fact]
    public async Task Every_part_of_a_row_comes_back_as_it_was()
    {
        await using var journal = new JournalUnderTest();
        var dead = await journal.StartAsync(o => (o.TimeZone, o.Tags) = (TimeZoneInfo.FindSystemTimeZoneById("Asia/Kolkata"), ["plan"]));
        var call = Calls.Make(user: "ü|{}%\u0394", tenant: "", at: Calls.Noon.AddMinutes(31), input: long.MaxValue, picoPerInput: 75_000_000, outcome: CallOutcomeOf(2), charge: (Int128)1 << 70) with
        {
            Attribution = new Usage.Attribution("ü|{}%\u0394", "", "f", "conversation", "session", "gold", new Dictionary<string, string> { ["plan"] = "pro|a=b" }),
        };
        for (var i = 0; i < 3; i++)
        {
            dead.Hub.Publish(in call);
        }

        dead.Hub.Publish(new Usage.MetricEvent("rating", -0.1, "{point}", call.EndedAt, call.Attribution, [new("kind", "even")]));
        var expected = dead.Host.Folder.Drain(out _).ToDictionary(r => (r.Hour, r.Day, r.Key), r => r.Measures);
        Assert.Equal(2, expected.Count);

        // Drained behind the exporter's back: the journal does not know, and holds them still.
        journal.Kill(dead);
        await journal.RecoverAsync();

        Assert.Equal(expected.Keys.ToHashSet(), journal.Store.Rows.Keys.ToHashSet());
        Assert.All(expected, row =>
        {
            var found = journal.Store.Rows[row.Key];
            Assert.Equal(row.Value.Seen, found.Seen);
            Assert.Equal(Enumerable.Range(0, row.Value.Count).Select(row.Value.At), Enumerable.Range(0, found.Count).Select(found.At));
        });
    }

    [Fact]
    public async Task Row_that_outgrows_its_place_counts_once()
    {
        await using var journal = new JournalUnderTest();
        var dead = await journal.StartAsync();
        foreach (var outcome in new[] { 0, 1, 2, 3, 0 })
        {
            // More measures with each of them: another place after the eighth.
            var call = Calls.Make(outcome: CallOutcomeOf(outcome), charge: outcome, inconsistent: outcome == 3, quality: outcome == 2 ? Usage.CostQuality.Partial : Usage.CostQuality.Reported);
            dead.Hub.Publish(in call);
        }

        journal.Kill(dead);
        await journal.RecoverAsync();

        Assert.Equal(5, journal.Store.Sum(SpendMeasure.Calls));
        Assert.Equal(1, journal.Store.Sum(SpendMeasure.Abandoned));
        Assert.Equal(500, journal.Store.Sum(32));
    }

    [Theory]
    [InlineData(Fault.Refuse)]
    [InlineData(Fault.ApplyAndLoseTheAnswer)]
    public async Task Batch_whose_answer_was_unknown_at_the_kill_is_sent_again_under_its_number(object fault)
    {
        await using var journal = new JournalUnderTest();
        var dead = await journal.StartAsync();
        journal.Store.Meet([.. Enumerable.Repeat((Fault)fault, 1)]);
        journal.Call(dead, input: 3);
        Assert.NotNull((await dead.FlushAsync()).Error);
        journal.Call(dead, user: "bob", input: 4);

        journal.Kill(dead);

        Assert.Equal(7, await journal.RecoverAsync());
        Assert.Equal(2, journal.Store.Sum(SpendMeasure.Calls));
    }

    [Fact]
    public async Task Rows_that_wait_behind_a_stuck_batch_count_once()
    {
        await using var journal = new JournalUnderTest();
        var dead = await journal.StartAsync();
        journal.Store.DownPartition = "t1";
        for (var round = 0; round < 5; round++)
        {
            journal.Call(dead, tenant: "t1", input: 1);
            journal.Call(dead, tenant: "t2", input: 10);
            Assert.NotNull((await dead.FlushAsync()).Error);
        }

        journal.Call(dead, tenant: "t1", input: 1);
        journal.Kill(dead);
        journal.Store.DownPartition = null;

        Assert.Equal(56, await journal.RecoverAsync());
    }

    [Fact]
    public async Task Batches_that_were_numbered_anew_are_sent_under_their_new_numbers()
    {
        await using var journal = new JournalUnderTest();
        var dead = await journal.StartAsync();
        for (var i = 0; i < 3; i++)
        {
            journal.Call(dead, input: 1);
            Assert.Null((await dead.FlushAsync()).Error);
            journal.Time.Advance(TimeSpan.FromSeconds(6));
        }

        // Emptied: what is not held any more is lost, the rest gets other numbers; and now the last answer is lost too.
        journal.Store.LoseLast(int.MaxValue);
        journal.Store.Meet(Fault.None, Fault.ApplyAndLoseTheAnswer);
        journal.Call(dead, input: 10);
        Assert.NotNull((await dead.FlushAsync()).Error);
        journal.Kill(dead);

        Assert.Equal(11, await journal.RecoverAsync());
    }

    [Fact]
    public async Task Exporter_that_dies_while_it_replays_leaves_the_same_numbers_to_the_next()
    {
        await using var journal = new JournalUnderTest();
        var first = await journal.StartAsync();
        for (var i = 0; i < 450; i++)
        {
            journal.Call(first, user: i.ToString(CultureInfo.InvariantCulture), input: 1);
        }

        journal.Kill(first);
        for (var deaths = 0; deaths < 4; deaths++)
        {
            // Each applies a batch more, and hears of none.
            journal.Store.Meet([.. Enumerable.Repeat(Fault.None, deaths), Fault.ApplyAndLoseTheAnswer]);
            var next = await journal.StartAsync();
            await ExporterUnderTest.UntilAsync(() => journal.Store.Sent.Count > deaths, "a batch is sent");
            journal.Kill(next);
        }

        journal.Store.MeetNoMore();
        Assert.Equal(450, await journal.RecoverAsync());
        Assert.Single(journal.Store.Sent.Select(b => b.Instance).Distinct());
    }

    [Fact]
    public async Task Clean_end_with_everything_acknowledged_leaves_no_folder()
    {
        await using var journal = new JournalUnderTest();
        await using (var exporter = await journal.StartAsync())
        {
            journal.Call(exporter);
            Assert.NotEmpty(Directory.GetFileSystemEntries(journal.Folder));
        }

        Assert.Empty(Directory.GetFileSystemEntries(journal.Folder));
        Assert.Equal(100, journal.Store.Sum(32));
    }

    [Fact]
    public async Task End_without_the_store_leaves_everything_to_the_next_start_and_drops_nothing()
    {
        await using var journal = new JournalUnderTest();
        journal.Store.IsDown = true;
        var exporter = await journal.StartAsync();
        journal.Call(exporter, input: 1);
        await exporter.FlushAsync();
        journal.Call(exporter, input: 2);
        var ending = exporter.DisposeAsync().AsTask();
        await ExporterUnderTest.UntilAsync(
            () =>
            {
                journal.Time.Advance(TimeSpan.FromSeconds(0.5));
                return ending.IsCompleted;
            },
            "it ends");

        Assert.Contains(journal.Log.Lines, l => l.Level == LogLevel.Warning && l.Text.Contains("journal keeps them", StringComparison.Ordinal));
        journal.Store.IsDown = false;
        Assert.Equal(3, await journal.RecoverAsync());
    }

    [Fact]
    public async Task Two_starts_at_once_replay_a_journal_once()
    {
        await using var journal = new JournalUnderTest();
        var dead = await journal.StartAsync();
        for (var i = 0; i < 50; i++)
        {
            journal.Call(dead, user: i.ToString(CultureInfo.InvariantCulture), input: i);
        }

        journal.Kill(dead);
        var both = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => journal.StartAsync())));
        foreach (var exporter in both)
        {
            await exporter.FlushAsync();
        }

        Assert.Equal(journal.Tokens, journal.Store.Sum(32));
        foreach (var exporter in both)
        {
            await exporter.DisposeAsync();
        }

        Assert.Equal(journal.Tokens, journal.Store.Sum(32));
        Assert.Empty(Directory.GetFileSystemEntries(journal.Folder));
    }

    [Fact]
    public async Task Living_exporters_journal_is_nobody_elses()
    {
        await using var journal = new JournalUnderTest();
        await using var one = await journal.StartAsync();
        journal.Call(one, input: 5);
        await using (var two = await journal.StartAsync())
        {
            await two.FlushAsync();
            Assert.Equal(0, journal.Store.Sum(32));
        }

        await one.FlushAsync();
        Assert.Equal(5, journal.Store.Sum(32));
    }

    [Fact]
    public async Task Journal_for_another_store_stays_where_it_is_and_is_told_once()
    {
        await using var journal = new JournalUnderTest();
        var dead = await journal.StartAsync();
        journal.Call(dead, input: 5);
        journal.Kill(dead);
        await using (var other = await journal.StartAsync(o => o.Store = "sqlite:other.db"))
        {
            journal.Time.Advance(TimeSpan.FromMinutes(5));
            await other.FlushAsync();
        }

        Assert.Equal(0, journal.Store.Sum(32));
        Assert.Single(journal.Log.Lines, l => l.Level == LogLevel.Warning && l.Text.Contains("another store", StringComparison.Ordinal));
        Assert.Equal(5, await journal.RecoverAsync());
    }

    [Fact]
    public async Task Batches_older_than_the_stores_memory_are_dropped_and_rows_without_a_number_are_not()
    {
        await using var journal = new JournalUnderTest();
        var dead = await journal.StartAsync();
        journal.Store.Meet(Fault.ApplyAndLoseTheAnswer);
        journal.Call(dead, input: 1);
        Assert.NotNull((await dead.FlushAsync()).Error);
        journal.Call(dead, input: 10);
        journal.Kill(dead);
        journal.Store.LoseLast(int.MaxValue);
        journal.Time.Advance(TimeSpan.FromDays(31));

        Assert.Equal(10, await journal.RecoverAsync());
        Assert.Contains(journal.Log.Lines, l => l.Level == LogLevel.Error && l.Text.Contains("1 rows in batches so old", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Full_journal_breaks_neither_calls_nor_flushes_and_is_told_once_per_change()
    {
        await using var journal = new JournalUnderTest();
        await using var exporter = await journal.StartAsync(o => o.JournalMaxBytes = 1 << 20);
        for (var i = 0; i < 6_000; i++)
        {
            journal.Call(exporter, user: i.ToString(CultureInfo.InvariantCulture), input: i);
        }

        await ExporterUnderTest.UntilAsync(() => journal.Log.Lines.Any(l => l.Text.Contains("cannot hold everything", StringComparison.Ordinal)), "the limit is told");
        Assert.InRange(Directory.GetFiles(journal.Folder, "*", SearchOption.AllDirectories).Sum(f => new FileInfo(f).Length), 1, 1 << 20);
        Assert.Null((await exporter.FlushAsync()).Error);
        Assert.Equal(journal.Tokens, journal.Store.Sum(32));

        // As soon as the store has surely kept what was too much.
        for (var i = 0; i < 3; i++)
        {
            journal.Time.Advance(TimeSpan.FromSeconds(10));
            journal.Call(exporter, input: 1);
            Assert.Null((await exporter.FlushAsync()).Error);
        }

        Assert.Equal([LogLevel.Warning, LogLevel.Information], journal.Log.Lines.Where(l => l.Text.Contains("everything that is pending", StringComparison.Ordinal)).Select(l => l.Level));
    }

    [Fact]
    public async Task Vanished_folder_breaks_nothing_and_the_journal_goes_on_in_a_new_one()
    {
        await using var journal = new JournalUnderTest();
        var exporter = await journal.StartAsync();
        journal.Call(exporter, input: 1);
        Directory.Delete(journal.Folder, recursive: true);
        journal.Call(exporter, input: 2);
        Assert.Null((await exporter.FlushAsync()).Error);
        journal.Call(exporter, input: 4);

        journal.Kill(exporter);

        Assert.Equal(7, await journal.RecoverAsync());
    }

    [Fact]
    public async Task Folder_that_becomes_a_file_breaks_nothing()
    {
        await using var journal = new JournalUnderTest();
        await using var exporter = await journal.StartAsync();
        journal.Call(exporter, input: 1);
        Directory.Delete(journal.Folder, recursive: true);
        await File.WriteAllTextAsync(journal.Folder, "in the way", TestContext.Current.CancellationToken);
        journal.Call(exporter, input: 2);
        Assert.Null((await exporter.FlushAsync()).Error);
        journal.Call(exporter, input: 4);
        Assert.Null((await exporter.FlushAsync()).Error);

        Assert.Equal(7, journal.Store.Sum(32));
        Assert.Contains(journal.Log.Lines, l => l.Level == LogLevel.Warning && l.Text.Contains("cannot hold everything", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Setting_that_names_a_file_fails_at_the_start_with_what_would_be_right()
    {
        await using var journal = new JournalUnderTest();
        var file = Path.Combine(journal.Root, "file");
        await File.WriteAllTextAsync(file, "", TestContext.Current.CancellationToken);

        var refusal = await Assert.ThrowsAsync<ArgumentException>(() => journal.StartAsync(o => o.Journal = file));

        Assert.Contains($"Journal '{file}'", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("a folder on a local disk", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("..", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("Journal ' '", Assert.Throws<ArgumentException>(() => new CostExporterOptions { Journal = " " }).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Known_key_does_not_allocate_with_a_journal_either()
    {
        await using var journal = new JournalUnderTest();
        await using var exporter = await journal.StartAsync();
        var call = Calls.Make();
        exporter.Hub.Publish(in call);

        await Eventually.HoldsAsync(() => Task.FromResult(AllocatedBy(exporter.Host.Folder, call) == 0), "1,000 records without a byte", TimeSpan.FromSeconds(20));
    }

    private static Usage.CallOutcome CallOutcomeOf(int number) => (Usage.CallOutcome)number;

    private static long AllocatedBy(SpendFolder folder, in Usage.UsageEvent call)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++)
        {
            folder.Record(in call);
        }

        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
