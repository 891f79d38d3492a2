using System.IO.Compression;
using System.Net.Http.Headers;
using System.Text;
using Google.Protobuf;
using LlmTelemetry.CostExporter;
using LlmTelemetry.Service.Wire;
using LlmTelemetry.Usage;

namespace LlmTelemetry.Service.Tests.Otlp;

/// <summary>Makes OTLP requests, with Google.Protobuf's own writer.</summary>
internal static class Otlp
{
    public const string Protobuf = "application/x-protobuf";
    public const string Json = "application/json";

    public static DateTimeOffset Noon { get; } = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    public static ulong Nanos(DateTimeOffset at) => (ulong)(at - DateTimeOffset.UnixEpoch).Ticks * 100;

    public static UsageEvent Call(long input, string user = "ada")
    {
        var call = new UsageEvent
        {
            CallId = Guid.NewGuid(),
            EndedAt = Noon,
            Operation = "chat",
            Provider = "openai",
            ResponseModel = "gpt-5.4",
            Attribution = new Attribution(User: user),
            Quality = CostQuality.Reported,
        };
        var usage = default(CallUsage);
        usage[UsageBucket.Input] = input;
        call.SetUsage(in usage);
        return call;
    }

    public static string Body(long input) => UsageEventLog.Body(Call(input));

    public static KeyValue Attribute(string key, string value) => new() { Key = key, Value = new AnyValue { StringValue = value } };

    public static Resource Resource(string service = "shop", string? instance = null)
    {
        var resource = new Resource { Attributes = { Attribute("service.name", service), Attribute("process.command_line", "secret") } };
        if (instance is not null)
        {
            resource.Attributes.Add(Attribute("service.instance.id", instance));
        }

        return resource;
    }

    public static LogRecord Event(string body) => new() { EventName = "llm.usage.event", TimeUnixNano = Nanos(Noon), Body = new AnyValue { StringValue = body } };

    public static ExportLogsServiceRequest Logs(params IEnumerable<LogRecord> records) =>
        new() { ResourceLogs = { new ResourceLogs { Resource = Resource(), ScopeLogs = { new ScopeLogs { LogRecords = { records } } } } } };

    public static ExportMetricsServiceRequest Metrics(params IEnumerable<Metric> metrics) => new()
    {
        ResourceMetrics = { new ResourceMetrics { Resource = Resource(instance: "1"), ScopeMetrics = { new ScopeMetrics { Scope = new InstrumentationScope { Name = "meter" }, Metrics = { metrics } } } } },
    };

    public static ExportTraceServiceRequest Traces(params IEnumerable<Span> spans) =>
        new() { ResourceSpans = { new ResourceSpans { Resource = Resource(), ScopeSpans = { new ScopeSpans { Spans = { spans } } } } } };

    public static byte[] Zip(byte[] body)
    {
        using var bytes = new MemoryStream();
        using (var zip = new GZipStream(bytes, CompressionLevel.Fastest))
        {
            zip.Write(body);
        }

        return bytes.ToArray();
    }

    public static Task<HttpResponseMessage> PostAsync(this OtlpUnderTest service, string path, IMessage request) => service.PostAsync(path, request.ToByteArray(), Protobuf);

    public static Task<HttpResponseMessage> PostAsync(this OtlpUnderTest service, string path, string json) => service.PostAsync(path, Encoding.UTF8.GetBytes(json), Json);

    public static async Task<HttpResponseMessage> PostAsync(this OtlpUnderTest service, string path, byte[] body, string? type, string? encoding = null)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = type is null ? null : MediaTypeHeaderValue.Parse(type);
        if (encoding is not null)
        {
            content.Headers.TryAddWithoutValidation("Content-Encoding", encoding);
        }

        return await service.Http.PostAsync(new Uri(path, UriKind.Relative), content, TestContext.Current.CancellationToken);
    }

    /// <summary>The answer's body as what the specification says it is for its status.</summary>
    public static async Task<T> ReadAsync<T>(this HttpResponseMessage answer)
        where T : IMessage<T>, new()
    {
        var body = await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
        if (answer.Content.Headers.ContentType?.MediaType == Json)
        {
            var registry = Google.Protobuf.Reflection.TypeRegistry.FromMessages(Wire.Rpc.BadRequest.Descriptor);
            return new JsonParser(new JsonParser.Settings(20, registry)).Parse<T>(Encoding.UTF8.GetString(body));
        }

        Assert.Equal(Protobuf, answer.Content.Headers.ContentType?.MediaType);
        return new MessageParser<T>(() => new T()).ParseFrom(body);
    }
}
