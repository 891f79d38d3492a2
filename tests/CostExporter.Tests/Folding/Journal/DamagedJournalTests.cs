using System.Globalization;

namespace LlmTelemetry.CostExporter.Tests;

/// <summary>A small journal, cut off and changed at every byte: what is whole is used, and nothing is ever counted that was not recorded.</summary>
public sealed class DamagedJournalTests
{
    private const int RowTokens = 200;

    [Fact]
    public async Task Segment_cut_off_anywhere_gives_the_rows_before_the_cut()
    {
        await using var journal = new JournalUnderTest();
        var (segment, _) = await MakeAsync(journal);
        var whole = await File.ReadAllBytesAsync(segment, TestContext.Current.CancellationToken);
        var used = LastByte(whole) + 1;
        Int128 before = 0;
        for (var length = 0; length <= used; length++)
        {
            await File.WriteAllBytesAsync(segment, whole[..length], TestContext.Current.CancellationToken);
            var tokens = Tokens(Read(journal, out _));
            Assert.True(tokens >= before && tokens % (RowTokens / 2) == 0, $"{tokens} at {length}, {before} before");
            before = tokens;
        }

        Assert.Equal(5 * RowTokens, before);
    }

    [Fact]
    public async Task Segment_with_a_changed_byte_gives_all_rows_but_one_at_most()
    {
        await using var journal = new JournalUnderTest();
        var (segment, _) = await MakeAsync(journal);
        var whole = await File.ReadAllBytesAsync(segment, TestContext.Current.CancellationToken);
        var used = LastByte(whole) + 1;
        var harmed = 0;
        for (var at = 0; at < used; at++)
        {
            var bytes = whole.AsSpan().ToArray();
            bytes[at] ^= 0x41;
            await File.WriteAllBytesAsync(segment, bytes, TestContext.Current.CancellationToken);
            var tokens = Tokens(Read(journal, out _));
            Assert.InRange((long)tokens, 4 * RowTokens, 5 * RowTokens);
            harmed += tokens < 5 * RowTokens ? 1 : 0;
        }

        Assert.True(harmed > used / 10, $"{harmed} of {used} bytes mattered.");
    }

    [Fact]
    public async Task Snapshot_cut_off_anywhere_gives_the_frames_before_the_cut()
    {
        await using var journal = new JournalUnderTest();
        var (_, snapshot) = await MakeAsync(journal);
        var whole = await File.ReadAllBytesAsync(snapshot, TestContext.Current.CancellationToken);
        var counts = new List<int>();
        for (var length = 0; length <= whole.Length; length++)
        {
            counts.Add(JournalSnapshot.Read(whole.AsSpan(0, length), out _).Batches.Count);
        }

        Assert.Equal(counts.Order(), counts);
        Assert.Equal((0, 3), (counts[0], counts[^1]));
    }

    [Fact]
    public async Task Snapshot_with_a_changed_byte_gives_all_frames_but_one_and_says_so()
    {
        await using var journal = new JournalUnderTest();
        var (_, snapshot) = await MakeAsync(journal);
        var whole = await File.ReadAllBytesAsync(snapshot, TestContext.Current.CancellationToken);
        for (var at = 0; at < whole.Length; at++)
        {
            var bytes = whole.AsSpan().ToArray();
            bytes[at] ^= 0x41;

            var read = JournalSnapshot.Read(bytes, out var damaged);

            Assert.Equal((2, 1), (read.Batches.Count, damaged));
        }
    }

    [Fact]
    public async Task Whole_journal_is_read_without_a_word()
    {
        await using var journal = new JournalUnderTest();
        await MakeAsync(journal);

        var content = Read(journal, out var damaged);

        Assert.Equal((0, 3, 5), (damaged, content.Batches.Count, content.Loose.Count));
        Assert.Equal(["t0", "t1", "t2"], content.Batches.Select(b => b.Batch.Partition).Order());
    }

    [Fact]
    public async Task Damage_is_told_and_the_rest_is_sent()
    {
        await using var journal = new JournalUnderTest();
        var (segment, snapshot) = await MakeAsync(journal);
        foreach (var file in new[] { segment, snapshot })
        {
            var bytes = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
            bytes[200] ^= 1;
            await File.WriteAllBytesAsync(file, bytes, TestContext.Current.CancellationToken);
        }

        var sum = await journal.RecoverAsync();

        Assert.Equal((4 * RowTokens) + 20, sum);
        Assert.Contains(journal.Log.Lines, l => l.Text.StartsWith("2 places of the journal", StringComparison.Ordinal));
    }

    // Three numbered batches, one in each partition, that never arrived, and five rows of two calls each.
    private static async Task<(string Segment, string Snapshot)> MakeAsync(JournalUnderTest journal)
    {
        var exporter = await journal.StartAsync();
        journal.Store.IsDown = true;
        for (var i = 0; i < 3; i++)
        {
            journal.Call(exporter, tenant: "t" + i.ToString(CultureInfo.InvariantCulture), input: 10);
        }

        Assert.NotNull((await exporter.FlushAsync()).Error);
        for (var i = 0; i < 10; i++)
        {
            journal.Call(exporter, user: (i % 5).ToString(CultureInfo.InvariantCulture), input: RowTokens / 2);
        }

        journal.Kill(exporter);
        journal.Store.IsDown = false;
        var files = Directory.GetFiles(journal.Folder, "*", SearchOption.AllDirectories);
        return (files.Single(f => f.Contains("segment-", StringComparison.Ordinal)), files.Single(f => f.EndsWith("snapshot", StringComparison.Ordinal)));
    }

    private static JournalSnapshot Read(JournalUnderTest journal, out int damaged)
    {
        using var folder = Assert.Single(JournalFolder.TakeOver(journal.Folder, (_, _) => true));
        return JournalReader.Read(folder, out damaged);
    }

    private static Int128 Tokens(JournalSnapshot content) => content.Loose.Aggregate((Int128)0, (sum, row) => sum + row.Measures[32]);

    private static int LastByte(byte[] bytes) => Array.FindLastIndex(bytes, b => b != 0);
}
