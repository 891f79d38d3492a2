using System.Diagnostics;
using System.Diagnostics.Metrics;
using LlmTelemetry.CostExporter;
using LlmTelemetry.EndToEnd.Tests.Watching;
using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace LlmTelemetry.EndToEnd.Tests.Receiving;

/// <summary>The .NET OTLP exporter -> a real Collector with our otel-collector.yaml -> a real llmtelemetry serve -> a real Redis: the same sums.</summary>
public sealed class DotnetExporterTests
{
    // Our meter is one for the process, and other tests use it: what is sent of it is sent from a process of its own, which says here what it did.
    private const string EndpointVariable = "LLMTELEMETRY_TEST_OTLP_ENDPOINT";
    private const string DoneVariable = "LLMTELEMETRY_TEST_DONE";
    private const string Library = "Experimental.Microsoft.Extensions.AI";
    private const string Model = "gpt-4o-mini";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(nameof(Service_that_sends_metrics))]
    [InlineData(nameof(Service_that_sends_metrics_and_events))]
    public async Task Calls_of_a_tracked_client_are_in_the_ledger_once(string service) => await WithServiceAsync(async (store, collector) =>
    {
        var done = Path.GetTempFileName();
        try
        {
            var start = new ProcessStartInfo(Server.Need("dotnet"), [typeof(DotnetExporterTests).Assembly.Location, "-method", $"{typeof(DotnetExporterTests).FullName}.{service}", "-explicit", "only"])
            {
                RedirectStandardOutput = true,
                Environment = { [EndpointVariable] = collector.Endpoint.ToString(), [DoneVariable] = done },
            };
            using var process = Process.Start(start)!;
            var output = await process.StandardOutput.ReadToEndAsync(Token);
            await process.WaitForExitAsync(Token);
            Assert.True(process.ExitCode == 0, output);

            var said = (await File.ReadAllTextAsync(done, Token)).Split(' ').Select(Int128.Parse).ToArray();
            await BookedAsync(store, ((long)said[0], (long)said[1], (long)said[2], (decimal)said[3] / 1_000_000_000_000m));
        }
        finally
        {
            File.Delete(done);
        }
    });

    [Fact]
    public async Task Tokens_that_microsoft_extensions_ai_counts_are_in_the_ledger_once() => await WithServiceAsync(async (store, collector) =>
    {
        using var meter = new Meter(Library);
        var (tokens, durations) = (meter.CreateHistogram<int>("gen_ai.client.token.usage", "{token}"), meter.CreateHistogram<double>("gen_ai.client.operation.duration", "s"));
        using var provider = Exporting(collector.Endpoint, "dotnet-meai", b => b.AddMeter(Library));
        for (var n = 0; n < 50; n++)
        {
            TagList said = [new("gen_ai.operation.name", "chat"), new("gen_ai.provider.name", "openai"), new("gen_ai.request.model", Model), new("gen_ai.response.model", Model)];
            durations.Record(0.5, said);
            tokens.Record(100 + n, [.. said, new("gen_ai.token.type", "input")]);
            tokens.Record(n, [.. said, new("gen_ai.token.type", "output")]);
            if (n % 10 == 9)
            {
                Assert.True(provider.ForceFlush());
            }
        }

        // 0.15 and 0.60 USD per million tokens.
        await BookedAsync(store, (50, 6_225, 1_225, (6_225 * 0.15m / 1_000_000m) + (1_225 * 0.60m / 1_000_000m)));
    });

    [Fact(Explicit = true)]
    public Task Service_that_sends_metrics() => RunAsync(static (_, _) => null);

    [Fact(Explicit = true)]
    public Task Service_that_sends_metrics_and_events() => RunAsync(static (hub, provider) => UsageEventOtlp.Start(o => (o.Endpoint, o.Hub, o.Resource) = (Endpoint, hub, provider.GetResource())));

    private static Uri Endpoint => new(Environment.GetEnvironmentVariable(EndpointVariable)!);

    private static async Task RunAsync(Func<UsageHub, MeterProvider, UsageEventOtlp?> sendEvents)
    {
        var hub = new UsageHub();
        var calls = new TrackedCalls(hub);
        using var provider = Exporting(Endpoint, "dotnet-own", static b => b.AddUsageTracking());
        await using var events = sendEvents(hub, provider);
        for (var part = 0; part < 3; part++)
        {
            await calls.RunAsync(part * 40, 40, Token);
            Assert.True(events is null || await events.FlushAsync(Token));
            Assert.True(provider.ForceFlush());
        }

        await File.WriteAllTextAsync(Environment.GetEnvironmentVariable(DoneVariable)!, FormattableString.Invariant($"{calls.Calls} {calls.InputTokens} {calls.OutputTokens} {calls.CostPico}"), Token);
    }

    private static MeterProvider Exporting(Uri endpoint, string service, Action<MeterProviderBuilder> listen)
    {
        var builder = Sdk.CreateMeterProviderBuilder().ConfigureResource(resource => resource.AddService(service));
        listen(builder);
        return builder.AddOtlpExporter(o => (o.Endpoint, o.Protocol) = (new Uri(endpoint, "/v1/metrics"), OtlpExportProtocol.HttpProtobuf)).Build();
    }

    private static async Task WithServiceAsync(Func<string, CollectorServer, Task> run)
    {
        await using var redis = await RedisServer.StartAsync();
        await using var service = await ServiceServer.StartAsync(redis.Address);
        await using var collector = await CollectorServer.StartAsync($"http://127.0.0.1:{Server.FreePort()}/", Server.FreePort(), service.Endpoint.ToString());
        await run(redis.Address, collector);
    }

    private static async Task BookedAsync(string store, (long Calls, long Input, long Output, decimal Cost) expected)
    {
        await using var reports = await UsageReports.OpenAsync(store, cancellationToken: Token);
        (long, long, long, decimal) booked = default;
        try
        {
            await Eventually.HoldsAsync(
                async () =>
                {
                    var total = (await reports.QueryAsync(new UsageReportQuery { From = reports.Today.AddDays(-1), To = reports.Today }, Token)).Total;

                    // Metrics carry cost as doubles: to the nano-USD they are what was counted.
                    booked = (total.Calls, total.InputTokens, total.OutputTokens, Math.Round(total.Cost ?? 0, 9));
                    return booked == expected with { Cost = Math.Round(expected.Cost, 9) };
                },
                "all is booked, and nothing twice");
        }
        catch (TimeoutException)
        {
            Assert.Equal(expected, booked);
        }
    }
}
