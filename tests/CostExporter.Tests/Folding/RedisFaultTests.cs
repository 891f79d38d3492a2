using System.Diagnostics;
using System.Globalization;
using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter.Tests;

/// <summary>A real Redis is killed, stopped and restarted while batches are under way; every token and pico-dollar must be there once.</summary>
public sealed class RedisFaultTests(ITestOutputHelper output)
{
    private const int Writers = 8;

    // Of the faults in this time, at least so many must hit a batch that is under way, and so many of these must have been applied although
    // nobody heard: with fewer the test would prove nothing.
    private const int LeastHits = 8;
    private const int LeastAnswersLost = 2;

    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(25);

    // Twenty times as long with ./test.sh --long. A seed of an earlier run is tried again with LLMTELEMETRY_SEED.
    public static TheoryData<int> Seeds =>
    [
        .. int.TryParse(Environment.GetEnvironmentVariable("LLMTELEMETRY_SEED"), CultureInfo.InvariantCulture, out var seed)
            ? [seed] : Enumerable.Range(Environment.TickCount & 0xFFFFFF, Environment.GetEnvironmentVariable("LLMTELEMETRY_LONG") == "1" ? 20 : 1),
    ];

    private readonly UsageHub _hub = new();
    private readonly DateTimeOffset _now = TimeProvider.System.GetUtcNow();

    [Theory]
    [MemberData(nameof(Seeds), DisableDiscoveryEnumeration = true)]
    public async Task Redis_killed_stopped_and_restarted_in_mid_flush_loses_nothing_and_counts_nothing_twice(int seed)
    {
        var random = new Random(seed);
        await using var redis = await RedisServer.StartAsync();
        var options = new CostExporterOptions
        {
            Store = redis.Address,
            Hub = _hub,
            Interval = TimeSpan.FromMilliseconds(30),
            StoreTimeout = TimeSpan.FromMilliseconds(500),
            ShutdownTimeout = TimeSpan.FromSeconds(20),
        };
        var store = new WatchedStore(SpendStores.Create(StoreAddress.Parse(options.Store), options.ToStoreSettings()));
        await using var exporter = new CostExporterHost(options, store: store);
        await exporter.StartAsync(subscribe: true, TestContext.Current.CancellationToken);

        using var done = new CancellationTokenSource();
        var writers = Enumerable.Range(0, Writers).Select(w => Task.Run(() => WriteAsync(w, seed + w, done.Token), TestContext.Current.CancellationToken)).ToArray();
        var flushes = Task.Run(() => FlushAsync(exporter, done.Token), TestContext.Current.CancellationToken);
        var faults = await HarmAsync(redis, store, random);
        await done.CancelAsync();
        await flushes;
        var expected = Sum(await Task.WhenAll(writers));
        await Eventually.HoldsAsync(async () => await exporter.FlushAsync(TestContext.Current.CancellationToken) is { Error: null, PendingRows: 0 }, "everything is flushed");

        var summary = string.Create(
            CultureInfo.InvariantCulture,
            $"seed {seed}: {faults} faults, {store.Hits} hit a batch under way, {store.AnswersLost} of these were applied unheard; {store.Batches} batches, {Total(expected)}");
        output.WriteLine(summary);
        TestContext.Current.SendDiagnosticMessage(summary);
        foreach (var (grain, found) in await RedisLedger.ReadAsync(redis.Address, TestContext.Current.CancellationToken))
        {
            Assert.True(Total(expected) == Total(found), $"The {grain} rows hold {Total(found)}. {summary}");
            Assert.All(expected, user => Assert.Equal(user.Value, found.GetValueOrDefault(user.Key)));
        }

        await using (var reports = await UsageReports.OpenAsync(redis.Address, cancellationToken: TestContext.Current.CancellationToken))
        {
            var query = new UsageReportQuery { From = reports.Today.AddDays(-1), To = reports.Today, By = [SpendDimension.User] };
            var rating = Assert.Single((await reports.QueryMetricsAsync(query, cancellationToken: TestContext.Current.CancellationToken)).Totals);
            Assert.Equal((Total(expected).Calls, (decimal)Total(expected).Calls * -0.1m), (rating.Count, rating.Sum));
        }

        await RedisLedger.AssertEveryKeyExpiresAsync(redis);
        Assert.True(store.Hits >= LeastHits && store.AnswersLost >= LeastAnswersLost, $"Too few faults hit to prove anything. {summary}");
    }

    private static async Task<int> HarmAsync(RedisServer redis, WatchedStore store, Random random)
    {
        var faults = 0;
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < Duration)
        {
            // Anywhere between the batch's way there, its script, its way to the disk and its answer.
            await store.BatchOfHealthyStoreAsync().WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
            SpinFor(random.NextDouble() * 0.002);
            faults++;
            store.NoteFault();
            switch (random.Next(4))
            {
                case 0:
                    // Longer than the time limit, sometimes than several.
                    redis.Process.Signal("STOP");
                    await PauseAsync(random, 0.55, 1.6);
                    redis.Process.Signal("CONT");
                    break;
                case 1:
                    // A copy waits in the stopped server's socket, and dies with it.
                    redis.Process.Signal("STOP");
                    await PauseAsync(random, 0.1, 0.7);
                    await redis.KillAsync();
                    await redis.RestartAsync();
                    break;
                default:
                    await redis.KillAsync();
                    await PauseAsync(random, 0, 0.4);
                    await redis.RestartAsync();
                    break;
            }
        }

        return faults;
    }

    // An application that flushes all the time: it also cuts the pauses after failures short, so that there is time for more faults.
    private static async Task FlushAsync(CostExporterHost exporter, CancellationToken done)
    {
        while (!done.IsCancellationRequested)
        {
            await exporter.FlushAsync(CancellationToken.None);
            await Task.Delay(20, CancellationToken.None);
        }
    }

    private async Task<Dictionary<(string? User, string? Tenant), Tally>> WriteAsync(int writer, int seed, CancellationToken done)
    {
        var random = new Random(seed);
        var tally = new Dictionary<(string?, string?), Tally>();
        while (!done.IsCancellationRequested)
        {
            for (var i = 0; i < 20; i++)
            {
                var user = "user-" + random.Next(40).ToString(CultureInfo.InvariantCulture);
                var tenant = random.Next(4) == 0 ? "acme" : null;
                var call = Calls.Make(
                    user, _now.AddMinutes(-random.Next(100)), random.Next(1_000_000), random.Next(8_000), random.Next(75_000_001), tenant, feature: "writer-" + writer.ToString(CultureInfo.InvariantCulture));
                _hub.Publish(in call);
                _hub.Publish(new MetricEvent("rating", -0.1, null, call.EndedAt, call.Attribution));
                tally[(user, tenant)] = tally.GetValueOrDefault((user, tenant)).Plus(in call);
            }

            // Not to keep both processors busy: Redis and the tests beside this one need them.
            await Task.Delay(2, CancellationToken.None);
        }

        return tally;
    }

    private static Task PauseAsync(Random random, double from, double to) => Task.Delay(TimeSpan.FromSeconds(from + (random.NextDouble() * (to - from))), CancellationToken.None);

    private static void SpinFor(double seconds)
    {
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed.TotalSeconds < seconds)
        {
            Thread.SpinWait(20);
        }
    }

    private static Dictionary<(string? User, string? Tenant), Tally> Sum(Dictionary<(string? User, string? Tenant), Tally>[] parts) =>
        parts.SelectMany(p => p).GroupBy(p => p.Key, p => p.Value).ToDictionary(g => g.Key, g => g.Aggregate((sum, one) => sum + one));

    private static Tally Total(Dictionary<(string? User, string? Tenant), Tally> users) => users.Values.Aggregate((sum, user) => sum + user);
}
