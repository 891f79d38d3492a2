using System.Globalization;
using LlmTelemetry.CostExporter;
using LlmTelemetry.Usage;

namespace LlmTelemetry.Benchmarks;

/// <summary>1,000,000 calls over 10,000 keys until the last flush is acknowledged, against counters in Redis, on the same server in turns.</summary>
internal static class MillionCalls
{
    private const int Calls = 1_000_000;

    // Rates: the naive ways would take minutes for all of them.
    private const int AwaitedCalls = 20_000;
    private const int PipelinedCalls = 200_000;

    public static async Task PrintAsync(int rounds)
    {
        await using var store = await StoreUnderTest.RedisAsync("Redis", "--appendfsync", "everysec");
        var (exporter, recording, awaited, pipelined) = (new List<double>(), new List<double>(), new List<double>(), new List<double>());
        var (scripts, inside, recorded) = (0L, 0L, 0L);
        for (var i = 0; i <= rounds; i++)
        {
            recording.Add(Calls / await ExportAsync(store, RecordKeeping.Store));
            (recorded, _) = await RedisCommands.CountAsync(store.Redis!);
            exporter.Add(Calls / await ExportAsync(store, RecordKeeping.None));
            (scripts, inside) = await RedisCommands.CountAsync(store.Redis!);
            await store.EmptyAsync();
            await using var naive = await NaiveCounters.ConnectAsync(store.Redis!, keys: 10_000);
            awaited.Add(AwaitedCalls / await Rounds.SecondsAsync(() => naive.AwaitedAsync(AwaitedCalls)));
            pipelined.Add(PipelinedCalls / await Rounds.SecondsAsync(() => naive.PipelinedAsync(PipelinedCalls)));
            Console.Error.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"calls/s: exporter {exporter[^1]:N0}, with records {recording[^1]:N0}, awaited {awaited[^1]:N0}, pipelined {pipelined[^1]:N0}"));
        }

        var ours = Settled(exporter);
        var table = new MarkdownTable("way", "calls/s (median)", "min", "max", "commands sent for 1 M calls", "exporter is faster by");
        Add(table, "exporter, sums alone", ours, ours, scripts);
        Add(table, "exporter, with the last 10,000 records (the default)", Settled(recording), ours, recorded);
        Add(table, "INCRBY, EXPIRE, each awaited", Settled(awaited), ours, 2 * Calls);
        Add(table, "INCRBY, EXPIRE, 1,000 calls pipelined", Settled(pipelined), ours, 2 * Calls);
        table.Print(string.Create(
            CultureInfo.InvariantCulture,
            $"{Calls:N0} calls over 10,000 keys into Redis (AOF everysec), {rounds} rounds; the exporter's scripts called {inside:N0} commands inside Redis"));
    }

    private static async Task<double> ExportAsync(StoreUnderTest store, RecordKeeping records)
    {
        var load = new Load(users: 1_000, models: 10, DateTimeOffset.UtcNow);
        var hub = new UsageHub();
        await using var exporter = StoreUnderTest.Export(await store.EmptyAsync(), hub, new CostExporterOptions().Interval, records);
        await RedisCommands.ResetAsync(store.Redis!);
        return await Rounds.SecondsAsync(async () =>
        {
            for (var i = 0; i < Calls; i++)
            {
                hub.Publish(load.Next());
            }

            var flushed = await exporter.FlushAsync();
            if (flushed.Error is not null || flushed.PendingRows != 0)
            {
                throw new InvalidOperationException($"Not everything reached the store: {flushed}");
            }
        });
    }

    // Without the first round, which also pays for the compiler.
    private static Rounds Settled(List<double> values) => new(values[1..]);

    private static void Add(MarkdownTable table, string way, Rounds rate, Rounds ours, long commands) => table.Add(
        way, Whole(rate.Median), Whole(rate.Min), Whole(rate.Max), Whole(commands), (ours.Median / rate.Median).ToString("F1", CultureInfo.InvariantCulture) + "x");

    private static string Whole(double value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
