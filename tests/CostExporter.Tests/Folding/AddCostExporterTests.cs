using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LlmTelemetry.CostExporter.Tests;

public sealed class AddCostExporterTests
{
    private const byte Tokens = 32; // SpendMeasure.Usage(UsageBucket.Input)

    [Fact]
    public async Task Host_keeps_the_calls_between_its_start_and_its_end()
    {
        var hub = new UsageHub();
        var store = new FlakySpendStore();
        using var host = Build(services => services.AddCostExporter(o => o.Hub = hub), store);
        await host.StartAsync(TestContext.Current.CancellationToken);
        Assert.True(SpendFolder.IsActiveOn(hub));
        Publish(hub, 7);

        await host.StopAsync(TestContext.Current.CancellationToken);

        Assert.Equal(7, store.Sum(Tokens));
        Assert.False(hub.HasSinks);
    }

    [Fact]
    public async Task Calls_of_services_that_stop_later_still_count()
    {
        var hub = new UsageHub();
        var store = new FlakySpendStore();
        using var host = Build(
            services =>
            {
                services.AddSingleton<IHostedService>(new CallsAtItsEnd(() => Publish(hub, 5)));
                services.AddCostExporter(o => o.Hub = hub);
            },
            store);
        await host.StartAsync(TestContext.Current.CancellationToken);

        await host.StopAsync(TestContext.Current.CancellationToken);

        Assert.Equal(5, store.Sum(Tokens));
    }

    [Fact]
    public async Task Added_twice_counts_once_and_both_settings_hold()
    {
        var hub = new UsageHub();
        var store = new FlakySpendStore();
        using var host = Build(services => services.AddCostExporter(o => o.Hub = hub).AddCostExporter(o => o.KeyPrefix = "twice"), store);
        await host.StartAsync(TestContext.Current.CancellationToken);
        Publish(hub, 7);
        await host.StopAsync(TestContext.Current.CancellationToken);

        Assert.Equal(7, store.Sum(Tokens));
        Assert.Single(host.Services.GetServices<IHostedService>().OfType<CostExporterService>());
        Assert.Equal("twice", host.Services.GetRequiredService<IOptions<CostExporterOptions>>().Value.KeyPrefix);
    }

    [Fact]
    public async Task Registered_sinks_get_the_same_events_until_the_end()
    {
        var hub = new UsageHub();
        var sink = new ListSink();
        using var host = Build(
            services =>
            {
                services.AddSingleton<IUsageSink>(sink);
                services.AddCostExporter(o => o.Hub = hub);
            },
            new FlakySpendStore());
        await host.StartAsync(TestContext.Current.CancellationToken);
        Publish(hub, 7);
        await host.StopAsync(TestContext.Current.CancellationToken);
        Publish(hub, 8);

        Assert.Equal([7L], sink.Inputs);
    }

    [Fact]
    public async Task Store_that_is_down_does_not_keep_the_host_from_starting()
    {
        var hub = new UsageHub();
        var store = new FlakySpendStore { Opening = static () => throw new IOException("down") };
        using var host = Build(services => services.AddCostExporter(o => o.Hub = hub), store);

        await host.StartAsync(TestContext.Current.CancellationToken);
        Publish(hub, 3);
        store.Opening = static () => Task.CompletedTask;
        var result = await host.Services.GetRequiredService<CostExporterHost>().FlushAsync(TestContext.Current.CancellationToken);

        Assert.Equal((1, (string?)null), (result.SentRows, result.Error));
        await host.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Store_of_something_else_keeps_the_host_from_starting()
    {
        var store = new FlakySpendStore { Opening = static () => throw new SpendStoreMismatchException("The store is in Asia/Tokyo, not in UTC.") };
        using var host = Build(services => services.AddCostExporter(o => o.Hub = new UsageHub()), store);

        var failure = await Assert.ThrowsAsync<SpendStoreMismatchException>(() => host.StartAsync(TestContext.Current.CancellationToken));

        Assert.Contains("Asia/Tokyo", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Configuration_sets_every_option()
    {
        var options = Configured(
            [
                ("Store", "sqlite::memory:"), ("Interval", "00:00:05"), ("TimeZone", "Europe/Berlin"), ("HourRetention", "2.00:00:00"), ("DayRetention", "30.00:00:00"),
                ("MonthRetention", "800.00:00:00"), ("StoreTimeout", "00:00:02"), ("ShutdownTimeout", "00:00:03"), ("KeyPrefix", "app:llm"), ("LedgerGauges", "true"),
                ("LedgerGaugeUsers", "12"), ("DailyBudgets:total", "100"), ("DailyBudgets:user:alice", "2.50"),
            ]);

        Assert.Equal("sqlite::memory:", options.Store);
        Assert.Equal("Europe/Berlin", options.TimeZone.Id);
        Assert.Equal(
            [TimeSpan.FromSeconds(5), TimeSpan.FromDays(2), TimeSpan.FromDays(30), TimeSpan.FromDays(800), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(3)],
            [options.Interval, options.HourRetention, options.DayRetention, options.MonthRetention, options.StoreTimeout, options.ShutdownTimeout]);
        Assert.Equal(("app:llm", true, 12), (options.KeyPrefix, options.LedgerGauges, options.LedgerGaugeUsers));
        Assert.Equal(100m, options.DailyBudgets["total"]);
        Assert.Equal(2.5m, options.DailyBudgets["user:alice"]);
        Assert.Equal(2, options.DailyBudgets.Count);
    }

    [Fact]
    public void Configuration_says_what_rows_are_kept_apart_by_as_a_list_of_names_or_as_an_array()
    {
        foreach (var options in new[]
        {
            Configured([("Dimensions", "user, Session,MODEL"), ("Tags", "plan,region")]),
            Configured([("Dimensions:0", "model"), ("Dimensions:1", "user"), ("Dimensions:2", "session"), ("Tags:0", "plan"), ("Tags:1", "region")]),
        })
        {
            Assert.Equal([SpendDimension.Model, SpendDimension.User, SpendDimension.Session], options.Dimensions.Order());
            Assert.Equal(["plan", "region"], options.Tags);
        }

        Assert.Equal((13, 0), (Configured([]).Dimensions.Count, Configured([]).Tags.Count));
    }

    [Fact]
    public void Code_that_keeps_rows_apart_by_what_is_nothing_to_is_refused()
    {
        Assert.Contains("'Day'", Assert.Throws<ArgumentException>(() => new CostExporterOptions { Dimensions = new HashSet<SpendDimension> { SpendDimension.Day } }).Message, StringComparison.Ordinal);
        Assert.Contains("'99'", Assert.Throws<ArgumentException>(() => new CostExporterOptions { Dimensions = new HashSet<SpendDimension> { (SpendDimension)99 } }).Message, StringComparison.Ordinal);
        Assert.Contains("'a b'", Assert.Throws<ArgumentException>(() => new CostExporterOptions { Tags = ["ok", "a b"] }).Message, StringComparison.Ordinal);
        Assert.Contains("17", Assert.Throws<ArgumentException>(() => new CostExporterOptions { Tags = [.. Enumerable.Range(0, 17).Select(n => $"t{n}")] }).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Infinite_interval_can_be_configured() => Assert.Equal(Timeout.InfiniteTimeSpan, Configured([("Interval", "infinite")]).Interval);

    [Fact]
    public void Code_wins_over_configuration_also_when_it_came_first()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection([new("LlmTelemetry:Interval", "00:00:05"), new("LlmTelemetry:KeyPrefix", "configured")]);
        builder.Services.Configure<CostExporterOptions>(o => o.Interval = TimeSpan.FromSeconds(7));
        builder.Services.AddCostExporter();
        using var host = builder.Build();

        var options = host.Services.GetRequiredService<IOptions<CostExporterOptions>>().Value;

        Assert.Equal((TimeSpan.FromSeconds(7), "configured"), (options.Interval, options.KeyPrefix));
    }

    [Theory]
    [InlineData("Interval", "10", "00:00:10")]
    [InlineData("Interval", "-00:00:10", "positive")]
    [InlineData("Interval", "", "positive")]
    [InlineData("Interval", "60.00:00:00", "24 days")]
    [InlineData("HourRetention", "48:00:00", "(days)")] // To .NET: 48 days.
    [InlineData("StoreTimeout", "soon", "positive")]
    [InlineData("ShutdownTimeout", "25.00:00:00", "24 days")]
    [InlineData("TimeZone", "Berlin", "Europe/Berlin")]
    [InlineData("KeyPrefix", "a{b}", "letters")]
    [InlineData("LedgerGauges", "yes", "true or false")]
    [InlineData("LedgerGaugeUsers", "-1", "above 0")]
    [InlineData("LedgerGaugeUsers", "0", "above 0")]
    [InlineData("DailyBudgets:user:bob", "much", "USD")]
    [InlineData("Store", "mysql://x", "sqlite:")]
    [InlineData("Dimensions", "user,usr", "provider, model, user, tenant, feature, conversation, session, tier, operation, client, environment, outcome, quality, price_version")]
    [InlineData("Dimensions", "day", "provider, model")]
    [InlineData("Dimensions", "", "provider, model")]
    [InlineData("Tags", "plan,,region", "separated by commas")]
    [InlineData("Tags", "tag:plan", "letters, digits")]
    public async Task Bad_setting_keeps_the_host_from_starting_and_says_what_is_right(string key, string value, string right)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection([new("LlmTelemetry:" + key, value)]);
        builder.Services.AddCostExporter(o => o.Hub = new UsageHub());
        using var host = builder.Build();

        var failure = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync(TestContext.Current.CancellationToken));

        Assert.Contains(key, failure.Message, StringComparison.Ordinal);
        Assert.Contains($"'{value}'", failure.Message, StringComparison.Ordinal);
        Assert.Contains(right, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Password_in_a_bad_address_is_not_shown()
    {
        var failure = Assert.Throws<OptionsValidationException>(() => Configured([("Store", "mysql://joe:secret@host:1")]));

        Assert.DoesNotContain("secret", failure.ToString(), StringComparison.Ordinal);
    }

    private static CostExporterOptions Configured((string Key, string Value)[] settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection(settings.Select(s => new KeyValuePair<string, string?>("LlmTelemetry:" + s.Key, s.Value)));
        builder.Services.AddCostExporter();
        using var host = builder.Build();
        return host.Services.GetRequiredService<IOptions<CostExporterOptions>>().Value;
    }

    [Fact]
    public async Task Host_says_where_spend_is_kept_and_warns_of_a_setting_that_is_none()
    {
        var log = new ListLogger<CostExporterHost>();
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection([new("LlmTelemetry:Stoer", "redis://127.0.0.1:1"), new("LlmTelemetry:Store", "sqlite::memory:"), new("LlmTelemetry:DailyBudgets:user:ada", "1")]);
        builder.Services.AddSingleton<ILogger<CostExporterHost>>(log);
        builder.Services.AddCostExporter(o => o.Hub = new UsageHub());
        using var host = builder.Build();

        await host.StartAsync(TestContext.Current.CancellationToken);
        await host.StopAsync(TestContext.Current.CancellationToken);

        Assert.Contains(log.Lines, line => line.Level == LogLevel.Information && line.Text.Contains("sqlite::memory:", StringComparison.Ordinal));
        Assert.Contains("LlmTelemetry:Stoer", Assert.Single(log.Lines, line => line.Level == LogLevel.Warning).Text);
    }

    // The store is put in by an exporter that is registered first: AddCostExporter leaves it in place.
    private static IHost Build(Action<IServiceCollection> configure, FlakySpendStore store)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddSingleton(provider =>
        {
            var options = provider.GetRequiredService<IOptions<CostExporterOptions>>().Value;
            options.TimeProvider = new ManualTime(Calls.Noon);
            return new CostExporterHost(options, store: store);
        });
        configure(builder.Services);
        return builder.Build();
    }

    private static void Publish(UsageHub hub, long input)
    {
        var call = Calls.Make(input: input);
        hub.Publish(in call);
    }

    private sealed class CallsAtItsEnd(Action call) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken)
        {
            call();
            return Task.CompletedTask;
        }
    }

    private sealed class ListSink : IUsageSink
    {
        public List<long> Inputs { get; } = [];

        public void Record(in UsageEvent usageEvent) => Inputs.Add(usageEvent.Usage[UsageBucket.Input]);
    }
}
