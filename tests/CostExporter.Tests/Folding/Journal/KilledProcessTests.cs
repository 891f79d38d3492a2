using System.Buffers.Binary;
using System.Globalization;
using LlmTelemetry.TestKit;
using Microsoft.Extensions.Logging;

namespace LlmTelemetry.CostExporter.Tests;

/// <summary>Real processes, killed at random moments, one after the other on the same store.</summary>
public sealed class KilledProcessTests(ITestOutputHelper output) : IDisposable
{
    private static readonly HashSet<SpendDimension> Apart = [SpendDimension.User, SpendDimension.Feature];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llmtelemetry-killed-");

    // Many times as many with ./test.sh --long.
    private static int Kills => Environment.GetEnvironmentVariable("LLMTELEMETRY_LONG") == "1" ? 200 : 6;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string Journal => Path.Combine(_folder.FullName, "journal");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task With_a_journal_nothing_folded_is_lost_on_SQLite() => await AssertNothingIsLostAsync("sqlite:" + Path.Combine(_folder.FullName, "spend.db"));

    [Fact]
    public async Task With_a_journal_nothing_folded_is_lost_on_Redis()
    {
        await using var redis = await RedisServer.StartAsync();
        await AssertNothingIsLostAsync(redis.Address);
        await RedisLedger.AssertEveryKeyExpiresAsync(redis);
    }

    [Fact]
    public async Task Without_a_journal_what_was_flushed_is_there_and_the_next_start_tells_the_gap_on_SQLite() =>
        await AssertGapIsToldAsync("sqlite:" + Path.Combine(_folder.FullName, "spend.db"));

    [Fact]
    public async Task Without_a_journal_what_was_flushed_is_there_and_the_next_start_tells_the_gap_on_Redis()
    {
        await using var redis = await RedisServer.StartAsync();
        await AssertGapIsToldAsync(redis.Address);
    }

    private async Task AssertNothingIsLostAsync(string store)
    {
        var seed = Environment.TickCount & 0xFFFFFF;
        var random = new Random(seed);
        var lives = new List<Life>();
        for (var i = 0; i < Kills; i++)
        {
            lives.Add(await LiveAsync(store, Journal, i, random));
        }

        var log = new ListLogger<CostExporterHost>();
        await using (var last = new CostExporterHost(OptionsOf(store, Journal), log))
        {
            await last.StartAsync(subscribe: false, Stop);
            await Eventually.HoldsAsync(async () => await last.FlushAsync(Stop) is { Error: null, PendingRows: 0 }, "everything is replayed");
        }

        output.WriteLine($"seed {seed}: {lives.Count} kills after {string.Join(' ', lives.Select(l => l.Done))} calls, of which {string.Join(' ', lives.Select(l => l.Flushed))} were flushed");
        var found = await ReadAsync(store);
        foreach (var life in lives)
        {
            // The call that the kill came into may count or not, whole.
            var calls = Sum(found, life.Feature, SpendMeasure.Calls);
            Assert.True(calls == life.Done || calls == life.Begun, $"seed {seed}: {life} has {calls} calls in the store.");
            for (var user = 0; user < 10; user++)
            {
                var expected = Enumerable.Range(1, (int)calls).Where(n => n % 10 == user).Aggregate((Int128)0, (sum, n) => sum + n);
                Assert.Equal(expected, found.GetValueOrDefault((user.ToString(CultureInfo.InvariantCulture), life.Feature))?[32] ?? 0);
            }
        }

        Assert.Contains(lives, l => l.Flushed < l.Done);
        Assert.Empty(Directory.GetFileSystemEntries(Journal));
    }

    private async Task AssertGapIsToldAsync(string store)
    {
        var life = await LiveAsync(store, "-", 0, new Random());
        var log = new ListLogger<CostExporterHost>();
        await using var next = new CostExporterHost(OptionsOf(store, journal: null), log);
        await next.StartAsync(subscribe: false, Stop);
        await ExporterUnderTest.UntilAsync(() => log.Lines.Any(l => l.Level == LogLevel.Warning && l.Text.Contains("ended without saying so", StringComparison.Ordinal)), "the gap is told");

        Assert.Contains("is missing", log.Lines.Single(l => l.Level == LogLevel.Warning).Text, StringComparison.Ordinal);
        var calls = Sum(await ReadAsync(store), life.Feature, SpendMeasure.Calls);
        Assert.InRange((long)calls, life.Flushed, life.Begun);
    }

    private async Task<Life> LiveAsync(string store, string journal, int number, Random random)
    {
        var feature = "life-" + number.ToString(CultureInfo.InvariantCulture);
        var file = Path.Combine(_folder.FullName, feature);
        var program = Path.Combine(AppContext.BaseDirectory, "LlmTelemetry.ExporterProcess.dll");
        await using (var process = Server.Start("dotnet", [program, "until-killed", store, journal, file, feature]))
        {
            await Eventually.HoldsAsync(
                () => process.HasExited ? throw new InvalidOperationException(process.Output) : Task.FromResult(File.Exists(file) && Read(file, 16) > 0), "it has flushed something", TimeSpan.FromSeconds(60));
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(1, 400)), Stop);
            process.Signal("KILL");
        }

        return new Life(feature, Read(file, 0), Read(file, 8), Read(file, 16));
    }

    private static long Read(string file, int offset) =>
        File.ReadAllBytes(file) is { Length: >= 24 } bytes ? BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(offset)) : 0;

    private static CostExporterOptions OptionsOf(string store, string? journal) => new() { Store = store, Journal = journal, Hub = new Usage.UsageHub(), ShutdownTimeout = TimeSpan.FromSeconds(20) };

    private static Int128 Sum(Dictionary<(string? User, string? Feature), SpendMeasures> rows, string feature, byte measure) =>
        rows.Where(row => row.Key.Feature == feature).Aggregate((Int128)0, (sum, row) => sum + row.Value[measure]);

    private static async Task<Dictionary<(string? User, string? Feature), SpendMeasures>> ReadAsync(string address)
    {
        await using var store = SpendStores.Create(StoreAddress.Parse(address), new CostExporterOptions().ToStoreSettings());
        await store.OpenAsync(Stop);
        var today = new DateTimeOffset(TimeProvider.System.GetUtcNow().UtcDateTime.Date, TimeSpan.Zero);
        var rows = new Dictionary<(string?, string?), SpendMeasures>();
        await foreach (var row in store.ReadAsync(new SpendRead(SpendGrain.Day, today.AddDays(-1), today.AddDays(1), Apart), Stop))
        {
            var key = (row.Key.User, row.Key.Feature);
            if (!rows.TryGetValue(key, out var sum))
            {
                rows.Add(key, sum = new SpendMeasures());
            }

            sum.Add(row.Measures);
        }

        return rows;
    }

    private sealed record Life(string Feature, long Begun, long Done, long Flushed);
}
