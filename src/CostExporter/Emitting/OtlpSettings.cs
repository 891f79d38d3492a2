using OpenTelemetry.Exporter;

namespace LlmTelemetry.CostExporter;

/// <summary>Where and how usage events are sent, found out and right.</summary>
/// <param name="Endpoint">The whole address.</param>
/// <param name="Protocol">Over HTTP or gRPC.</param>
/// <param name="Headers">As <c>name=value,name=value</c>; null for none.</param>
/// <param name="Timeout">Of one request.</param>
internal sealed record OtlpSettings(Uri Endpoint, OtlpExportProtocol Protocol, string? Headers, TimeSpan Timeout)
{
    /// <summary>The address for people: no password, no query.</summary>
    public string Place => Endpoint.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);
}
