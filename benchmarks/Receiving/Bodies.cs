using System.Text;
using Google.Protobuf;
using LlmTelemetry.CostExporter;
using LlmTelemetry.Service;
using LlmTelemetry.Service.Wire;
using LlmTelemetry.Usage;

namespace LlmTelemetry.Benchmarks;

/// <summary>Requests made beforehand: for each connection those of one service instance, in their order.</summary>
/// <param name="Path">Where they are posted.</param>
/// <param name="Items">Points or events of one request.</param>
/// <param name="Requests">By connection: HTTP requests as they go over the wire.</param>
/// <param name="Tokens">What the ledger holds after the first so many requests of a connection.</param>
internal sealed record Bodies(string Path, int Items, byte[][][] Requests, Func<int, long> Tokens)
{
    private const int Series = 1_000;
    private const int Collections = 4_000;
    private const int EventsEach = 500;

    private static readonly string[] Models = ["gpt-5.4", "gpt-5.4-mini", "claude-sonnet-4-5", "claude-haiku-4-5", "gemini-2.5-pro"];
    private static readonly string[] Types = ["input", "output", "cache_read", "reasoning"];

    /// <summary>Cumulative points of <c>llm.usage.tokens</c>: 1,000 series in all, each of which moves with every collection.</summary>
    /// <param name="connections">How many instances they are divided among.</param>
    /// <param name="collections">How many collections are in one request, as a Collector's batches are.</param>
    public static Bodies Points(int connections, int collections)
    {
        var series = Series / connections;
        var requests = Collections / collections;
        var start = Nanos(DateTimeOffset.UtcNow.AddMinutes(-30));
        return new Bodies("/v1/metrics", series * collections, [.. Enumerable.Range(0, connections).Select(connection => (byte[][])[.. Enumerable.Range(0, requests).Select(request =>
        {
            var export = new ExportMetricsServiceRequest();
            for (var i = 1; i <= collections; i++)
            {
                export.ResourceMetrics.Add(Collection(connection, series, start, (request * collections) + i));
            }

            return Http("/v1/metrics", export);
        })])], sent => (long)series * collections * sent);
    }

    /// <summary>Usage events of calls of 1 token, each once.</summary>
    public static Bodies Events(int connections)
    {
        var end = DateTimeOffset.UtcNow.AddMinutes(-30);
        return new Bodies("/v1/logs", EventsEach, [.. Enumerable.Range(0, connections).Select(connection => (byte[][])[.. Enumerable.Range(0, 100).Select(request =>
        {
            var scope = new ScopeLogs();
            for (var i = 0; i < EventsEach; i++)
            {
                scope.LogRecords.Add(new LogRecord { EventName = UsageEventLog.EventName, Body = new AnyValue { StringValue = UsageEventLog.Body(Call(i, end)) } });
            }

            return Http("/v1/logs", new ExportLogsServiceRequest { ResourceLogs = { new ResourceLogs { Resource = Resource(connection), ScopeLogs = { scope } } } });
        })])], sent => (long)EventsEach * sent);
    }

    /// <summary>One collection's points of one instance.</summary>
    public static ResourceMetrics Collection(int instance, int series, ulong start, int number)
    {
        var sum = new Sum { AggregationTemporality = AggregationTemporality.Cumulative, IsMonotonic = true };
        for (var i = 0; i < series; i++)
        {
            sum.DataPoints.Add(new NumberDataPoint
            {
                StartTimeUnixNano = start,
                TimeUnixNano = start + ((ulong)number * 1_000_000),
                AsInt = number,
                Attributes =
                {
                    Attribute("gen_ai.operation.name", "chat"), Attribute("gen_ai.provider.name", "openai"), Attribute("gen_ai.request.model", Models[i % Models.Length]),
                    Attribute("gen_ai.response.model", Models[i % Models.Length]), Attribute("llm.usage.type", Types[i / Models.Length % Types.Length]),
                    Attribute("llm.feature", "feature-" + (i / Models.Length / Types.Length)), Attribute("llm.tenant", "acme"),
                },
            });
        }

        return new ResourceMetrics
        {
            Resource = Resource(instance),
            ScopeMetrics = { new ScopeMetrics { Scope = new InstrumentationScope { Name = "LlmTelemetry.Instrumentation" }, Metrics = { new Metric { Name = "llm.usage.tokens", Unit = "{token}", Sum = sum } } } },
        };
    }

    public static ulong Nanos(DateTimeOffset at) => (ulong)(at - DateTimeOffset.UnixEpoch).Ticks * 100;

    private static UsageEvent Call(int i, DateTimeOffset end)
    {
        var call = new UsageEvent
        {
            CallId = Guid.NewGuid(),
            EndedAt = end,
            Operation = "chat",
            Provider = "openai",
            RequestModel = Models[i % Models.Length],
            ResponseModel = Models[i % Models.Length],
            Attribution = new Attribution(User: "user-" + (i % 200), Tenant: "acme", Feature: "search"),
            Quality = CostQuality.Unpriced,
        };
        var usage = default(CallUsage);
        usage[UsageBucket.Input] = 1;
        call.SetUsage(in usage);
        return call;
    }

    private static Resource Resource(int instance) =>
        new() { Attributes = { Attribute("service.name", "shop"), Attribute("service.instance.id", "instance-" + instance), Attribute("telemetry.sdk.language", "dotnet") } };

    private static KeyValue Attribute(string key, string value) => new() { Key = key, Value = new AnyValue { StringValue = value } };

    private static byte[] Http(string path, IMessage request)
    {
        var body = request.ToByteArray();
        return [.. Encoding.ASCII.GetBytes($"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {OtlpContent.Protobuf}\r\nContent-Length: {body.Length}\r\n\r\n"), .. body];
    }
}
