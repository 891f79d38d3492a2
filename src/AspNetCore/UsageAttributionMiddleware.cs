using LlmTelemetry.Instrumentation;
using LlmTelemetry.Usage;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace LlmTelemetry.AspNetCore;

/// <summary>Opens a <see cref="UsageScope"/> around each request.</summary>
internal sealed class UsageAttributionMiddleware(RequestDelegate next, UsageAttributionOptions options, ILogger<UsageAttributionMiddleware> logger)
{
    public async Task InvokeAsync(HttpContext context)
    {
        var (claimed, said) = Attribution(context);
        using var around = Open(in claimed);
        using var scope = said is { } own ? Open(in own) : null;
        await next(context).ConfigureAwait(false);
    }

    private static UsageScope Open(in Attribution attribution) => UsageScope.Begin(
        attribution.User, attribution.Tenant, attribution.Feature, attribution.Conversation, attribution.Session, attribution.Tier, attribution.Tags);

    private (Attribution Claimed, Attribution? Said) Attribution(HttpContext context)
    {
        var claimed = default(Attribution);
        try
        {
            claimed = RequestAttribution.Of(context, options);
            return (claimed, options.Attribution?.Invoke(context));
        }
        catch (Exception cause) // The application's own code, or claims of somebody's own making: the request goes on.
        {
            logger.LogError(cause, "The attribution of a request failed: its calls are attributed as far as claims and route tell.");
            return (claimed, null);
        }
    }
}
