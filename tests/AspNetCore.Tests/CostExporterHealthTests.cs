using LlmTelemetry.CostExporter;
using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace LlmTelemetry.AspNetCore.Tests;

public sealed class CostExporterHealthTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Store_that_takes_writes_is_healthy_and_the_data_names_it()
    {
        using var host = await StartAsync("sqlite::memory:");
        var entry = await CheckAsync(host);

        Assert.Equal(HealthStatus.Healthy, entry.Status);
        Assert.Equal(["ready"], entry.Tags);
        Assert.Equal("sqlite::memory:", entry.Data["store"]);
        Assert.Equal((TimeSpan.Zero, 0L), (entry.Data["lag"], entry.Data["pending_rows"]));
        Assert.DoesNotContain("last_error", entry.Data.Keys);
    }

    [Fact]
    public async Task Redis_that_is_killed_is_unhealthy_with_its_error_and_healthy_again_after_its_restart()
    {
        await using var redis = await RedisServer.StartAsync();
        await redis.CommandAsync("CONFIG", "SET", "requirepass", "secret");
        using var host = await StartAsync($"redis://:secret@127.0.0.1:{redis.Port}");
        var up = await CheckAsync(host);
        await redis.KillAsync();
        var down = await CheckAsync(host);
        await redis.RestartAsync("--requirepass", "secret");
        await Eventually.HoldsAsync(async () => (await CheckAsync(host)).Status == HealthStatus.Healthy, "it is healthy again");

        Assert.Equal(HealthStatus.Healthy, up.Status);
        Assert.Equal(HealthStatus.Unhealthy, down.Status);
        Assert.True(((string)down.Data["last_error"]).Length > 0);
        Assert.EndsWith(". It is kept in this process and sent again.", down.Description, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", down.Description + string.Join(' ', down.Data.Values), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("CONFIG SET maxmemory 1", "OOM")]
    [InlineData("REPLICAOF 127.0.0.1 1", "READONLY")]
    public async Task Redis_that_answers_but_takes_no_writes_is_unhealthy(string command, string error)
    {
        await using var redis = await RedisServer.StartAsync();
        using var host = await StartAsync(redis.Address);
        Assert.StartsWith("+OK", await redis.CommandAsync(command.Split(' ')), StringComparison.Ordinal);
        var entry = await CheckAsync(host);

        Assert.Equal(HealthStatus.Unhealthy, entry.Status);
        Assert.Contains(error, entry.Description!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Redis_that_stands_still_does_not_hold_the_check_up()
    {
        await using var redis = await RedisServer.StartAsync();
        using var host = await StartAsync(redis.Address);
        redis.Process.Signal("STOP");
        var checks = Enumerable.Range(0, 3).Select(_ => CheckAsync(host)).ToArray();
        var entries = await Task.WhenAll(checks).WaitAsync(TimeSpan.FromSeconds(30), Stop);
        redis.Process.Signal("CONT");

        Assert.All(entries, entry => Assert.Equal(HealthStatus.Unhealthy, entry.Status));
    }

    [Fact]
    public async Task Spend_that_does_not_get_through_for_some_intervals_is_degraded_though_writes_arrive()
    {
        await using var redis = await RedisServer.StartAsync();
        var hub = new UsageHub();
        using var host = await StartAsync(redis.Address, options => (options.Hub, options.Interval) = (hub, TimeSpan.FromMilliseconds(100)));

        // What is in the way is in one tenant's rows alone.
        hub.Publish(new MetricEvent("rating", 1, null, TimeProvider.System.GetUtcNow(), new Attribution("ada", "acme")));
        await Eventually.HoldsAsync(async () => (await redis.KeysAsync()).Any(key => key.Contains("figures", StringComparison.Ordinal)), "the first is there");
        foreach (var key in (await redis.KeysAsync()).Where(key => key.Contains("figures", StringComparison.Ordinal)))
        {
            await redis.CommandAsync("DEL", key);
            await redis.CommandAsync("SET", key, "not a hash");
        }

        hub.Publish(new MetricEvent("rating", 1, null, TimeProvider.System.GetUtcNow(), new Attribution("ada", "acme")));
        await Eventually.HoldsAsync(async () => (await CheckAsync(host)).Status == HealthStatus.Degraded, "it is degraded");
        var entry = await CheckAsync(host);

        Assert.Equal(1L, entry.Data["pending_rows"]);
        Assert.InRange((TimeSpan)entry.Data["lag"], TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1));
        Assert.Contains("WRONGTYPE", (string)entry.Data["last_error"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_without_an_exporter_says_what_is_missing()
    {
        var services = new ServiceCollection().AddLogging();
        services.AddHealthChecks().AddCostExporter();
        await using var provider = services.BuildServiceProvider();

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => provider.GetRequiredService<HealthCheckService>().CheckHealthAsync(Stop));
        Assert.Contains("services.AddCostExporter()", error.Message, StringComparison.Ordinal);
    }

    private static async Task<IHost> StartAsync(string store, Action<CostExporterOptions>? configure = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddCostExporter(options =>
        {
            (options.Store, options.Hub, options.StoreTimeout) = (store, new UsageHub(), TimeSpan.FromSeconds(1));
            configure?.Invoke(options);
        });
        builder.Services.AddHealthChecks().AddCostExporter("spend", tags: ["ready"]);
        var host = builder.Build();
        await host.StartAsync(Stop);
        return host;
    }

    private static async Task<HealthReportEntry> CheckAsync(IHost host) =>
        (await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(Stop)).Entries["spend"];
}
