using Google.Protobuf;
using Google.Protobuf.Reflection;
using LlmTelemetry.Service.Wire;

namespace LlmTelemetry.Service;

/// <summary>One of the three kinds of telemetry.</summary>
/// <param name="Path">Where it is posted.</param>
/// <param name="Request">What is posted.</param>
/// <param name="Answer">The answer to what was accepted, but for so many that were rejected, with why; 0 and null for none.</param>
internal sealed record OtlpSignal(string Path, MessageDescriptor Request, Func<long, string?, IMessage> Answer)
{
    public static OtlpSignal Metrics { get; } = new("/v1/metrics", ExportMetricsServiceRequest.Descriptor, static (rejected, why) => new ExportMetricsServiceResponse
    {
        PartialSuccess = why is null ? null : new ExportMetricsPartialSuccess { RejectedDataPoints = rejected, ErrorMessage = why },
    });

    public static OtlpSignal Logs { get; } = new("/v1/logs", ExportLogsServiceRequest.Descriptor, static (rejected, why) => new ExportLogsServiceResponse
    {
        PartialSuccess = why is null ? null : new ExportLogsPartialSuccess { RejectedLogRecords = rejected, ErrorMessage = why },
    });

    public static OtlpSignal Traces { get; } = new("/v1/traces", ExportTraceServiceRequest.Descriptor, static (rejected, why) => new ExportTraceServiceResponse
    {
        PartialSuccess = why is null ? null : new ExportTracePartialSuccess { RejectedSpans = rejected, ErrorMessage = why },
    });

    public static IReadOnlyList<OtlpSignal> All { get; } = [Metrics, Logs, Traces];
}
