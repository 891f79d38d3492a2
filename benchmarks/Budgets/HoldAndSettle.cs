using System.Diagnostics;
using System.Globalization;
using LlmTelemetry.Budgets;
using LlmTelemetry.CostExporter;
using LlmTelemetry.TestKit;

namespace LlmTelemetry.Benchmarks;

/// <summary>64 callers, each of which holds and settles call after call on a local Redis over one connection, with more and more limits at once.</summary>
internal static class HoldAndSettle
{
    private const int Callers = 64;
    private const int Calls = 100_000;

    private static readonly (string Name, string[] Arguments)[] Persistence = [("everysec", ["--appendfsync", "everysec"]), ("none", ["--appendonly", "no"])];

    public static async Task PrintAsync(int rounds)
    {
        var table = new MarkdownTable(
            "AOF", "limits", "calls/s (median)", "min", "max", "p50, ms", "p99, ms", "scripts sent per call", "inside them", "CPU in Redis per call, us");
        foreach (var (name, arguments) in Persistence)
        {
            await using var redis = await RedisServer.StartAsync(arguments);
            foreach (var limits in new[] { 1, 2, 4, 8 })
            {
                var results = new List<Result>();

                // The first round also pays for the compiler.
                for (var i = 0; i <= rounds; i++)
                {
                    await redis.CommandAsync("FLUSHALL");
                    results.Add(await MeasureAsync(redis, limits));
                    Console.Error.WriteLine($"AOF {name}, {limits} limits: {results[^1]}");
                }

                results.RemoveAt(0);
                var rate = new Rounds([.. results.Select(r => Calls / r.Seconds)]);
                table.Add(
                    name, Text(limits, "N0"), Text(rate.Median, "N0"), Text(rate.Min, "N0"), Text(rate.Max, "N0"), Text(Median(results, r => r.P50), "F2"),
                    Text(Median(results, r => r.P99), "F2"), Text(Median(results, r => (double)r.Sent / Calls), "F2"),
                    Text(Median(results, r => (double)r.Inside / Calls), "F1"), Text(Median(results, r => r.RedisSeconds * 1e6 / Calls), "F1"));
            }
        }

        table.Print(string.Create(
            CultureInfo.InvariantCulture, $"Hold and settle, {Calls:N0} calls of {Callers} callers on one local Redis, {rounds} rounds; the times are of a call's hold and settlement together"));
    }

    private static async Task<Result> MeasureAsync(RedisServer redis, int limits)
    {
        await using var ledger = new RedisBudgetLedger(StoreAddress.Parse(redis.Address).Redis!, "llm", TimeSpan.FromSeconds(10), TimeProvider.System);
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        await RedisCommands.ResetAsync(redis);
        var processor = await RedisCommands.ProcessorSecondsAsync(redis);
        var times = new double[Calls];
        var next = -1;
        var seconds = await Rounds.SecondsAsync(() => Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => Task.Run(async () =>
        {
            for (var call = Interlocked.Increment(ref next); call < Calls; call = Interlocked.Increment(ref next))
            {
                var start = Stopwatch.GetTimestamp();
                await CallAsync(ledger, LinesOf(call, limits, now));
                times[call] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            }
        }))));
        Array.Sort(times);
        processor = await RedisCommands.ProcessorSecondsAsync(redis) - processor;
        var (sent, inside) = await RedisCommands.CountAsync(redis);
        return new Result(seconds, times[Calls / 2], times[Calls / 100 * 99], sent, inside, processor);
    }

    private static async Task CallAsync(RedisBudgetLedger ledger, LedgerLine[] lines)
    {
        var id = Guid.NewGuid();
        var held = await ledger.HoldAsync(new HoldRequest(id, TimeSpan.FromMinutes(15), lines), CancellationToken.None);
        var settled = await ledger.SettleAsync(new Settlement(id, [.. lines.Select(line => new ChargeLine(line, line.Amount / 2, 1))], HoldKnown.Placed), CancellationToken.None);
        if (held.Status != LedgerStatus.Done || settled.Status != LedgerStatus.Done)
        {
            throw new InvalidOperationException($"The ledger did not take the call: {held.Status}, {settled.Status}.");
        }
    }

    // As a gateway has them: the user's minute, hour and day, the tenant's month, the model's minute, all calls' day, the feature's day, the tier's month.
    private static LedgerLine[] LinesOf(int call, int limits, long now)
    {
        var (minute, hour) = (new LedgerSpan(SpanKind.Sliding, Length: 60_000), new LedgerSpan(SpanKind.Sliding, Length: 3_600_000));
        var (day, month) = (new LedgerSpan(SpanKind.Calendar, now - 43_200_000, now + 43_200_000), new LedgerSpan(SpanKind.Calendar, now - 1_296_000_000, now + 1_296_000_000));
        var user = string.Create(CultureInfo.InvariantCulture, $"user-{call % 1_000:D6}");
        LedgerLine[] lines =
        [
            Line("tier.requests_per_minute|requests|minute", user, minute, 1), Line("daily|usd|day", user, day, 2_500_000), Line("tier.tokens_per_hour|tokens|hour", user, hour, 5_000),
            Line("monthly|usd|month", "acme", month, 2_500_000), Line("model|tokens|minute", "gpt-5", minute, 5_000), Line("all|usd|day", "", day, 2_500_000),
            Line("feature|usd|day", "chat", day, 2_500_000), Line("tier.all|tokens|month", "free", month, 5_000),
        ];
        return lines[..limits];
    }

    private static LedgerLine Line(string series, string subject, LedgerSpan span, long amount) => new(new CounterKey(series, subject), span, 1L << 52, amount);

    private static double Median(IEnumerable<Result> results, Func<Result, double> of) => new Rounds([.. results.Select(of)]).Median;

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    private sealed record Result(double Seconds, double P50, double P99, long Sent, long Inside, double RedisSeconds);
}
