using System.Security.Claims;
using LlmTelemetry.Usage;
using Microsoft.AspNetCore.Http;

namespace LlmTelemetry.AspNetCore;

/// <summary>How a request is attributed. Read once, when the middleware is added.</summary>
public sealed class UsageAttributionOptions
{
    /// <summary>
    /// Claims that tell the user, the first that is there counts. Only of an authenticated identity. Default: <c>sub</c>, the name identifier that
    /// ASP.NET Core makes of it, then Microsoft Entra's <c>oid</c> in both of its spellings.
    /// </summary>
    public IList<string> UserClaims { get; private set; } = ["sub", ClaimTypes.NameIdentifier, "oid", "http://schemas.microsoft.com/identity/claims/objectidentifier"];

    /// <summary>Claims that tell the tenant. Default: <c>tenant</c>, <c>tenant_id</c>, <c>org_id</c>, then Microsoft Entra's <c>tid</c> in both of its spellings.</summary>
    public IList<string> TenantClaims { get; private set; } = ["tenant", "tenant_id", "org_id", "tid", "http://schemas.microsoft.com/identity/claims/tenantid"];

    /// <summary>Claims that tell the user's plan. Default: <c>tier</c>, <c>plan</c>.</summary>
    public IList<string> TierClaims { get; private set; } = ["tier", "plan"];

    /// <summary>
    /// Whether the matched route (<c>/orders/{id}</c>, as it was mapped, never the request's own path) is the feature of an endpoint that does not
    /// say its own with <c>WithUsageFeature</c>. Default: true.
    /// </summary>
    public bool FeatureFromRoute { get; set; } = true;

    /// <summary>
    /// Says what only the application knows (a header, a conversation's id, another user than the claims'); what it says goes first. Called for each
    /// request after routing and authentication; what it throws is logged and the request goes on. Default: null.
    /// </summary>
    public Func<HttpContext, Attribution>? Attribution { get; set; }

    internal UsageAttributionOptions Copy()
    {
        var copy = (UsageAttributionOptions)MemberwiseClone();
        copy.UserClaims = [.. UserClaims];
        copy.TenantClaims = [.. TenantClaims];
        copy.TierClaims = [.. TierClaims];
        return copy;
    }
}
