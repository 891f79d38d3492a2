namespace LlmTelemetry.Service;

/// <summary>Statistics, reports and records over HTTP.</summary>
internal static class UsageEndpoints
{
    public static void MapUsage(this IEndpointRouteBuilder routes)
    {
        // Nothing yet: web.
    }
}
