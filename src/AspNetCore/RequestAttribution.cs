using System.Security.Claims;
using LlmTelemetry.Usage;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace LlmTelemetry.AspNetCore;

/// <summary>What a request says of whom its calls are for.</summary>
internal static class RequestAttribution
{
    public static Attribution Of(HttpContext request, UsageAttributionOptions options) => new(
        User: Claim(request.User, options.UserClaims),
        Tenant: Claim(request.User, options.TenantClaims),
        Feature: Feature(request.GetEndpoint(), options),
        Tier: Claim(request.User, options.TierClaims));

    // An identity that nobody vouches for may claim anything.
    private static string? Claim(ClaimsPrincipal user, IList<string> types)
    {
        foreach (var type in types)
        {
            foreach (var identity in user.Identities)
            {
                if (identity.IsAuthenticated && identity.FindFirst(type)?.Value is { Length: > 0 } value)
                {
                    return value;
                }
            }
        }

        return null;
    }

    private static string? Feature(Endpoint? endpoint, UsageAttributionOptions options) =>
        endpoint?.Metadata.GetMetadata<UsageFeature>()?.Name
        ?? (options.FeatureFromRoute && endpoint is RouteEndpoint { RoutePattern.RawText: { } route } ? route.StartsWith('/') ? route : "/" + route : null);
}

/// <summary>An endpoint's own word for its feature.</summary>
internal sealed record UsageFeature(string Name);
