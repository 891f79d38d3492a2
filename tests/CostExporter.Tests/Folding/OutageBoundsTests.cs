using System.Globalization;
using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter.Tests;

/// <summary>A store that is down while 1,000 calls come in each second over 10,000 keys.</summary>
public sealed class OutageBoundsTests
{
    private const int Keys = 10_000;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task Store_down_for_an_hour_keeps_no_more_rows_than_after_the_first_interval()
    {
        await using var exporter = await ExporterUnderTest.StartAsync(o => o.Interval = Interval);
        exporter.Store.IsDown = true;
        var calls = Templates();
        for (var interval = 0; interval < 360; interval++)
        {
            calls.ForEach(call => exporter.Hub.Publish(in call));
            exporter.Time.Advance(Interval);

            // What the first interval left is held in numbered batches; all that came since is one row for each key.
            Assert.Equal(interval == 0 ? Keys : 2 * Keys, exporter.Host.PendingRows);
        }

        exporter.Store.IsDown = false;
        await exporter.PassTimeUntilAsync(() => exporter.Host.PendingRows == 0, "everything arrives");
        Assert.Equal(360L * Keys, exporter.Store.Sum(SpendMeasure.Calls));
        Assert.Equal(2 * Keys / SpendBatch.MaxRows, exporter.Store.Sent.Distinct(ReferenceEqualityComparer.Instance).Count());
    }

    [Fact]
    public async Task Journal_stays_as_large_as_after_the_first_intervals_while_the_store_is_down()
    {
        await using var journal = new JournalUnderTest();
        var exporter = await journal.StartAsync(o => o.Interval = Interval);
        journal.Store.IsDown = true;
        var calls = Templates();
        var most = long.MaxValue;
        for (var interval = 0; interval < 20; interval++)
        {
            calls.ForEach(call => exporter.Hub.Publish(in call));
            journal.Time.Advance(Interval);
            Assert.Equal(interval == 0 ? Keys : 2 * Keys, exporter.Host.PendingRows);

            // The snapshot that replaces earlier files is written beside the calls.
            await ExporterUnderTest.UntilAsync(() => Size(journal) <= most, "the journal is as small again as after the first intervals");
            most = interval == 2 ? 2 * Size(journal) : most;
        }

        journal.Kill(exporter);
        journal.Store.IsDown = false;
        await journal.RecoverAsync();
        Assert.Equal(20L * Keys, journal.Store.Sum(SpendMeasure.Calls));
    }

    // A file may go between being listed and being asked.
    private static long Size(JournalUnderTest journal)
    {
        try
        {
            return Directory.GetFiles(journal.Folder, "*", SearchOption.AllDirectories).Sum(file => new FileInfo(file).Length);
        }
        catch (FileNotFoundException)
        {
            return long.MaxValue;
        }
    }

    private static List<UsageEvent> Templates() => [.. Enumerable.Range(0, Keys).Select(n => Calls.Make(user: n.ToString(CultureInfo.InvariantCulture)))];
}
