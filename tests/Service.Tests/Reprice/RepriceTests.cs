using System.Text.Json;
using LlmTelemetry.CostExporter;
using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;

namespace LlmTelemetry.Service.Tests;

/// <summary>What reprice must do on every store: there is a class for each.</summary>
public abstract class RepriceTests
{
    private protected RepriceTests(DateTimeOffset now)
    {
        Now = now;
        Cli = new Cli(now);
    }

    private protected Cli Cli { get; }

    private protected DateTimeOffset Now { get; }

    private DateOnly Today => DateOnly.FromDateTime(Now.UtcDateTime);

    private string[] Range => ["--from", $"{Today.AddDays(-60):yyyy-MM-dd}", "--to", $"{Today:yyyy-MM-dd}"];

    private protected abstract string StoreAt(string name);

    private protected static string Prices
    {
        get
        {
            var file = Path.Combine(Directory.CreateTempSubdirectory("llmtelemetry-prices-").FullName, "new.json");
            File.WriteAllText(file, RepricedLedger.New);
            return file;
        }
    }

    [Theory]
    [InlineData(1, "aggregates")]
    [InlineData(2, "aggregates")]
    [InlineData(3, "records")]
    [InlineData(4, "records")]
    public async Task Applied_every_report_is_as_if_the_new_prices_had_always_been_there_and_undone_as_it_was(int seed, string source)
    {
        var (store, truth) = (StoreAt("old"), StoreAt("new"));
        await FillAsync(store, source == "records" ? 10_000 : 0, Calls(seed, RepricedLedger.Old));
        await FillAsync(truth, Calls(seed, RepricedLedger.New));
        var before = await ReportsAsync(store);

        var applied = await JsonAsync(["reprice", .. Range, "--prices", Prices, "--apply", "--by", "ada", "--store", store]);
        Assert.Equal(source, applied.GetProperty("source").GetString());
        Assert.NotEqual(before, await ReportsAsync(store));
        Assert.Equal(await ReportsAsync(truth), await ReportsAsync(store));

        var id = applied.GetProperty("correction").GetString()!;
        Assert.Equal(0, (await Cli.RunAsync("reprice", "--undo", id, "--by", "bob", "--store", store)).ExitCode);
        Assert.Equal(before, await ReportsAsync(store));
    }

    [Fact]
    public async Task Only_shown_nothing_changes_and_each_model_has_its_difference()
    {
        var store = StoreAt("old");
        await FillAsync(store, Calls(4, RepricedLedger.Old));
        var before = await ReportsAsync(store);

        var plan = await JsonAsync(["reprice", .. Range, "--prices", Prices, "--store", store]);

        Assert.Equal(before, await ReportsAsync(store));
        Assert.Equal((false, JsonValueKind.Null), (plan.GetProperty("applied").GetBoolean(), plan.GetProperty("correction").ValueKind));
        var models = plan.GetProperty("models").EnumerateArray().ToDictionary(model => model.GetProperty("model").GetString()!);
        Assert.Equal(0m, models["acme-small"].GetProperty("difference").GetDecimal());
        Assert.Equal(0m, models["acme-free"].GetProperty("new_cost").GetDecimal());
        Assert.True(models["acme-late"].GetProperty("newly_priced").GetInt64() > 0 && models["acme-late"].GetProperty("unpriced").GetInt64() == 0);
        Assert.True(models["acme-unknown"].GetProperty("newly_priced").GetInt64() == 0 && models["acme-unknown"].GetProperty("unpriced").GetInt64() > 0);
        Assert.Equal(
            plan.GetProperty("total").GetProperty("difference").GetDecimal(),
            models.Values.Sum(model => Known(model, "new_cost") - Known(model, "old_cost")));
        Assert.Equal((JsonValueKind.Null, JsonValueKind.Null), (models["acme-unknown"].GetProperty("old_cost").ValueKind, models["acme-unknown"].GetProperty("new_cost").ValueKind));
        Assert.Equal((JsonValueKind.Null, JsonValueKind.Number), (models["acme-late"].GetProperty("old_cost").ValueKind, models["acme-late"].GetProperty("new_cost").ValueKind));
        Assert.Contains("unknown", (await Cli.RunAsync(["reprice", .. Range, "--prices", Prices, "--store", store])).Output.Split('\n').Single(line => line.Contains("acme-late", StringComparison.Ordinal)), StringComparison.Ordinal);

        static decimal Known(JsonElement model, string cost) => model.GetProperty(cost) is { ValueKind: JsonValueKind.Number } known ? known.GetDecimal() : 0;
    }

    [Fact]
    public async Task Applied_again_nothing_differs_and_it_counts_once()
    {
        var store = StoreAt("old");
        await FillAsync(store, Calls(5, RepricedLedger.Old));
        string[] apply = ["reprice", .. Range, "--prices", Prices, "--apply", "--by", "ada", "--store", store];
        await JsonAsync(apply);
        var once = await ReportsAsync(store);

        var again = await JsonAsync(apply);

        Assert.Equal((0, JsonValueKind.Null), (again.GetProperty("rows").GetInt32(), again.GetProperty("correction").ValueKind));
        Assert.Equal(once, await ReportsAsync(store));
    }

    [Fact]
    public async Task Stopped_before_it_is_in_force_nothing_has_changed_and_run_again_it_counts_once()
    {
        var (store, truth) = (StoreAt("old"), StoreAt("new"));
        await FillAsync(store, Calls(6, RepricedLedger.Old));
        await FillAsync(truth, Calls(6, RepricedLedger.New));
        var before = await ReportsAsync(store);
        var options = new CostExporterOptions { Store = store, TimeProvider = new ManualTime(Now) };
        await using (var reports = await UsageReports.OpenAsync(store, o => o.TimeProvider = options.TimeProvider, TestContext.Current.CancellationToken))
        await using (var writer = await LedgerWriter.OpenAsync(options, reports, TestContext.Current.CancellationToken))
        {
            var repricer = new Repricer(reports, store, o => o.TimeProvider = options.TimeProvider);
            var plan = await repricer.PlanAsync(new() { From = Today.AddDays(-60), To = Today }, RepricedLedger.Book(RepricedLedger.New), isStandard: false, TestContext.Current.CancellationToken);
            var id = CorrectionWriter.IdOf(Today, plan.Rows);

            // Once a part, once all of it: killed twice.
            await CorrectionWriter.WriteAsync(writer, id, plan.Rows, TestContext.Current.CancellationToken);
            await CorrectionWriter.WriteAsync(writer, id, plan.Rows, TestContext.Current.CancellationToken);
            Assert.Equal(before, await ReportsAsync(store));

            Assert.Equal((id, true), await repricer.ApplyAsync(plan, "ada", options.TimeProvider.GetUtcNow(), TestContext.Current.CancellationToken));
            Assert.Equal((id, false), await repricer.ApplyAsync(plan, "ada", options.TimeProvider.GetUtcNow(), TestContext.Current.CancellationToken));
        }

        Assert.Equal(await ReportsAsync(truth), await ReportsAsync(store));
    }

    [Fact]
    public async Task Corrections_stand_on_one_another_and_are_taken_back_from_the_top()
    {
        var store = StoreAt("old");
        await FillAsync(store, Calls(7, RepricedLedger.Old));
        var before = await ReportsAsync(store);
        var first = (await JsonAsync(["reprice", .. Range, "--prices", Prices, "--where", "model=acme-big", "--apply", "--by", "ada", "--store", store])).GetProperty("correction").GetString()!;
        var second = (await JsonAsync(["reprice", .. Range, "--prices", Prices, "--apply", "--by", "bob", "--store", store])).GetProperty("correction").GetString()!;

        var (_, list, _) = await Cli.RunAsync("reprice", "--list", "--store", store);
        Assert.Contains(first, list.Split('\n')[2]);
        Assert.Contains($"{second}  {Now.UtcDateTime:yyyy-MM-ddTHH:mm:ss}Z  bob  {Range[1]} to {Range[3]} at the prices", list.Split('\n')[3]);
        Assert.Contains("take that back first", (await Cli.RunAsync("reprice", "--undo", first, "--by", "ada", "--store", store)).Error);

        Assert.Equal(0, (await Cli.RunAsync("reprice", "--undo", second, "--by", "ada", "--store", store)).ExitCode);
        Assert.Equal(0, (await Cli.RunAsync("reprice", "--undo", first, "--by", "ada", "--store", store)).ExitCode);
        Assert.Equal(before, await ReportsAsync(store));
        Assert.Contains("No correction is in force.", (await Cli.RunAsync("reprice", "--list", "--store", store)).Output);
        Assert.Contains("No correction", (await Cli.RunAsync("reprice", "--undo", first, "--by", "ada", "--store", store)).Error);
    }

    [Fact]
    public async Task Spend_that_comes_later_is_added_to_what_is_corrected()
    {
        var (store, truth) = (StoreAt("old"), StoreAt("new"));
        await FillAsync(store, Calls(8, RepricedLedger.Old));
        await JsonAsync(["reprice", .. Range, "--prices", Prices, "--apply", "--by", "ada", "--store", store]);
        await FillAsync(store, Calls(9, RepricedLedger.New));
        await FillAsync(truth, [.. Calls(8, RepricedLedger.New), .. Calls(9, RepricedLedger.New)]);

        Assert.Equal(await ReportsAsync(truth), await ReportsAsync(store));
    }

    [Fact]
    public async Task What_sums_do_not_say_is_refused_with_the_reason_and_nothing_changes()
    {
        var store = StoreAt("tiers");
        await FillAsync(store, Ledger.Call("ada", at: Now));
        var before = await ReportsAsync(store);

        var (exitCode, _, error) = await Cli.RunAsync(["reprice", .. Range, "--apply", "--by", "ada", "--store", store]);

        Assert.Equal(1, exitCode);
        Assert.Contains("anthropic/claude-sonnet-4-5", error);
        Assert.Contains("depends on", error);
        Assert.Equal(before, await ReportsAsync(store));
    }

    [Fact]
    public async Task Records_say_what_sums_do_not_and_only_where_all_of_them_are_there()
    {
        var (whole, part) = (StoreAt("whole"), StoreAt("part"));
        UsageEvent[] calls = [.. Enumerable.Range(1, 5).Select(i => Ledger.Call("ada", 100 * i, at: Now.AddHours(-i)))];
        await FillAsync(whole, 5, calls);
        await FillAsync(part, 4, calls);

        var plan = await JsonAsync(["reprice", .. Range, "--store", whole]);
        Assert.Equal(("records", 0), (plan.GetProperty("source").GetString(), plan.GetProperty("rows").GetInt32()));

        var (exitCode, _, error) = await Cli.RunAsync(["reprice", .. Range, "--store", part]);
        Assert.Equal(1, exitCode);
        Assert.Contains("Records are not complete", error);
        Assert.Contains("depends on", error);
    }

    [Theory]
    [InlineData("Say which days")]
    [InlineData("Say who does it", "--from", "2026-11-01", "--to", "2026-11-22", "--apply")]
    [InlineData("Say who does it", "--undo", "x")]
    [InlineData("stand alone", "--undo", "x", "--by", "ada", "--apply")]
    [InlineData("stand alone", "--list", "--from", "2026-11-01")]
    [InlineData("after the last", "--from", "2026-11-22", "--to", "2026-11-01")]
    public async Task Wrong_arguments_are_refused(string why, params string[] arguments)
    {
        var store = StoreAt("old");
        await FillAsync(store, Ledger.Call("ada", at: Now));

        var (exitCode, _, error) = await Cli.RunAsync(["reprice", .. arguments, "--store", store]);

        Assert.Equal(2, exitCode);
        Assert.Contains(why, error);
    }

    private UsageEvent[] Calls(int seed, string prices) => RepricedLedger.Calls(seed, RepricedLedger.Book(prices), Now);

    private Task FillAsync(string store, params UsageEvent[] calls) => FillAsync(store, maxRecords: 0, calls);

    private Task FillAsync(string store, int maxRecords, params UsageEvent[] calls) => Ledger.FillAsync(
        store,
        options =>
        {
            options.TimeProvider = new ManualTime(Now);
            options.Tags = ["plan"];
            options.Records.Keep = maxRecords == 0 ? RecordKeeping.None : RecordKeeping.Store;
            options.Records.MaxRecords = Math.Max(1, maxRecords);
            options.Records.Retention = TimeSpan.FromDays(100);
        },
        calls);

    private Task<string[]> ReportsAsync(string store) => RepricedLedger.ReportsAsync(store, Now);

    private async Task<JsonElement> JsonAsync(string[] arguments)
    {
        var (exitCode, output, error) = await Cli.RunAsync([.. arguments, "--format", "json"]);
        Assert.Equal((0, ""), (exitCode, error));
        using var json = JsonDocument.Parse(output);
        return json.RootElement.Clone();
    }
}

public sealed class SqliteRepriceTests() : RepriceTests(new DateTimeOffset(2026, 11, 22, 12, 0, 0, TimeSpan.Zero)), IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llmtelemetry-reprice-");

    public void Dispose() => _folder.Delete(recursive: true);

    private protected override string StoreAt(string name) => $"sqlite:{Path.Combine(_folder.FullName, name)}.db";
}

/// <summary>At the real present, since Redis expires by its own clock.</summary>
public sealed class RedisRepriceTests() : RepriceTests(TimeProvider.System.GetUtcNow()), IAsyncLifetime
{
    private readonly List<string> _names = [];
    private RedisServer? _redis;

    public async ValueTask InitializeAsync() => _redis = await RedisServer.StartAsync();

    public async ValueTask DisposeAsync()
    {
        if (_redis is not null)
        {
            await _redis.DisposeAsync();
        }
    }

    [Fact]
    public async Task Every_key_expires_also_those_of_corrections()
    {
        var store = StoreAt("old");
        await Ledger.FillAsync(store, options => options.TimeProvider = new ManualTime(Now), RepricedLedger.Calls(1, RepricedLedger.Book(RepricedLedger.Old), Now));
        var from = DateOnly.FromDateTime(Now.UtcDateTime).AddDays(-60).ToString("yyyy-MM-dd");
        Assert.Equal(0, (await Cli.RunAsync("reprice", "--from", from, "--to", $"{Now:yyyy-MM-dd}", "--prices", Prices, "--apply", "--by", "ada", "--store", store)).ExitCode);

        var keys = (await _redis!.CommandAsync("KEYS", "*")).Split("\r\n").Where(line => line.StartsWith("llm:", StringComparison.Ordinal)).ToArray();
        Assert.Contains("llm:corrections", keys);
        foreach (var key in keys)
        {
            Assert.True(long.Parse((await _redis.CommandAsync("TTL", key)).TrimStart(':').TrimEnd()) > 0, key);
        }
    }

    // A database for each.
    private protected override string StoreAt(string name)
    {
        if (!_names.Contains(name))
        {
            _names.Add(name);
        }

        return $"{_redis!.Address}/{_names.IndexOf(name)}";
    }
}
