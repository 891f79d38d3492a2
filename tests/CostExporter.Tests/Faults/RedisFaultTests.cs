using System.Globalization;
using LlmTelemetry.TestKit;

namespace LlmTelemetry.CostExporter.Tests;

/// <summary>
/// Several exporter processes write to a real Redis, which is killed, stopped, restarted, made slow, cut off, filled, made to load and made read-only while
/// batches are under way, and so are the processes killed: what was flushed must be there, once.
/// </summary>
public sealed class RedisFaultTests(ITestOutputHelper output)
{
    private const int Exporters = 4;

    // The time limit of a call in tests/ExporterProcess/UntilTold.cs.
    private static readonly TimeSpan CallTimeout = TimeSpan.FromMilliseconds(500);

    private static readonly bool IsLong = Environment.GetEnvironmentVariable("LLMTELEMETRY_LONG") == "1";

    // ./test.sh --long: half an hour in all.
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(IsLong ? 310 : 20);

    // Of each kind, at least so many faults must hit a batch that is under way: with fewer the test would prove nothing.
    private static readonly int LeastHits = IsLong ? 20 : 2;

    // Shows that the test sees what it must: with LLMTELEMETRY_UNCHECKED=1 exporters use a script that does not check the batches' numbers.
    private static readonly bool IsUnchecked = Environment.GetEnvironmentVariable("LLMTELEMETRY_UNCHECKED") == "1";

    // A seed of an earlier run is tried again with LLMTELEMETRY_SEED.
    public static TheoryData<int> Seeds =>
    [
        .. int.TryParse(Environment.GetEnvironmentVariable("LLMTELEMETRY_SEED"), CultureInfo.InvariantCulture, out var seed)
            ? [seed] : Enumerable.Range(Environment.TickCount & 0xFFFFFF, IsLong ? 6 : 1),
    ];

    [Theory]
    [MemberData(nameof(Seeds), DisableDiscoveryEnumeration = true)]
    public async Task Whatever_befalls_Redis_and_exporters_what_was_flushed_is_there_once(int seed)
    {
        await using var redis = await RedisServer.StartAsync("--auto-aof-rewrite-min-size", "4mb");
        var journals = Directory.CreateTempSubdirectory("llmtelemetry-journals-");
        var watch = new FaultWatch(CallTimeout);
        var exporters = Enumerable.Range(0, Exporters)
            .Select(i => new ExporterSlot($"exporter-{i}", redis.Port, watch, (seed * 31) + (i * 1000), i % 2 == 0 ? journals.FullName : null, IsUnchecked))
            .ToArray();
        try
        {
            Array.ForEach(exporters, exporter => exporter.Start());
            await Eventually.HoldsAsync(() => Task.FromResult(exporters.All(exporter => exporter.Current.IsRecording)), "every exporter records", TimeSpan.FromSeconds(60));
            var harm = new RedisHarm(redis, exporters, watch, new Random(seed));
            await harm.DoAsync(Duration, LeastHits, TestContext.Current.CancellationToken);
            await Task.WhenAll(exporters.Select(exporter => exporter.Current.EndAsync()));

            var lives = exporters.SelectMany(exporter => exporter.Lives).ToDictionary(life => life.Name);
            var summary = Summary(seed, harm, watch, lives.Values);
            output.WriteLine(summary);
            TestContext.Current.SendDiagnosticMessage(summary);
            await LifeLedger.AssertHoldsAsync(redis.Address, lives, summary, TestContext.Current.CancellationToken);
            await RedisLedger.AssertEveryKeyExpiresAsync(redis);
            Assert.All(Enum.GetValues<FaultKind>(), kind => Assert.True(harm.Hits(kind) >= LeastHits, $"Too few faults hit to prove anything: {kind}. {summary}"));
            Assert.True(watch.Loading > 0, $"Nobody met a Redis that loads. {summary}");
        }
        finally
        {
            foreach (var exporter in exporters)
            {
                await exporter.DisposeAsync();
            }

            journals.Delete(recursive: true);
        }
    }

    private static string Summary(int seed, RedisHarm harm, FaultWatch watch, Dictionary<string, ExporterLife>.ValueCollection lives)
    {
        var faults = harm.Faults;
        var kinds = Enum.GetValues<FaultKind>().Select(kind => $"{kind} {harm.Hits(kind)} of {faults.Count(fault => fault.Kind == kind)}");
        var (least, most) = lives.Select(life => life.Bounds()).Aggregate(
            (Least: default(Tally), Most: default(Tally)), (sum, life) => (sum.Least + life.AtLeast.Total, sum.Most + life.AtMost.Total));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"seed {seed}: {faults.Count} faults, of which hit a batch that was not acknowledged: {string.Join(", ", kinds)}; batches unanswered {faults.Sum(f => f.Unanswered)}, " +
            $"refused {faults.Sum(f => f.Refused)}, late {faults.Sum(f => f.Late)}; {watch.Acknowledged} acknowledged, {watch.Repeated} of them again, {watch.Gaps} gaps; {lives.Count} processes; calls recorded {most.Calls}, certainly flushed {least.Calls}");
    }
}
