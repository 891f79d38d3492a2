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
        var table = new MarkdownTable(
            "store", "empty, s (median)", "min", "max", "again, s (median)", "min", "max", "CPU here, s", "in Redis, s", "scripts", "inside them", "heap per row, B");
        await AddAsync(table, await StoreUnderTest.RedisAsync("Redis, no AOF", "--appendonly", "no"), rounds);
        await AddAsync(table, await StoreUnderTest.RedisAsync("Redis, AOF everysec", "--appendfsync", "everysec"), rounds);
        await AddAsync(table, await StoreUnderTest.RedisAsync("Redis, AOF always"), rounds);
        await AddAsync(table, StoreUnderTest.SqliteFile("SQLite file"), rounds);
        table.Print(string.Create(
            CultureInfo.InvariantCulture, $"Flush of {Users * Models:N0} distinct rows, {rounds} rounds; processor time, scripts and what they call are those of one flush into the empty store"));
    }

    private static async Task AddAsync(MarkdownTable table, StoreUnderTest store, int rounds)
    {
        await using var _ = store;
        var results = new List<Result>();

        // The first round also pays for the compiler, so it is not one of them.
        for (var i = 0; i <= rounds; i++)
        {
            results.Add(await MeasureAsync(store));
            Console.Error.WriteLine($"{store.Name}: {results[^1]}");
        }

        results.RemoveAt(0);
        string[] cells = [store.Name, .. Cells(results.Select(r => r.Empty.Seconds)), .. Cells(results.Select(r => r.Again.Seconds))];
        var cost = new Rounds([.. results.Select(r => r.Empty.ProcessorSeconds)]).Median;
        var redisCost = new Rounds([.. results.Select(r => r.Empty.RedisSeconds)]).Median;
        var last = results[^1];
        table.Add([
            .. cells, Text(cost, "F2"), store.Redis is null ? "-" : Text(redisCost, "F2"),
            store.Redis is null ? "-" : Text(last.Empty.Scripts, "N0"), store.Redis is null ? "-" : Text(last.Empty.Inside, "N0"), Text(last.HeapPerRow, "N0"),
        ]);
    }

    private static async Task<Result> MeasureAsync(StoreUnderTest store)
    {
        var load = new Load(Users, Models, DateTimeOffset.UtcNow);
        var hub = new UsageHub();
        await using var exporter = StoreUnderTest.Export(await store.EmptyAsync(), hub, Timeout.InfiniteTimeSpan);

        var before = GC.GetTotalMemory(forceFullCollection: true);
        RecordAll(load, hub);
        var heap = GC.GetTotalMemory(forceFullCollection: true) - before;
        var empty = await FlushAsync(exporter, store, load.Keys);
        RecordAll(load, hub);
        return new Result(empty, await FlushAsync(exporter, store, load.Keys), (double)heap / load.Keys);
    }

    private static void RecordAll(Load load, UsageHub hub)
    {
        for (var i = 0; i < load.Keys; i++)
        {
            hub.Publish(load.Next());
        }
    }

    private static async Task<Flush> FlushAsync(CostExporterHost exporter, StoreUnderTest store, long rows)
    {
        var redisBefore = 0.0;
        if (store.Redis is { } before)
        {
            await RedisCommands.ResetAsync(before);
            redisBefore = await RedisCommands.ProcessorSecondsAsync(before);
        }

        var processorBefore = Environment.CpuUsage.TotalTime;
        var seconds = await Rounds.SecondsAsync(async () =>
        {
            var flushed = await exporter.FlushAsync();
            if (flushed.Error is not null || flushed.PendingRows != 0 || flushed.SentRows != rows)
            {
                throw new InvalidOperationException($"Not all of {rows} rows reached the store: {flushed}");
            }
        });
        var processor = (Environment.CpuUsage.TotalTime - processorBefore).TotalSeconds;
        if (store.Redis is not { } redis)
        {
            return new Flush(seconds, processor, 0, 0, 0);
        }

        var (scripts, inside) = await RedisCommands.CountAsync(redis);
        return new Flush(seconds, processor, await RedisCommands.ProcessorSecondsAsync(redis) - redisBefore, scripts, inside);
    }

    private static IEnumerable<string> Cells(IEnumerable<double> seconds)
    {
        var rounds = new Rounds([.. seconds]);
        return [Text(rounds.Median, "F2"), Text(rounds.Min, "F2"), Text(rounds.Max, "F2")];
    }

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    private sealed record Flush(double Seconds, double ProcessorSeconds, double RedisSeconds, long Scripts, long Inside);

    private sealed record Result(Flush Empty, Flush Again, double HeapPerRow);
}
