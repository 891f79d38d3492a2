using LlmTelemetry.CostExporter;
using LlmTelemetry.EndToEnd.Tests.Watching;
using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;
using OpenTelemetry.Exporter;

namespace LlmTelemetry.EndToEnd.Tests.Receiving;

/// <summary>Calls -> tracker -> AddUsageEventOtlp -> a real Collector with our otel-collector.yaml -> a real llmtelemetry serve -> a real Redis: the same sums.</summary>
public sealed class UsageEventTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_call_is_in_the_ledger_once_though_collector_and_service_are_killed_meanwhile()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var service = await ServiceServer.StartAsync(redis.Address);
        await using var collector = await CollectorServer.StartAsync($"http://127.0.0.1:{Server.FreePort()}/", Server.FreePort(), service.Endpoint.ToString());
        var hub = new UsageHub();
        var calls = new TrackedCalls(hub);
        await using (var events = UsageEventOtlp.Start(o => (o.Endpoint, o.Hub, o.Interval, o.BatchSize, o.ShutdownTimeout) = (collector.Endpoint, hub, TimeSpan.FromMilliseconds(50), 50, TimeSpan.FromMinutes(1))))
        {
            await calls.RunAsync(0, 300, Token);
            await service.KillAsync();
            await calls.RunAsync(300, 300, Token);
            await events.FlushAsync(Token);
            await collector.KillAsync();
            await calls.RunAsync(600, 100, Token);
            await service.RestartAsync();
            await collector.RestartAsync();
            await calls.RunAsync(700, 300, Token);
            await service.KillAsync();
            await service.RestartAsync();
            await Eventually.HoldsAsync(() => events.FlushAsync(Token), "everything is sent", TimeSpan.FromMinutes(1));
            Assert.Equal(0, events.PendingEvents);
        }

        await AssertBookedAsync(redis.Address, calls);
    }

    [Fact]
    public async Task Service_takes_events_without_a_collector()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var service = await ServiceServer.StartAsync(redis.Address);
        var hub = new UsageHub();
        var calls = new TrackedCalls(hub);
        await using (UsageEventOtlp.Start(o => (o.Endpoint, o.Hub, o.ShutdownTimeout) = (service.Endpoint, hub, TimeSpan.FromSeconds(30))))
        {
            await calls.RunAsync(0, 700, Token);
        }

        await AssertBookedAsync(redis.Address, calls);
    }

    [Fact]
    public async Task Collector_takes_events_by_grpc_and_they_wait_while_the_service_is_away()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var service = await ServiceServer.StartAsync(redis.Address);
        await using var collector = await CollectorServer.StartAsync($"http://127.0.0.1:{Server.FreePort()}/", Server.FreePort(), service.Endpoint.ToString());
        await service.KillAsync();
        var hub = new UsageHub();
        var calls = new TrackedCalls(hub);
        await using (var events = UsageEventOtlp.Start(o => (o.Endpoint, o.Protocol, o.Hub, o.ShutdownTimeout) = (collector.GrpcEndpoint, OtlpExportProtocol.Grpc, hub, TimeSpan.FromSeconds(30))))
        {
            await calls.RunAsync(0, 50, Token);
            Assert.False(await events.FlushAsync(Token));
            Assert.Equal(50, events.PendingEvents);
            await service.RestartAsync();
        }

        await AssertBookedAsync(redis.Address, calls);
    }

    private static async Task AssertBookedAsync(string store, TrackedCalls calls)
    {
        await using var reports = await UsageReports.OpenAsync(store, cancellationToken: Token);
        var query = new UsageReportQuery { From = reports.Today.AddDays(-1), To = reports.Today };
        var total = (await reports.QueryAsync(query, Token)).Total;
        Assert.Equal((calls.Calls, calls.InputTokens, calls.OutputTokens), (total.Calls, total.InputTokens, total.OutputTokens));
        Assert.Equal((decimal)calls.CostPico / 1_000_000_000_000m, total.Cost);
    }
}
