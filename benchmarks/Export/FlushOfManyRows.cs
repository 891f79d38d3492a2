using System.Globalization;
using LlmTelemetry.CostExporter;
using LlmTelemetry.Usage;

namespace LlmTelemetry.Benchmarks;

/// <summary>100,000 pending rows into each store: an empty one, and once more into the rows that are there.</summary>
internal static class FlushOfManyRows
{
    private const int Users = 10_000;
    private const int Models = 10;

    public static async Task PrintAsync(int rounds)
    {
        var table = new MarkdownTable("store", "empty, s (median)", "min", "max", "again, s (median)", "min", "max", "scripts", "inside them", "heap per row, B");
        await AddAsync(table, await StoreUnderTest.RedisAsync("Redis, no AOF", "--appendonly", "no"), rounds);
        await AddAsync(table, await StoreUnderTest.RedisAsync("Redis, AOF everysec", "--appendfsync", "everysec"), rounds);
        await AddAsync(table, await StoreUnderTest.RedisAsync("Redis, AOF always"), rounds);
        await AddAsync(table, StoreUnderTest.SqliteFile("SQLite file"), rounds);
        table.Print(string.Create(CultureInfo.InvariantCulture, $"Flush of {Users * Models:N0} distinct rows, {rounds} rounds"));
    }

    private static async Task AddAsync(MarkdownTable table, StoreUnderTest store, int rounds)
    {
        await using var _ = store;
        var results = new List<Result>();

        // The first round also pays for the compiler, so it is not one of them.
        for (var i = 0; i <= rounds; i++)
        {
            results.Add(await MeasureAsync(store));
            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{store.Name}: {results[^1].Empty:F2} s, again {results[^1].Again:F2} s"));
        }

        results.RemoveAt(0);
        var empty = new Rounds([.. results.Select(r => r.Empty)]);
        var again = new Rounds([.. results.Select(r => r.Again)]);
        table.Add(
            store.Name, Seconds(empty.Median), Seconds(empty.Min), Seconds(empty.Max), Seconds(again.Median), Seconds(again.Min), Seconds(again.Max),
            Whole(store.Redis, results[^1].Scripts), Whole(store.Redis, results[^1].Inside), results[^1].HeapPerRow.ToString("N0", CultureInfo.InvariantCulture));
    }

    private static async Task<Result> MeasureAsync(StoreUnderTest store)
    {
        var load = new Load(Users, Models, DateTimeOffset.UtcNow);
        var hub = new UsageHub();
        await using var exporter = StoreUnderTest.Export(await store.EmptyAsync(), hub, Timeout.InfiniteTimeSpan);

        var before = GC.GetTotalMemory(forceFullCollection: true);
        RecordAll(load, hub);
        var heap = GC.GetTotalMemory(forceFullCollection: true) - before;
        var (scripts, inside) = (0L, 0L);
        if (store.Redis is { } redis)
        {
            await RedisCommands.ResetAsync(redis);
        }

        var empty = await FlushAsync(exporter, load.Keys);
        if (store.Redis is { } again)
        {
            (scripts, inside) = await RedisCommands.CountAsync(again);
        }

        RecordAll(load, hub);
        return new Result(empty, await FlushAsync(exporter, load.Keys), scripts, inside, (double)heap / load.Keys);
    }

    private static void RecordAll(Load load, UsageHub hub)
    {
        for (var i = 0; i < load.Keys; i++)
        {
            hub.Publish(load.Next());
        }
    }

    private static Task<double> FlushAsync(CostExporterHost exporter, long rows) => Rounds.SecondsAsync(async () =>
    {
        var flushed = await exporter.FlushAsync();
        if (flushed.Error is not null || flushed.PendingRows != 0 || flushed.SentRows != rows)
        {
            throw new InvalidOperationException($"Not all of {rows} rows reached the store: {flushed}");
        }
    });

    private static string Seconds(double value) => value.ToString("F2", CultureInfo.InvariantCulture);

    private static string Whole(TestKit.RedisServer? redis, long value) => redis is null ? "-" : value.ToString("N0", CultureInfo.InvariantCulture);

    private sealed record Result(double Empty, double Again, long Scripts, long Inside, double HeapPerRow);
}
