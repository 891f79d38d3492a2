using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace LlmTelemetry.CostExporter.Tests.Emitting;

public sealed class AddUsageEventOtlpTests : IDisposable
{
    private readonly LogsEndpoint _endpoint = new();
    private readonly UsageHub _hub = new();
    private readonly ListLogger<UsageEventOtlp> _log = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _endpoint.Dispose();

    [Fact]
    public async Task Host_sends_the_calls_between_its_start_and_its_end()
    {
        using var host = Build();
        Publish();
        await host.StartAsync(Token);
        Publish();
        Publish();

        await host.StopAsync(Token);
        Publish();

        Assert.Equal(2, _endpoint.Taken.Count);
        Assert.False(_hub.HasSinks);
        Assert.Contains(_log.Lines, line => line.Level == LogLevel.Information && line.Text.Contains(_endpoint.Address.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Added_twice_sends_once_and_both_settings_hold()
    {
        using var host = Build(services => services.AddUsageEventOtlp(o => o.QueueSize = 3));
        await host.StartAsync(Token);
        Publish();
        await host.StopAsync(Token);

        Assert.Single(_endpoint.Taken);
        Assert.Equal(3, host.Services.GetRequiredService<IOptions<UsageEventOtlpOptions>>().Value.QueueSize);
    }

    [Fact]
    public async Task Events_come_from_the_same_service_and_instance_as_the_applications_metrics()
    {
        using var host = Build(services => services.AddSingleton(Sdk.CreateMeterProviderBuilder().ConfigureResource(r => r.AddService("shop", "eu")).Build()));
        await host.StartAsync(Token);
        Publish();
        await host.StopAsync(Token);

        var metrics = host.Services.GetRequiredService<MeterProvider>().GetResource().Attributes.ToDictionary(a => a.Key, a => a.Value);
        var events = Assert.Single(_endpoint.Taken).Resource;
        Assert.Equal(("shop", "eu", metrics["service.instance.id"]), (events["service.name"], events["service.namespace"], events["service.instance.id"]));
    }

    [Fact]
    public async Task Instance_is_made_up_where_nobody_names_one_and_is_one_for_all_events()
    {
        using var host = Build();
        await host.StartAsync(Token);
        Publish();
        await host.Services.GetRequiredService<UsageEventOtlp>().FlushAsync(Token);
        Publish();
        await host.StopAsync(Token);

        var instances = _endpoint.Taken.Select(log => (string)log.Resource["service.instance.id"]!).ToArray();
        Assert.Equal(2, instances.Length);
        Assert.True(Guid.TryParse(Assert.Single(instances.Distinct()), out _));
    }

    [Fact]
    public async Task Wrong_setting_keeps_the_host_from_starting()
    {
        using var host = Build(settings: [("LlmTelemetry:Otlp:Timeout", "soon")]);

        Assert.Contains("LlmTelemetry:Otlp:Timeout: 'soon'", (await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync(Token))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Misspelt_setting_is_warned_of()
    {
        using var host = Build(settings: [("LlmTelemetry:Otlp:Endpiont", "http://127.0.0.1:1")]);
        await host.StartAsync(Token);
        await host.StopAsync(Token);

        Assert.Contains("LlmTelemetry:Otlp:Endpiont", Assert.Single(_log.Lines, line => line.Level == LogLevel.Warning).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Switched_off_sdk_sends_nothing_and_says_so()
    {
        using var host = Build(settings: [("OTEL_SDK_DISABLED", "true")]);
        await host.StartAsync(Token);
        Publish();
        Assert.True(await host.Services.GetRequiredService<UsageEventOtlp>().FlushAsync(Token));
        await host.StopAsync(Token);

        Assert.Empty(_endpoint.Requests);
        Assert.Contains("OTEL_SDK_DISABLED", Assert.Single(_log.Lines).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Section_of_these_settings_is_no_unknown_one_of_the_exporters()
    {
        var log = new ListLogger<CostExporterHost>();
        using var host = Build(
            services => services.AddSingleton<ILogger<CostExporterHost>>(log).AddCostExporter(o => (o.Store, o.Hub) = ("sqlite::memory:", new UsageHub())),
            [("LlmTelemetry:Otlp:BatchSize", "9")]);
        await host.StartAsync(Token);
        await host.StopAsync(Token);

        Assert.DoesNotContain(log.Lines, line => line.Level >= LogLevel.Warning);
    }

    [Fact]
    public async Task Console_sends_without_a_host()
    {
        await using (UsageEventOtlp.Start(o => (o.Endpoint, o.Hub) = (_endpoint.Address, _hub)))
        {
            Publish();
            Assert.True(_hub.HasLedger, "metrics and spans of calls that are sent as events must not be booked");
        }

        Assert.Single(_endpoint.Taken);
    }

    private IHost Build(Action<IServiceCollection>? configure = null, (string Key, string Value)[]? settings = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection((settings ?? []).Select(pair => KeyValuePair.Create(pair.Key, (string?)pair.Value)));
        builder.Services.AddSingleton<ILogger<UsageEventOtlp>>(_log);
        builder.Services.AddUsageEventOtlp(o => (o.Endpoint, o.Hub) = (_endpoint.Address, _hub));
        configure?.Invoke(builder.Services);
        return builder.Build();
    }

    private void Publish()
    {
        var call = Calls.Make();
        _hub.Publish(in call);
    }
}
