namespace LlmTelemetry.Service;

/// <summary>
/// Refuses what only a browser sends that somebody else's page has led here: with a name of theirs for this machine (DNS rebinding), or from another origin. There is no CORS.
/// </summary>
/// <param name="keys">The keys: where there are none, whoever reaches the service on this machine may do everything, so that a page must not reach it.</param>
internal sealed class RequestGuard(KeyRing keys)
{
    private const string Api = "/api";

    public Task InvokeAsync(HttpContext context, RequestDelegate next) =>
        Refusal(context) is var (status, detail) ? ApiProblem.WriteAsync(context, status, detail) : next(context);

    private (int Status, string Detail)? Refusal(HttpContext context)
    {
        var request = context.Request;
        if (!keys.HasKeys && !IsHere(context))
        {
            return (StatusCodes.Status421MisdirectedRequest, "Without keys this service answers requests to localhost, 127.0.0.1 or [::1] alone: the Host header names another.");
        }

        // A link to the page is harmless wherever it is; what asks for scopes is for our own page.
        var asksForScopes = context.GetEndpoint()?.Metadata.GetMetadata<RequiredScopes>() is not null;
        var isGuarded = !IsSafe(request.Method) || asksForScopes;
        if (isGuarded && !IsOfOwnOrigin(request))
        {
            return (StatusCodes.Status403Forbidden, "Pages of other origins may not call this service.");
        }

        // No page of another origin can send it without asking first, which is refused. DELETE must ask anyway.
        return !IsSafe(request.Method) && !HttpMethods.IsDelete(request.Method) && request.Path.StartsWithSegments(Api, StringComparison.OrdinalIgnoreCase) && asksForScopes && !request.HasJsonContentType()
            ? (StatusCodes.Status415UnsupportedMediaType, "The body must be JSON, and the header Content-Type must say so: application/json.")
            : null;
    }

    // A local socket has no names.
    private static bool IsHere(HttpContext context) => context.Connection.LocalIpAddress is null || ListenAddresses.IsLoopbackName(context.Request.Host.Host);

    private static bool IsSafe(string method) => HttpMethods.IsGet(method) || HttpMethods.IsHead(method);

    // Browsers say the first of their own accord; older ones, and those that do not trust plain HTTP, at least the second.
    private static bool IsOfOwnOrigin(HttpRequest request)
    {
        if (request.Headers["Sec-Fetch-Site"] is { Count: > 0 } site)
        {
            return site.ToString() is "same-origin" or "none";
        }

        return request.Headers.Origin is not { Count: > 0 } origin || origin.ToString().Equals($"{request.Scheme}://{request.Host}", StringComparison.OrdinalIgnoreCase);
    }
}
