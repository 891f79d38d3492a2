using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace LlmTelemetry.CostExporter.Tests;

/// <summary>Client id, environment and the switch from a host's configuration.</summary>
[Collection(PublicMeter.Name)] // Its trackers report to our public meter.
public sealed class TrackingConfigurationTests
{
    [Fact]
    public async Task Configuration_sets_every_client_that_is_tracked_with_the_services()
    {
        using var host = Build([("LlmTelemetry:ClientId", "shop-api"), ("LlmTelemetry:Environment", "staging")]);
        var seen = new List<Attribution>();
        using var client = new ScriptedChatClient().UseUsageTracking(host.Services, o => o.OnCompleted = (in UsageEvent call) => seen.Add(call.Attribution));
        using var own = new ScriptedChatClient().UseUsageTracking(host.Services, o =>
        {
            o.ClientId = "code";
            o.OnCompleted = (in UsageEvent call) => seen.Add(call.Attribution);
        });

        await client.GetResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken);
        await own.GetResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal([new Attribution(Client: "shop-api", Environment: "staging"), new Attribution(Client: "code", Environment: "staging")], seen);
    }

    [Fact]
    public async Task Configuration_switches_tracking_off()
    {
        using var host = Build([("LlmTelemetry:Enabled", "False")]);
        var isTold = false;
        using var client = new ScriptedChatClient().UseUsageTracking(host.Services, o => o.OnCompleted = (in UsageEvent _) => isTold = true);

        await client.GetResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken);

        Assert.False(isTold);
    }

    [Theory]
    [InlineData("Enabled", "maybe", "true or false")]
    [InlineData("ClientId", "a\nb", "at most 256 characters without control characters")]
    public async Task Host_does_not_start_on_a_wrong_value(string key, string value, string right)
    {
        using var host = Build([("LlmTelemetry:" + key, value)]);

        var problem = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync(TestContext.Current.CancellationToken));

        Assert.Contains($"LlmTelemetry:{key}: '{value}'", problem.Message, StringComparison.Ordinal);
        Assert.Contains(right, problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Defaults_of_the_application_go_before_those_of_the_configuration()
    {
        var ours = new TrackingDefaults { ClientId = "ours" };
        using var host = Build([("LlmTelemetry:ClientId", "configured")], services => services.AddSingleton(ours));

        Assert.Same(ours, host.Services.GetRequiredService<TrackingDefaults>());
    }

    private static IHost Build((string Key, string Value)[] settings, Action<IServiceCollection>? configure = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create<string, string?>(setting.Key, setting.Value)));
        configure?.Invoke(builder.Services);
        builder.Services.AddCostExporter(o => o.Store = "sqlite::memory:");
        return builder.Build();
    }
}
