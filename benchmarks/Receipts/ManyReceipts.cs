using System.Globalization;
using LlmTelemetry.CostExporter;
using LlmTelemetry.Usage;

namespace LlmTelemetry.Benchmarks;

/// <summary>Books receipts of one shape as fast as they are answered; each must be booked.</summary>
internal static class ManyReceipts
{
    public const int AtOnce = 50;

    // Each source has its own states, so that receipts of one call do not wait for each other.
    private const int Shards = 16;
    private const int Calls = 4;
    private const int Users = 10_000;

    public static IReadOnlyList<Shape> Shapes { get; } =
    [
        new("200 rows, 200 ids", 200, 200, 0, 0), new("200 rows, 16 states of 20 KB", 200, 0, Shards, 20_000),
        new("10 rows, 1,000 ids", 10, 1_000, 0, 0), new("10 rows, 16 states of 20 KB", 10, 0, Shards, 20_000),
    ];

    public static async Task AddAsync(MarkdownTable table, StoreUnderTest store, Shape shape, int rounds)
    {
        await using var spend = SpendStores.Create(StoreAddress.Parse(await store.EmptyAsync()), new CostExporterOptions { StoreTimeout = TimeSpan.FromMinutes(1) }.ToStoreSettings());
        await spend.OpenAsync(CancellationToken.None);
        var load = new Receipts(spend.PartitionOf(default), shape);

        // The first round also pays for the compiler and for the rows that are not there yet.
        await BookAsync((IReceiptStore)spend, load.Next(Calls));
        var seconds = new List<double>();
        var (here, there) = (Environment.CpuUsage.TotalTime, await RedisSecondsAsync(store));
        for (var i = 0; i < rounds; i++)
        {
            var calls = load.Next(Calls);
            seconds.Add(await Rounds.SecondsAsync(() => BookAsync((IReceiptStore)spend, calls)));
            Console.Error.WriteLine($"{store.Name}, {shape.Name}: {seconds[^1]:F2} s");
        }

        var each = 1000.0 / (rounds * Calls * AtOnce);
        var perSecond = new Rounds([.. seconds.Select(one => Calls * AtOnce / one)]);
        table.Add(
            store.Name, shape.Name, Text(perSecond.Median), Text(perSecond.Min), Text(perSecond.Max), Text(perSecond.Median * shape.Rows), Text(perSecond.Median * shape.Ids),
            Text(perSecond.Median * shape.States * shape.StateBytes / 1e6), ((Environment.CpuUsage.TotalTime - here).TotalSeconds * each).ToString("F2", CultureInfo.InvariantCulture),
            store.Redis is null ? "-" : ((await RedisSecondsAsync(store) - there) * each).ToString("F2", CultureInfo.InvariantCulture));
    }

    private static async Task BookAsync(IReceiptStore store, SpendReceipt[][] calls)
    {
        foreach (var receipts in calls)
        {
            var replies = await store.BookAsync(receipts, CancellationToken.None);
            if (replies.Any(reply => reply.Status != ReceiptStatus.Booked))
            {
                throw new InvalidOperationException("A receipt was refused.");
            }
        }
    }

    private static async Task<double> RedisSecondsAsync(StoreUnderTest store) => store.Redis is { } redis ? await RedisCommands.ProcessorSecondsAsync(redis) : 0;

    private static string Text(double value) => value.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>What a receipt holds.</summary>
    internal sealed record Shape(string Name, int Rows, int Ids, int States, int StateBytes);

    // Made before the clock runs.
    private sealed class Receipts(string partition, Shape shape)
    {
        private readonly DateTimeOffset _now = DateTimeOffset.UtcNow;
        private readonly byte[] _state = new byte[shape.StateBytes];
        private int _user;
        private long _call;

        public SpendReceipt[][] Next(int calls)
        {
            Random.Shared.NextBytes(_state);
            return [.. Enumerable.Range(0, calls).Select(_ => Enumerable.Range(0, AtOnce).Select(i => Receipt(i, _call)).ToArray()).Select(receipts => (++_call, receipts).receipts)];
        }

        private SpendReceipt Receipt(int source, long version)
        {
            var day = DateOnly.FromDateTime(_now.UtcDateTime);
            return new SpendReceipt(
                partition,
                [.. Enumerable.Range(0, shape.Rows).Select(_ => new SpendRow(_now.ToUnixTimeSeconds() / 3600, day, new SpendKey("anthropic", "claude-sonnet-4-5", $"user-{_user++ % Users:D6}", null, "chat"), OneCall()))],
                [.. Enumerable.Range(0, shape.Ids).Select(_ => new ReceiptId(Guid.NewGuid(), day))],
                [.. Enumerable.Range(0, shape.States).Select(shard => new NextState($"9f86d081884c7d65-{source}/{shard}", version, _state))]);
        }

        private static SpendMeasures OneCall()
        {
            var measures = new SpendMeasures();
            measures.Add(SpendMeasure.Calls, 1);
            measures.Add(SpendMeasure.DurationMicros, 1_250_000);
            foreach (var (bucket, tokens) in new[] { (UsageBucket.Input, 1_200L), (UsageBucket.CacheRead, 800L), (UsageBucket.Output, 350L) })
            {
                measures.Add(SpendMeasure.Usage(bucket), tokens);
                measures.Add(SpendMeasure.Cost(bucket), tokens * 3_000_000);
            }

            return measures;
        }
    }
}
