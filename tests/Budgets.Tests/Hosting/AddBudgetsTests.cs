using LlmTelemetry.CostExporter;
using LlmTelemetry.TestKit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LlmTelemetry.Budgets.Tests;

public sealed class AddBudgetsTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llmtelemetry-add-budgets-");
    private readonly LogRecorder<BudgetGuard> _log = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Application_gets_a_guard_and_a_tracker_with_the_options_of_its_configuration_and_code_wins()
    {
        using var host = Host(
            [("Budgets:Store", "redis:localhost:1"), ("Budgets:DailyTokenLimit", "5"), ("Budgets:MinOutputTokens", "7")],
            options => (options.Store, options.MinOutputTokens) = ("sqlite::memory:", 9));
        await host.StartAsync(Stop);
        var guard = host.Services.GetRequiredService<BudgetGuard>();

        Assert.Equal(("sqlite::memory:", 9, 5L), (guard.Options.Store, guard.Options.MinOutputTokens, guard.Options.DailyTokenLimit));
        Assert.Equal(3, await host.Services.GetRequiredService<DailyTokenTracker>().IncrementAsync(3, Stop));
        Assert.Equal(3, (await guard.DailyTokens.GetStatsAsync(Stop)).Usage);
        await host.StopAsync(Stop);
    }

    [Theory]
    [InlineData("Budgets:StoreTimeout", "soon", "LlmTelemetry:Budgets:StoreTimeout: 'soon'")]
    [InlineData("Budgets:Limits:0:Amount", "-5", "LlmTelemetry:Budgets:Limits:0:Amount: '-5'")]
    [InlineData("Budgets:Limits:0:Name", "tier.mine", "tier.mine")]
    [InlineData("Budgets:DefaultTier", "gold", "gold")]
    [InlineData("TimeZone", "Moon/Far_Side", "LlmTelemetry:TimeZone: 'Moon/Far_Side'")]
    public async Task Host_does_not_start_with_a_bad_setting(string setting, string value, string named)
    {
        using var host = Host([.. Limit("daily", "5"), (setting, value)]);

        var error = await Assert.ThrowsAnyAsync<Exception>(() => host.StartAsync(Stop));

        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Changes_of_the_configuration_apply_without_a_restart_and_bad_ones_are_refused_and_logged()
    {
        using var host = Host([("Budgets:Store", "sqlite::memory:"), .. Limit("daily", "5")]);
        await host.StartAsync(Stop);
        var guard = host.Services.GetRequiredService<BudgetGuard>();
        await guard.ChargeAsync("ada", 4, cancellationToken: Stop);

        Change(host, ("Budgets:Limits:0:Amount", "50"));
        Assert.Equal((4, 50), await DailyAsync(guard));
        Change(host, ("Budgets:Limits:0:Amount", "lots"));
        Change(host, ("Budgets:Limits:0:Amount", "1.5"));
        Assert.Equal((4, 50), await DailyAsync(guard));
        Assert.Equal(2, _log.At(LogLevel.Error).Count(line => line.Contains("the old ones stay", StringComparison.Ordinal)));
        Assert.Contains(_log.At(LogLevel.Error), line => line.Contains("LlmTelemetry:Budgets:Limits:0:Amount: 'lots'", StringComparison.Ordinal));
        Change(host, ("Budgets:Limits:0:Amount", "60"), ("Budgets:Store", "sqlite:elsewhere.db"));
        Assert.Equal((4, 60), await DailyAsync(guard));
        Assert.Contains(_log.At(LogLevel.Warning), line => line.Contains("next start", StringComparison.Ordinal));
        await host.StopAsync(Stop);
    }

    [Fact]
    public async Task Limits_are_announced_at_the_start_and_at_changes()
    {
        using var host = Host([("Budgets:Store", "sqlite::memory:"), .. Limit("daily", "5")]);
        await host.StartAsync(Stop);
        var guard = host.Services.GetRequiredService<BudgetGuard>();
        await AnnouncedAsync(guard, "\"5\"");
        Change(host, ("Budgets:Limits:0:Amount", "50"));
        await AnnouncedAsync(guard, "\"50\"");
        await host.StopAsync(Stop);
    }

    [Fact]
    public void Store_prefix_and_zone_are_the_exporters_unless_they_are_said()
    {
        var exporter = new (string, string)[] { ("Store", "redis:localhost:1"), ("KeyPrefix", "shop"), ("TimeZone", "Europe/Berlin") };

        Assert.Equal(("redis:localhost:1", "shop", "Europe/Berlin"), Place(exporter, services => services.AddCostExporter()));
        Assert.Equal(("redis:localhost:1", "shop", "Europe/Berlin"), Place(exporter, _ => { }));
        Assert.Equal(("sqlite:code.db", "shop", "Europe/Berlin"), Place(exporter, services => services.AddCostExporter(options => options.Store = "sqlite:code.db")));
        Assert.Equal(("redis:other:2", "own", "UTC"), Place([.. exporter, ("Budgets:Store", "redis:other:2"), ("Budgets:KeyPrefix", "own"), ("Budgets:TimeZone", "UTC")], services => services.AddCostExporter()));
        Assert.Equal(("sqlite:llmtelemetry.db", "llm", "UTC"), Place([], _ => { }));
    }

    [Fact]
    public void A_store_of_the_applications_own_keeps_no_budgets_and_the_host_says_so()
    {
        var error = Assert.Throws<OptionsValidationException>(() => Place([], services => services.AddCostExporter(options => options.UseStore(_ => throw new NotSupportedException()))));

        Assert.Contains("LlmTelemetry:Budgets:Store is missing", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_store_that_is_down_does_not_keep_the_host_from_starting()
    {
        using var host = Host([("Budgets:Store", $"redis://127.0.0.1:{Server.FreePort()}"), ("Budgets:StoreTimeout", "00:00:00.2"), .. Limit("daily", "5")]);
        await host.StartAsync(Stop);

        Assert.True((await host.Services.GetRequiredService<BudgetGuard>().GetQuotaAsync("ada", cancellationToken: Stop)).IsStale);
        await host.StopAsync(Stop);
    }

    [Fact]
    public async Task Ending_the_host_ends_the_guard_and_what_was_charged_stays()
    {
        var store = "sqlite:" + Path.Combine(_folder.FullName, "spend.db");
        using (var host = Host([("Store", store), .. Limit("daily", "5")]))
        {
            await host.StartAsync(Stop);
            await host.Services.GetRequiredService<BudgetGuard>().ChargeAsync("ada", 4, cancellationToken: Stop);
            await host.StopAsync(Stop);
        }

        Assert.True(File.Exists(Path.Combine(_folder.FullName, "spend.budgets.db")));
        await using var reader = await BudgetReader.OpenAsync(new CostExporterOptions { Store = store }, cancellationToken: Stop);
        Assert.Equal(4, (await reader.GetQuotaAsync("ada", cancellationToken: Stop)).Daily?.Used);
    }

    [Fact]
    public void The_exporter_knows_that_the_section_of_budgets_is_not_its_own()
    {
        var log = new LogRecorder<CostExporterHost>();
        using var services = Services([("Budgets:Store", "sqlite::memory:"), ("Budgetz", "1")], services => services.AddCostExporter().AddSingleton<ILogger<CostExporterHost>>(log));
        _ = services.GetRequiredService<IOptions<CostExporterOptions>>().Value;

        Assert.StartsWith("LlmTelemetry:Budgetz is not a setting", Assert.Single(log.Lines).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_host_the_environment_is_read_and_code_wins()
    {
        var configuration = Configuration([("Store", "redis:localhost:1"), ("Budgets:DailyTokenLimit", "5"), ("Budgets:MaxPending", "6"), .. Limit("daily", "5")]);

        var options = BudgetSettings.Read(configuration, options => options.MaxPending = 8);

        Assert.Equal(("redis:localhost:1", 5L, 8, "daily"), (options.Store, options.DailyTokenLimit, options.MaxPending, Assert.Single(options.Limits).Name));
    }

    private static (string, string)[] Limit(string name, string amount) =>
        [("Budgets:Limits:0:Name", name), ("Budgets:Limits:0:Unit", "tokens"), ("Budgets:Limits:0:Amount", amount), ("Budgets:Limits:0:Window", "day"), ("Budgets:Limits:0:Per", "user")];

    private static IConfigurationRoot Configuration(IEnumerable<(string Key, string Value)> settings) => new ConfigurationBuilder()
        .AddInMemoryCollection(settings.GroupBy(setting => setting.Key).Select(said => KeyValuePair.Create("LlmTelemetry:" + said.Key, (string?)said.Last().Value))).Build();

    private static ServiceProvider Services(IEnumerable<(string Key, string Value)> settings, Action<IServiceCollection> add)
    {
        var services = new ServiceCollection().AddSingleton<IConfiguration>(Configuration(settings));
        add(services);
        return services.BuildServiceProvider();
    }

    private static (string?, string?, string?) Place(IEnumerable<(string Key, string Value)> settings, Action<IServiceCollection> add)
    {
        using var services = Services(settings, services => add(services.AddBudgets()));
        var options = services.GetRequiredService<IOptions<BudgetOptions>>().Value;
        return (options.Store, options.KeyPrefix, options.TimeZone?.Id);
    }

    private static void Change(IHost host, params (string Key, string Value)[] settings)
    {
        var configuration = (IConfigurationRoot)host.Services.GetRequiredService<IConfiguration>();
        foreach (var (key, value) in settings)
        {
            configuration["LlmTelemetry:" + key] = value;
        }

        configuration.Reload();
    }

    private static async Task<(int Used, int Limit)> DailyAsync(BudgetGuard guard)
    {
        var daily = (await guard.GetQuotaAsync("ada", cancellationToken: Stop)).Daily!;
        return ((int)daily.Used, (int)daily.Limit!);
    }

    private static Task AnnouncedAsync(BudgetGuard guard, string part) => Eventually.HoldsAsync(
        async () => (await guard.Ledger.AnnouncedAsync(Stop)).TryGetValue("daily", out var text) && text.Contains(part, StringComparison.Ordinal), $"{part} is announced");

    private IHost Host(IEnumerable<(string Key, string Value)> settings, Action<BudgetOptions>? configure = null) => new HostBuilder()
        .ConfigureAppConfiguration(builder => builder.AddConfiguration(Configuration(settings)))
        .ConfigureServices(services => services.AddBudgets(configure).AddSingleton<ILogger<BudgetGuard>>(_log))
        .Build();
}
