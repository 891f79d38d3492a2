using LlmTelemetry.CostExporter;
using LlmTelemetry.EndToEnd.Tests.Watching;
using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;

namespace LlmTelemetry.EndToEnd.Tests.Receiving;

/// <summary>OpenTelemetry's JavaScript SDK, protobuf and JSON, cumulative and delta -> a real Collector with our otel-collector.yaml -> a real llmtelemetry serve -> a real Redis: the same sums.</summary>
public sealed class ForeignMetricTests
{
    // A model each, so that the report tells the clients apart; all of them with one price a token.
    private static readonly (string Encoding, string Temporality, string Model)[] Clients =
    [
        ("proto", "cumulative", "gpt-4o-mini"), ("json", "cumulative", "gpt-4o"), ("proto", "delta", "gpt-4.1"), ("json", "delta", "gpt-4.1-mini"),
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_token_of_every_client_is_in_the_ledger_once_though_collector_and_service_are_restarted_meanwhile()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var service = await ServiceServer.StartAsync(redis.Address);
        await using var collector = await CollectorServer.StartAsync($"http://127.0.0.1:{Server.FreePort()}/", Server.FreePort(), service.Endpoint.ToString());
        var clients = await Task.WhenAll(Clients.Select(client => JavaScriptClient.StartAsync(collector.Endpoint, client.Encoding, client.Temporality, client.Model, Token)));
        try
        {
            await CallAsync(clients, 40);

            // The Collector waits for the service, which does not know what it may have booked before it died.
            await service.KillAsync();
            await CallAsync(clients, 30);
            await CallAsync(clients, 30);
            await service.RestartAsync();
            await BookedAsync(redis.Address, clients, collector, service);

            // A Collector that is ended sends what it holds before.
            await CallAsync(clients, 25);
            await collector.EndAsync();
            await collector.RestartAsync();
            await CallAsync(clients, 15);
            await BookedAsync(redis.Address, clients, collector, service);
        }
        finally
        {
            foreach (var client in clients)
            {
                await client.DisposeAsync();
            }
        }
    }

    private static async Task CallAsync(JavaScriptClient[] clients, int count) => Assert.All(await Task.WhenAll(clients.Select(client => client.CallAsync(count, Token))), Assert.True);

    private static async Task BookedAsync(string store, JavaScriptClient[] clients, CollectorServer collector, ServiceServer service)
    {
        await using var reports = await UsageReports.OpenAsync(store, cancellationToken: Token);
        var expected = clients.Select(client => (client.Model, client.Calls, client.InputTokens, client.OutputTokens, (decimal?)Price(client))).Order().ToArray();
        (string, long, long, long, decimal?)[] booked = [];
        try
        {
            await Eventually.HoldsAsync(
                async () =>
                {
                    var report = await reports.QueryAsync(new UsageReportQuery { From = reports.Today.AddDays(-1), To = reports.Today, By = [SpendDimension.Model] }, Token);
                    booked = [.. report.Rows.Select(row => (row[SpendDimension.Model]!, row.Calls, row.InputTokens, row.OutputTokens, row.Cost)).Order()];
                    return booked.SequenceEqual(expected);
                },
                "all is booked, and nothing twice");
        }
        catch (TimeoutException)
        {
            Assert.Fail($"Expected {string.Join(' ', expected)}, booked {string.Join(' ', booked)}. Service: {service.Output} Collector: {collector.Output}");
        }
    }

    private static decimal Price(JavaScriptClient client)
    {
        var usage = default(CallUsage);
        usage[UsageBucket.Input] = client.InputTokens;
        usage[UsageBucket.Output] = client.OutputTokens;
        return PriceBook.Embedded.Quote("openai", client.Model, in usage, DateTimeOffset.UtcNow, null)!.Value.Amount;
    }
}
