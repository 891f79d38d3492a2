using System.Diagnostics.Metrics;
using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace LlmTelemetry.CostExporter.Tests;

[Collection(PublicMeter.Name)]
public sealed class MetricDoorTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llmtelemetry-door-");
    private readonly Meter _meter = new("Some.Library." + Guid.NewGuid().ToString("N"));
    private readonly OtherLibrary _library;

    public MetricDoorTests() => _library = new OtherLibrary(_meter);

    private string Store => "sqlite:" + Path.Combine(_folder.FullName, "ledger.db");

    public void Dispose()
    {
        _meter.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task One_line_on_a_meter_provider_keeps_what_other_libraries_spend()
    {
        using (Sdk.CreateMeterProviderBuilder().AddMeter(_meter.Name).AddCostExporter(options => options.Store = Store).Build())
        {
            _library.Call("anthropic", "claude-sonnet-4-5", 1_000_000 / 10, 0);
        }

        Assert.Equal((1L, 0.3m), await TotalAsync(Store));
    }

    [Fact]
    public void Process_without_a_tracker_says_that_it_books_what_other_libraries_spend()
    {
        var said = new List<long>();
        using var listener = new MeterListener
        {
            InstrumentPublished = static (instrument, listener) =>
            {
                if ((instrument.Meter.Name, instrument.Name) == (Vocabulary.CostExporter, "llm.usage.booked"))
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((_, value, _, _) => said.Add(value));
        using (Sdk.CreateMeterProviderBuilder().AddMeter(_meter.Name).AddCostExporter(options => options.Store = Store).Build())
        {
            listener.Start();
            listener.RecordObservableInstruments();
        }

        listener.RecordObservableInstruments();
        Assert.Equal([1], said);
    }

    [Fact]
    public async Task Added_twice_counts_once_and_both_settings_hold()
    {
        using (Sdk.CreateMeterProviderBuilder()
            .AddMeter(_meter.Name)
            .AddCostExporter(options => options.Store = Store)
            .AddCostExporter(options => options.KeyPrefix = "twice")
            .Build())
        {
            _library.Call("anthropic", "claude-sonnet-4-5", 100_000, 0);
        }

        Assert.Equal((1L, 0.3m), await TotalAsync(Store));
    }

    [Fact]
    public async Task Forced_flush_brings_what_was_recorded_to_the_store()
    {
        using var provider = Sdk.CreateMeterProviderBuilder()
            .AddMeter(_meter.Name)
            .AddCostExporter(options => (options.Store, options.Interval) = (Store, Timeout.InfiniteTimeSpan))
            .Build();
        _library.Call("anthropic", "claude-sonnet-4-5", 100_000, 0);

        Assert.True(provider.ForceFlush());

        Assert.Equal((1L, 0.3m), await TotalAsync(Store));
    }

    [Fact]
    public async Task Forced_flush_says_that_the_store_does_not_answer_and_loses_nothing()
    {
        await using var redis = await RedisServer.StartAsync();
        await redis.KillAsync();
        using (var provider = Sdk.CreateMeterProviderBuilder()
            .AddMeter(_meter.Name)
            .AddCostExporter(options => (options.Store, options.Interval, options.StoreTimeout) = (redis.Address, Timeout.InfiniteTimeSpan, TimeSpan.FromSeconds(1)))
            .Build())
        {
            _library.Call("anthropic", "claude-sonnet-4-5", 100_000, 0);
            Assert.False(provider.ForceFlush());

            await redis.RestartAsync();
            await Eventually.HoldsAsync(() => Task.FromResult(provider.ForceFlush()), "the flush reaches the store that is back");
        }

        Assert.Equal((1L, 0.3m), await TotalAsync(redis.Address));
    }

    [Fact]
    public async Task Named_ones_have_stores_of_their_own_and_the_reader_can_be_set()
    {
        var other = "sqlite:" + Path.Combine(_folder.FullName, "other.db");
        MetricReaderOptions? reader = null;
        using (Sdk.CreateMeterProviderBuilder()
            .AddMeter(_meter.Name)
            .AddCostExporter("first", options => options.Store = Store)
            .AddCostExporter("second", (options, periodic) =>
            {
                options.Store = other;
                reader = periodic;
                periodic.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = 3_600_000;
                periodic.TemporalityPreference = MetricReaderTemporalityPreference.Cumulative;
            })
            .Build())
        {
            _library.Call("anthropic", "claude-sonnet-4-5", 1_000, 0);
        }

        Assert.NotNull(reader);
        Assert.Equal((1L, 0.003m), await TotalAsync(Store));
        Assert.Equal((1L, 0.003m), await TotalAsync(other));
    }

    [Fact]
    public async Task In_an_application_it_shares_the_exporter_of_the_services_and_both_doors_count_once()
    {
        var hub = new UsageHub();
        using var own = new OwnMeter();
        var builder = Microsoft.Extensions.Hosting.Host.CreateApplicationBuilder();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["LlmTelemetry:Store"] = Store });
        builder.Services.AddCostExporter(options => options.Hub = hub);
        new OpenTelemetryOn(builder.Services).WithMetrics(metrics => metrics.AddMeter(_meter.Name).AddCostExporter());
        using (var host = builder.Build())
        {
            var provider = host.Services.GetRequiredService<MeterProvider>();
            await host.StartAsync(TestContext.Current.CancellationToken);

            var call = Calls.Make(model: "claude-sonnet-4-5", at: DateTimeOffset.UtcNow);
            hub.Publish(in call);
            own.Call("alice");
            _library.Call("anthropic", "claude-sonnet-4-5", 100, 10);
            _library.Call("anthropic", "claude-haiku-4-5", 1_000, 0);
            Assert.True(provider.ForceFlush());

            var exporter = host.Services.GetRequiredService<CostExporterHost>();
            Assert.Null((await exporter.FlushAsync(TestContext.Current.CancellationToken)).Error);
            Assert.Same(exporter.Reports, host.Services.GetRequiredService<UsageReports>());
            _library.Call("anthropic", "claude-haiku-4-5", 1_000, 0);
            own.Call("alice");
            await host.StopAsync(TestContext.Current.CancellationToken);
        }

        // The event once (100 x 3.000001 + 10 x 15), and two calls of the library's own (1,000 x 1 USD per million each), of which one came after the last collection.
        Assert.Equal((3L, 0.0004500001m + 0.002m), await TotalAsync(Store));
    }

    [Fact]
    public void A_store_that_belongs_to_something_else_is_refused_at_once()
    {
        File.WriteAllText(Path.Combine(_folder.FullName, "ledger.db"), new string('x', 5_000));

        Assert.Throws<SpendStoreMismatchException>(() => Sdk.CreateMeterProviderBuilder().AddCostExporter(options => options.Store = Store).Build());
    }

    private static async Task<(long Calls, decimal? Cost)> TotalAsync(string store)
    {
        await using var reports = await UsageReports.OpenAsync(store, cancellationToken: TestContext.Current.CancellationToken);
        var report = await reports.QueryAsync(new() { From = reports.Today.AddDays(-1), To = reports.Today.AddDays(1) }, TestContext.Current.CancellationToken);
        return (report.Total.Calls, report.Total.Cost);
    }

    // What services.AddOpenTelemetry() of the hosting package returns.
    private sealed class OpenTelemetryOn(IServiceCollection services) : IOpenTelemetryBuilder
    {
        public IServiceCollection Services => services;
    }
}
