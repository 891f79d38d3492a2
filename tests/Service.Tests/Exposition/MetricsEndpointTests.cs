using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text.Json;
using LlmTelemetry.CostExporter;
using LlmTelemetry.Service.Tests.Budgets;
using LlmTelemetry.Service.Tests.Serving;
using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;
using Microsoft.Extensions.DependencyInjection;

namespace LlmTelemetry.Service.Tests.Exposition;

/// <summary>What Prometheus scrapes: the numbers of the reports, read in the background, and none that are old.</summary>
public sealed class MetricsEndpointTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llmtelemetry-metrics-");
    private readonly ManualTime _time = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Store => "sqlite:" + Path.Combine(_folder.FullName, "ledger.db");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Gauges_are_the_numbers_of_the_reports_and_of_the_budgets()
    {
        var yesterday = new DateTimeOffset(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);
        await Ledger.FillAsync(Store, null, Ledger.Call("ada"), Ledger.Call("ada", at: yesterday), Ledger.Call("bob\"\\\n", output: 100), Ledger.Call("eve", model: "nobody-knows"));
        await using var app = await BudgetedApp.StartAsync(Store);
        await app.Budgets.ChargeAsync("ada", 100, 0.5m, cancellationToken: Token);
        await using var service = await StartAsync(("LedgerGaugeUsers", "2"), ("DailyBudgets:total", "25"));
        var scraped = await ScrapeAsync(service);

        var month = await service.Ledger.Reports.QueryAsync(service.Ledger.Reports.ThisMonth() with { By = [SpendDimension.Provider, SpendDimension.Model, SpendDimension.User] }, Token);
        Assert.Equal((double)month.Total.Cost!.Value, Sum(scraped, "llm_ledger_spend_USD{llm_ledger_period=\"month\""), 12);
        Assert.Equal(month.Total.Calls, Sum(scraped, "llm_ledger_calls{llm_ledger_period=\"month\""));
        Assert.Equal(month.Total.InputTokens + month.Total.OutputTokens, Sum(scraped, "llm_ledger_tokens{llm_ledger_period=\"month\""));
        Assert.Equal((0.003, 3), (Sum(scraped, "llm_ledger_spend_USD{llm_ledger_period=\"day\",gen_ai_provider_name=\"anthropic\",gen_ai_response_model=\"claude-sonnet-4-5\",user_id=\"ada\"}"), Sum(scraped, "llm_ledger_calls{llm_ledger_period=\"day\"")));
        Assert.Contains("user_id=\"_other\"", scraped, StringComparison.Ordinal);
        Assert.Equal(25, Sum(scraped, "llm_ledger_budget_USD{llm_ledger_period=\"day\",llm_budget_scope=\"total\""));
        Assert.Equal(1 / 3d, Sum(scraped, "llm_ledger_unpriced_ratio{llm_ledger_period=\"day\"}"), 6);
        Assert.Equal(0.5, Sum(scraped, "llm_budget_spent{llm_budget_name=\"daily\""), 9);
        Assert.Equal(1.5, Sum(scraped, "llm_budget_remaining{llm_budget_name=\"daily\""), 9);
        Assert.Equal(43_200, Sum(scraped, "llm_budget_reset_seconds{llm_budget_name=\"daily\""));
        Assert.Equal((new DateTime(2026, 11, 22, 12, 0, 0) - PriceBook.Embedded.Date.ToDateTime(TimeOnly.MinValue)).TotalSeconds, Sum(scraped, "llm_prices_age_seconds"));
    }

    [Fact]
    public async Task Forecast_is_that_of_the_report_where_enough_is_known()
    {
        var calls = Enumerable.Range(1, 40).Select(days => Ledger.Call("ada", input: 1_000_000, at: new DateTimeOffset(2026, 11, 22, 12, 0, 0, TimeSpan.Zero).AddDays(-days))).ToArray();
        await Ledger.FillAsync(Store, options => options.HourRetention = TimeSpan.FromDays(60), calls);
        await using var service = await StartAsync();
        var scraped = await ScrapeAsync(service);
        var expected = (await service.Ledger.Reports.ForecastAsync(cancellationToken: Token)).Month.Expected;
        Assert.NotNull(expected);
        Assert.Equal((double)expected.Value, Sum(scraped, "llm_ledger_forecast_USD{llm_ledger_period=\"month\"}"), 6);
    }

    [Fact]
    public async Task Numbers_that_are_too_old_are_left_out()
    {
        var store = new BreakableStore<SqliteSpendStore>(new SqliteSpendStore(null, new CostExporterOptions().ToStoreSettings() with { Time = _time }));
        await using var service = await ServiceUnderTest.StartAsync(time: _time, services: services => services.AddSingleton(new ServedStores(store, null)));
        await service.StoreIsOpenAsync();
        await Eventually.HoldsAsync(
            async () =>
            {
                _time.Advance(TimeSpan.FromSeconds(15));
                return (await service.Http.GetStringAsync("/metrics", Token)).Contains("llm_ledger_exporters 0", StringComparison.Ordinal);
            },
            "the ledger was read");

        store.IsBroken = true;
        _time.Advance(TimeSpan.FromMinutes(2));
        var later = await service.Http.GetStringAsync("/metrics", Token);
        Assert.DoesNotContain("llm_ledger_exporters", later, StringComparison.Ordinal);
        Assert.Contains("llm_prices_age_seconds", later, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Counters_of_the_receiver_are_added_up_by_their_tags()
    {
        await using var service = await StartAsync();
        using var meter = new Meter("LlmTelemetry.Receiver");
        var name = "llm.receiver.test" + Guid.NewGuid().ToString("N");
        var counter = meter.CreateCounter<long>(name, "{point}", "Points of a test.");
        counter.Add(2, new KeyValuePair<string, object?>("reason", "x"));
        counter.Add(3, new KeyValuePair<string, object?>("reason", "x"));
        counter.Add(1, new KeyValuePair<string, object?>("reason", "y"));
        var scraped = await service.Http.GetStringAsync("/metrics", Token);
        var exposed = name.Replace('.', '_') + "_total";
        Assert.Contains($"# TYPE {exposed} counter\n{exposed}{{reason=\"x\"}} 5\n{exposed}{{reason=\"y\"}} 1\n", scraped, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Promtool_finds_nothing_wrong()
    {
        var promtool = Server.Need("promtool");
        await Ledger.FillAsync(Store, null, Ledger.Call("ada"), Ledger.Call("bob\"\\\n"));
        await using var app = await BudgetedApp.StartAsync(Store);
        await app.Budgets.ChargeAsync("ada", 100, 0.5m, cancellationToken: Token);
        await using var service = await StartAsync();
        var scraped = await ScrapeAsync(service);

        using var process = Process.Start(new ProcessStartInfo(promtool, ["check", "metrics"]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
        await process.StandardInput.WriteAsync(scraped.AsMemory(), Token);
        process.StandardInput.Close();
        var said = await process.StandardOutput.ReadToEndAsync(Token) + await process.StandardError.ReadToEndAsync(Token);
        await process.WaitForExitAsync(Token);
        Assert.Equal((0, ""), (process.ExitCode, said));
    }

    [Fact]
    public async Task Prometheus_scrapes_it_with_a_key_and_has_the_reports_numbers()
    {
        var prometheus = Server.Need("prometheus");
        await Ledger.FillAsync(Store, null, Ledger.Call("ada"), Ledger.Call("bob\"\\\n", output: 100));
        var (key, settings) = ServiceUnderTest.NewKey("prometheus", "read");
        await using var service = await StartAsync(settings);
        using var client = service.Client(key);
        await ScrapeAsync(service, client);

        var (port, config) = (Server.FreePort(), Path.Combine(_folder.FullName, "prometheus.yml"));
        await File.WriteAllTextAsync(config, $"""
            global: {'{'} scrape_interval: 1s {'}'}
            scrape_configs:
              - job_name: llmtelemetry
                authorization: {'{'} credentials: {key} {'}'}
                static_configs: [{'{'} targets: ["127.0.0.1:{service.Url.Port}"] {'}'}]
            """, Token);
        await using var server = Server.Start(prometheus, [$"--config.file={config}", $"--storage.tsdb.path={Path.Combine(_folder.FullName, "data")}", $"--web.listen-address=127.0.0.1:{port}"]);
        using var queries = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        var cost = (double)(await service.Ledger.Reports.QueryAsync(service.Ledger.Reports.ThisMonth(), Token)).Total.Cost!.Value;
        await Eventually.HoldsAsync(
            async () =>
            {
                Assert.False(server.HasExited, server.Output);
                try
                {
                    using var answer = JsonDocument.Parse(await queries.GetStringAsync("/api/v1/query?query=" + Uri.EscapeDataString("sum(llm_ledger_spend_USD{llm_ledger_period=\"month\"})"), Token));
                    var result = answer.RootElement.GetProperty("data").GetProperty("result");
                    return result.GetArrayLength() == 1 && Math.Abs(double.Parse(result[0].GetProperty("value")[1].GetString()!, CultureInfo.InvariantCulture) - cost) < 1e-12;
                }
                catch (HttpRequestException)
                {
                    return false;
                }
            },
            "Prometheus has the month's spend");
    }

    private static double Sum(string scraped, string start) =>
        scraped.Split('\n').Where(line => line.StartsWith(start, StringComparison.Ordinal)).Sum(line => double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));

    private Task<ServiceUnderTest> StartAsync(params (string Name, string Value)[] settings) => ServiceUnderTest.StartAsync([("Store", Store), .. settings], _time);

    private static async Task<string> ScrapeAsync(ServiceUnderTest service, HttpClient? client = null)
    {
        await service.StoreIsOpenAsync();
        var readings = service.Services.GetRequiredService<LedgerExposition>().Readings;
        await Eventually.HoldsAsync(() => Task.FromResult(readings.All(reading => reading.Count > 0)), "everything was read once");
        return await (client ?? service.Http).GetStringAsync("/metrics", Token);
    }
}
