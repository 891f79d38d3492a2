namespace LlmTelemetry.Service;

/// <summary>The page at <c>/</c>.</summary>
internal static class PageEndpoints
{
    public static void MapPage(this IEndpointRouteBuilder routes)
    {
        // Nothing yet: web.
    }
}
