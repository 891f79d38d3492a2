using System.Globalization;
using LlmTelemetry.CostExporter;
using LlmTelemetry.Service.Tests.Serving;
using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;
using Microsoft.Extensions.DependencyInjection;

namespace LlmTelemetry.Service.Tests.Exposition;

/// <summary>By user, by feature and by tenant <c>/metrics</c> shows the same money: that of the report.</summary>
public sealed class LedgerCutEndpointTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 11, 22, 12, 40, 0, TimeSpan.Zero);
    private static readonly string?[] Names = [null, "", "a", "b\"\\\n", "_other", "ü"];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llmtelemetry-cuts-");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Store => "sqlite:" + Path.Combine(_folder.FullName, "ledger.db");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Every_cut_of_every_period_adds_up_to_the_report()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        await FillAsync([.. Enumerable.Range(0, 400).Select(_ => RandomCall(random))]);
        await using var service = await ServiceUnderTest.StartAsync([("Store", Store), ("LedgerGaugeUsers", "2")], new ManualTime(Now));
        var scraped = await ScrapeAsync(service);

        var reports = service.Ledger.Reports;
        foreach (var (period, query) in new[] { ("hour", reports.Last(TimeSpan.FromHours(1)) with { Since = Now.AddMinutes(-40), Until = Now.AddMinutes(20) }), ("day", reports.ThisDay()), ("month", reports.ThisMonth()) })
        {
            var total = (await reports.QueryAsync(query, Token)).Total;
            Assert.True(total.Calls > 0, $"seed {seed}: nothing in the {period}");
            foreach (var cut in new[] { "llm_ledger_", "llm_ledger_feature_", "llm_ledger_tenant_" })
            {
                var (spend, calls, tokens) = (Sum(scraped, cut + "spend_USD", period), Sum(scraped, cut + "calls", period), Sum(scraped, cut + "tokens", period));
                Assert.True(Math.Abs(spend - (double)total.Cost!.Value) <= 1e-9 * (double)total.Cost.Value, $"seed {seed}, {period}, {cut}: {spend} instead of {total.Cost}");
                Assert.Equal((total.Calls, total.InputTokens + total.OutputTokens), ((long)calls, (long)tokens));
            }
        }

        var series = scraped.Split('\n').Where(line => line.StartsWith("llm_ledger_", StringComparison.Ordinal)).Select(line => line[..line.LastIndexOf(' ')]).ToArray();
        Assert.Equal(series.Distinct(), series);
        Assert.DoesNotContain("=\"\"", string.Concat(series.Where(line => !line.StartsWith("llm_ledger_budget", StringComparison.Ordinal))), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Until_when_the_figures_count_is_said_of_the_ledgers_zone()
    {
        await FillAsync([Ledger.Call("ada")], options => options.TimeZone = TimeZoneInfo.FindSystemTimeZoneById("Asia/Kolkata"));
        await using var service = await ServiceUnderTest.StartAsync([("Store", Store), ("TimeZone", "Asia/Kolkata")], new ManualTime(Now));
        var scraped = await ScrapeAsync(service);

        // 18:10 there.
        Assert.Equal(20 * 60, Sum(scraped, "llm_ledger_reset_seconds", "hour"));
        Assert.Equal((5 * 3600) + (50 * 60), Sum(scraped, "llm_ledger_reset_seconds", "day"));
        Assert.Equal((8 * 86_400) + (5 * 3600) + (50 * 60), Sum(scraped, "llm_ledger_reset_seconds", "month"));
    }

    [Fact]
    public async Task A_feature_and_a_tenant_with_a_daily_budget_are_named_beside_it_however_little_they_spend()
    {
        var calls = Enumerable.Range(0, 203).Select(i => Ledger.Call(null, input: 1_000 + i, whose: new Attribution("ada", "tenant" + i, "feature" + i)));
        await FillAsync([.. calls]);
        await using var service = await ServiceUnderTest.StartAsync([("Store", Store), ("DailyBudgets:feature:feature0", "3"), ("DailyBudgets:tenant:tenant0", "4")], new ManualTime(Now));
        var scraped = await ScrapeAsync(service);

        Assert.Contains("llm_ledger_budget_USD{llm_ledger_period=\"day\",llm_budget_scope=\"feature\",llm_budget_subject=\"feature0\"} 3\n", scraped, StringComparison.Ordinal);
        Assert.Contains("llm_ledger_budget_USD{llm_ledger_period=\"day\",llm_budget_scope=\"tenant\",llm_budget_subject=\"tenant0\"} 4\n", scraped, StringComparison.Ordinal);
        foreach (var scope in new[] { "feature", "tenant" })
        {
            string Calls(string name) => $"llm_ledger_{scope}_calls{{llm_ledger_period=\"day\",llm_{scope}=\"{name}\"}} ";
            Assert.Contains(Calls(scope + "0") + "1\n", scraped, StringComparison.Ordinal);
            Assert.DoesNotContain(Calls(scope + "1"), scraped, StringComparison.Ordinal);
            Assert.Contains(Calls("_other") + "2\n", scraped, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task What_the_ledger_does_not_keep_apart_is_not_there()
    {
        await FillAsync([Ledger.Call("ada", whose: new Attribution("ada", "acme", "search"))], options => options.Dimensions = new HashSet<SpendDimension> { SpendDimension.User, SpendDimension.Tenant });
        await using var service = await ServiceUnderTest.StartAsync([("Store", Store), ("Dimensions", "user,tenant")], new ManualTime(Now));
        var scraped = await ScrapeAsync(service);

        Assert.DoesNotContain("llm_ledger_feature_", scraped, StringComparison.Ordinal);
        Assert.Contains("llm_ledger_tenant_calls{llm_ledger_period=\"hour\",llm_tenant=\"acme\"} 1", scraped, StringComparison.Ordinal);
    }

    private static UsageEvent RandomCall(Random random) => Ledger.Call(
        null, input: random.Next(1, 100_000), output: random.Next(5_000), model: random.Next(5) == 0 ? "nobody-knows" : "claude-sonnet-4-5", at: Now.AddMinutes(-random.Next(random.Next(3) == 0 ? 25_000 : 80)),
        whose: new Attribution(Names[random.Next(Names.Length)], Names[random.Next(Names.Length)], Names[random.Next(Names.Length)]));

    private static double Sum(string scraped, string metric, string period) =>
        scraped.Split('\n').Where(line => line.StartsWith($"{metric}{{llm_ledger_period=\"{period}\"", StringComparison.Ordinal)).Sum(line => double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));

    private static async Task<string> ScrapeAsync(ServiceUnderTest service)
    {
        await service.StoreIsOpenAsync();
        var readings = service.Services.GetRequiredService<LedgerExposition>().Readings;
        await Eventually.HoldsAsync(() => Task.FromResult(readings.All(reading => reading.Count > 0)), "everything was read once");
        return await service.Http.GetStringAsync("/metrics", Token);
    }

    private Task FillAsync(UsageEvent[] calls, Action<CostExporterOptions>? configure = null) => Ledger.FillAsync(
        Store,
        options =>
        {
            options.TimeProvider = new ManualTime(Now);
            configure?.Invoke(options);
        },
        calls);
}
