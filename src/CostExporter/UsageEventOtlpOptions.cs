using LlmTelemetry.Usage;
using OpenTelemetry.Exporter;
using OpenTelemetry.Resources;

namespace LlmTelemetry.CostExporter;

/// <summary>
/// Settings of sending usage events over OTLP. Copied when it starts. What is not set here comes from the configuration section <c>LlmTelemetry:Otlp</c>
/// (<c>LlmTelemetry__Otlp__Endpoint</c> as an environment variable), else from OpenTelemetry's own variables (<c>OTEL_EXPORTER_OTLP_ENDPOINT</c> and its neighbours).
/// </summary>
public sealed class UsageEventOtlpOptions
{
    /// <summary>
    /// Where a Collector or <c>llmtelemetry serve</c> takes OTLP: <c>http://127.0.0.1:4320</c>. <c>/v1/logs</c> is added where it is not there, unless it is gRPC.
    /// Default null: <c>OTEL_EXPORTER_OTLP_LOGS_ENDPOINT</c> as it is, else <c>OTEL_EXPORTER_OTLP_ENDPOINT</c>, else a Collector on this machine, <c>http://127.0.0.1:4318</c> (gRPC: 4317).
    /// </summary>
    /// <exception cref="ArgumentException">It is no address of http or https.</exception>
    public Uri? Endpoint
    {
        get;
        set => field = value is null || OtlpFromConfiguration.IsAddress(value)
            ? value
            : throw new ArgumentException($"{nameof(Endpoint)} must be {OtlpFromConfiguration.AnAddress}.", nameof(value));
    }

    /// <summary>Over HTTP or gRPC; <c>llmtelemetry serve</c> takes HTTP. Default null: as <c>OTEL_EXPORTER_OTLP_PROTOCOL</c> says (<c>http/protobuf</c> or <c>grpc</c>), else HTTP.</summary>
    public OtlpExportProtocol? Protocol
    {
        get;
        set => field = value is null || Enum.IsDefined(value.Value)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, $"{nameof(Protocol)} must be {nameof(OtlpExportProtocol.HttpProtobuf)} or {nameof(OtlpExportProtocol.Grpc)}.");
    }

    /// <summary>
    /// Sent with each request, as <c>name=value,name=value</c> with values URL-encoded: <c>X-Api-Key=KEY</c>. Default null: <c>OTEL_EXPORTER_OTLP_LOGS_HEADERS</c>, else <c>OTEL_EXPORTER_OTLP_HEADERS</c>.
    /// </summary>
    /// <exception cref="ArgumentException">It is not of that form.</exception>
    public string? Headers
    {
        get;
        set => field = value is null || OtlpFromConfiguration.AreHeaders(value)
            ? value
            : throw new ArgumentException($"{nameof(Headers)} must be {OtlpFromConfiguration.SomeHeaders}.", nameof(value));
    }

    /// <summary>Time limit of each request. Default null: <c>OTEL_EXPORTER_OTLP_LOGS_TIMEOUT</c>, else <c>OTEL_EXPORTER_OTLP_TIMEOUT</c>, else 10 s.</summary>
    public TimeSpan? Timeout { get; set => field = value is null ? null : Waitable(value.Value, nameof(Timeout)); }

    /// <summary>
    /// How many events wait at most while they cannot be sent, about a kilobyte each; what comes then is dropped, and counted. Default 10,000.
    /// </summary>
    public int QueueSize { get; set => field = Positive(value, nameof(QueueSize)); } = 10_000;

    /// <summary>The most events in one request. Default 500.</summary>
    public int BatchSize { get; set => field = Positive(value, nameof(BatchSize)); } = 500;

    /// <summary>How long an event waits for others to be sent with it. Default 1 s.</summary>
    public TimeSpan Interval { get; set => field = Waitable(value, nameof(Interval)); } = TimeSpan.FromSeconds(1);

    /// <summary>How long <c>DisposeAsync</c> (and the end of a host) tries to send what is left. Default 5 s.</summary>
    public TimeSpan ShutdownTimeout { get; set => field = Waitable(value, nameof(ShutdownTimeout)); } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// What the events are said to come from. Default null: the resource of the application's <c>MeterProvider</c> (or <c>TracerProvider</c>) where the services have one; else what
    /// <c>OTEL_SERVICE_NAME</c> and <c>OTEL_RESOURCE_ATTRIBUTES</c> say, with a <c>service.instance.id</c> made up where they say none.
    /// </summary>
    /// <remarks>
    /// A receiver that gets events and metrics of the same calls books one of the two, for each service and instance: both must name the same. Without dependency injection, give it
    /// <c>meterProvider.GetResource()</c>.
    /// </remarks>
    public Resource? Resource { get; set; }

    /// <summary>Where usage events come from. Default the process-wide hub.</summary>
    public UsageHub Hub { get; set => field = value ?? throw new ArgumentNullException(nameof(value)); } = UsageHub.Default;

    /// <summary>The clock. Default the system's.</summary>
    public TimeProvider TimeProvider { get; set => field = value ?? throw new ArgumentNullException(nameof(value)); } = TimeProvider.System;

    /// <summary>OpenTelemetry's own settings, as far as they are asked for.</summary>
    internal OtelSettings Otel { get; set; } = OtelSettings.OfEnvironment;

    /// <summary>What a sender keeps: later changes of these options are nobody's.</summary>
    internal UsageEventOtlpOptions Copy() => (UsageEventOtlpOptions)MemberwiseClone();

    private static int Positive(int value, string name) => value > 0 ? value : throw new ArgumentOutOfRangeException(name, value, $"{name} must be positive.");

    // Timers take no less and not much more.
    private static TimeSpan Waitable(TimeSpan value, string name) =>
        value >= TimeSpan.FromMilliseconds(1) && value <= TimeSpan.FromDays(24)
            ? value
            : throw new ArgumentOutOfRangeException(name, value, $"{name} must be from a millisecond to 24 days.");
}
