using System.Text.RegularExpressions;
using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter.Tests.Storage;

/// <summary>Every key that an exporter leaves in a real Redis with everything switched on, and what reading it asks for.</summary>
public sealed class RedisKeysTests(ITestOutputHelper output) : IAsyncLifetime
{
    // The command of docs/redis.md.
    private const string BytesPerRow =
        "local b,r=0,0 for _,k in ipairs(redis.call('KEYS','*:d:*:u:*')) do b,r=b+redis.call('MEMORY','USAGE',k,'SAMPLES','0'),r+redis.call('HLEN',k) end return tostring(b/r)";

    private RedisServer _redis = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _redis = await RedisServer.StartAsync();

    public async ValueTask DisposeAsync() => await _redis.DisposeAsync();

    [Fact]
    public async Task Every_key_expires_and_stands_in_the_documentation()
    {
        await using var exporter = await FillAsync();
        var documented = DocumentedKeys();
        var keys = await _redis.KeysAsync();

        Assert.InRange(keys.Count, 20, 200);
        foreach (var key in keys)
        {
            Assert.True(await _redis.NumberAsync("TTL", key) > 0, $"{key} never expires.");
            Assert.True(documented.Exists(pattern => pattern.IsMatch(key)), $"docs/redis.md does not list {key}.");
        }

        // Nobody corrected anything here (docs/reprice.md).
        var gone = documented.Where(pattern => !pattern.IsMatch("llm:corrections") && !keys.Any(pattern.IsMatch)).ToArray();
        Assert.True(gone.Length == 0, $"docs/redis.md lists what there is not: {string.Join(' ', gone.Select(pattern => pattern.ToString()))}.");
    }

    [Fact]
    public async Task Rows_live_as_long_as_their_grain_is_kept()
    {
        await using var exporter = await FillAsync(options => (options.HourRetention, options.DayRetention, options.MonthRetention) = (TimeSpan.FromDays(2), TimeSpan.FromDays(10), TimeSpan.FromDays(100)));
        var now = TimeProvider.System.GetUtcNow();
        foreach (var key in (await _redis.KeysAsync()).Where(key => Regex.IsMatch(key, ":[hdm]:[0-9]+:u:")))
        {
            var days = TimeSpan.FromSeconds(await _redis.NumberAsync("TTL", key)).TotalDays;
            var (least, most) = key.Contains(":h:", StringComparison.Ordinal) ? (2, 2.1) : key.Contains(":d:", StringComparison.Ordinal) ? (10, 11.1) : (100, 131.1);
            Assert.InRange(days, least - 0.1, most);
        }

        Assert.InRange(await _redis.NumberAsync("EXPIRETIME", "llm:settings"), now.AddDays(100).ToUnixTimeSeconds(), now.AddDays(150).ToUnixTimeSeconds());
    }

    [Fact]
    public async Task No_report_looks_for_keys()
    {
        await using var exporter = await FillAsync();
        await _redis.CommandAsync("CONFIG", "RESETSTAT");
        await using var reports = await UsageReports.OpenAsync(_redis.Address, cancellationToken: Stop);
        var range = (From: reports.Today.AddDays(-2), To: reports.Today);
        foreach (var dimension in SpendDimensions.Kept.Append(SpendDimension.Day))
        {
            var report = await reports.QueryAsync(new() { From = range.From, To = range.To, By = [dimension] }, Stop);
            Assert.True(report.Total.Calls > 0, $"A report by {dimension} found nothing.");
        }

        Assert.NotEmpty((await reports.QueryMetricsAsync(new() { From = range.From, To = range.To, By = [SpendDimension.User] }, cancellationToken: Stop)).Rows);
        Assert.NotNull(await reports.GetSessionAsync("s1", "acme", Stop));
        var commands = await _redis.CommandAsync("INFO", "commandstats");

        Assert.Contains("cmdstat_hgetall", commands, StringComparison.Ordinal);
        Assert.DoesNotMatch("cmdstat_(scan|keys|randomkey)\\b", commands);
    }

    [Fact]
    public async Task Row_of_a_day_user_and_model_takes_no_more_than_120_bytes()
    {
        await using var store = SpendStores.Create(StoreAddress.Parse(_redis.Address), new CostExporterOptions().ToStoreSettings());
        await store.OpenAsync(Stop);
        var now = TimeProvider.System.GetUtcNow();
        var rows =
            from user in Enumerable.Range(0, 300)
            from model in Enumerable.Range(0, 20)
            select new SpendRow(now.ToUnixTimeSeconds() / 3600, DateOnly.FromDateTime(now.UtcDateTime), new SpendKey("anthropic", $"claude-sonnet-4-{model}", $"user-{user:D5}", null, "chat"), Day());
        var number = 0;
        foreach (var some in rows.Chunk(SpendBatch.MaxRows))
        {
            await store.ApplyAsync(new SpendBatch("one-1", store.PartitionOf(default), ++number, some), Stop);
        }

        var answer = await _redis.CommandAsync("EVAL", BytesPerRow, "0");
        var bytes = double.Parse(answer.Split("\r\n")[1], System.Globalization.CultureInfo.InvariantCulture);
        output.WriteLine($"{bytes:F1} bytes for each (day, user, model) row: 300 users, 20 models, 8 measures");
        Assert.InRange(bytes, 50, 120);
        Assert.Contains(BytesPerRow, Repository.Read("docs/redis.md"), StringComparison.Ordinal);
    }

    // A day of a thousand calls: their number, durations, tokens and costs in three buckets.
    private static SpendMeasures Day()
    {
        var measures = new SpendMeasures();
        measures.Add(SpendMeasure.Calls, 1_000);
        measures.Add(SpendMeasure.DurationMicros, 2_500_000_000);
        foreach (var (bucket, tokens) in new[] { (UsageBucket.Input, 1_200_000L), (UsageBucket.CacheRead, 800_000L), (UsageBucket.Output, 300_000L) })
        {
            measures.Add(SpendMeasure.Usage(bucket), tokens);
            measures.Add(SpendMeasure.Cost(bucket), tokens * 3_000_000);
        }

        return measures;
    }

    private async Task<CostExporterHost> FillAsync(Action<CostExporterOptions>? configure = null)
    {
        var hub = new UsageHub();
        var options = new CostExporterOptions { Store = _redis.Address, Hub = hub, Interval = TimeSpan.FromMilliseconds(100), Dimensions = SpendDimensions.Kept, Tags = ["plan"] };
        configure?.Invoke(options);
        var exporter = new CostExporterHost(options);
        await exporter.StartAsync(subscribe: true, Stop);
        foreach (var tenant in new[] { null, "acme", "{x}:y" })
        {
            var call = Calls.Make(at: TimeProvider.System.GetUtcNow(), tenant: tenant) with
            {
                Attribution = new Attribution("ada", tenant, "search", "c1", "s1", "gold", new Dictionary<string, string> { ["plan"] = "basic" }),
            };
            hub.Publish(in call);
            hub.Publish(new MetricEvent("rating", 0.5, null, call.EndedAt, call.Attribution));
        }

        Assert.Null((await exporter.FlushAsync(Stop)).Error);
        Assert.True((await exporter.CheckAsync(Stop)).IsWritten);
        var receiver = (IReceiptStore)exporter.Store;
        var today = DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime);
        await receiver.BookAsync([new SpendReceipt(Keys.Partition("acme"), [], [new ReceiptId(Guid.NewGuid(), today)], [new NextState("5b1f/3", 0, new byte[] { 1 })])], Stop);
        await receiver.ClaimAsync("5b1f", 497_000, UsageSourceKind.Spans, Stop);
        await exporter.Store.BeatAsync(new ExporterBeat("one", "host", 1, TimeProvider.System.GetUtcNow(), TimeSpan.FromSeconds(10), Journal: false), Stop);
        return exporter;
    }

    // The first column of the table of keys; ... stands for what the row's first key has there.
    private static List<Regex> DocumentedKeys()
    {
        var patterns = new List<Regex>();
        foreach (var cell in Repository.Read("docs/redis.md").Split('\n').Where(line => line.StartsWith("| `llm:", StringComparison.Ordinal)).Select(line => line.Split("` |")[0] + "`"))
        {
            var keys = Regex.Matches(cell, "`([^`]+)`").Select(match => match.Groups[1].Value).ToArray();
            foreach (var key in keys)
            {
                var whole = Regex.Replace(key, @"^\.\.\.:", "llm:{=acme:0}:");
                whole = whole.EndsWith(":...", StringComparison.Ordinal) ? whole[..^3] + keys[0][(keys[0].LastIndexOf(':') + 1)..] : whole;
                patterns.Add(new Regex("^" + Regex.Replace(Regex.Escape(whole), @"=[\w-]+|<[^>]+>", match => match.Value[0] == '=' ? "(=[^:{}]*)?" : "[^:{}]+") + "$"));
            }
        }

        Assert.True(patterns.Count > 10);
        return patterns;
    }
}
