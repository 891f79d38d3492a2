namespace LlmTelemetry.Service;

/// <summary>The OTLP/HTTP receiver.</summary>
internal static class OtlpEndpoints
{
    public static void MapOtlp(this IEndpointRouteBuilder routes)
    {
        // Nothing yet: otlp.
    }
}
