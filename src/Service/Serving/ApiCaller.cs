namespace LlmTelemetry.Service;

/// <summary>What a key may do.</summary>
[Flags]
internal enum ApiScopes
{
    None = 0,

    /// <summary>See reports, records, budgets and prices.</summary>
    Read = 1,

    /// <summary>Deliver telemetry, and count tokens.</summary>
    Write = 2,

    /// <summary>Change budgets, erase, prune.</summary>
    Admin = 4,
}

/// <summary>Who calls, as the request's key says; on loopback without keys, anybody with all scopes.</summary>
/// <param name="Name">The key's name, for the audit log; never the key.</param>
/// <param name="Scopes">What it may do.</param>
/// <param name="Tenant">The only tenant that it sees and delivers for; null for all.</param>
internal sealed record ApiCaller(string Name, ApiScopes Scopes, string? Tenant)
{
    /// <summary>Whoever calls a service that listens on loopback alone and has no keys.</summary>
    public static ApiCaller Local { get; } = new("local", ApiScopes.Read | ApiScopes.Write | ApiScopes.Admin, null);
}

/// <summary>What endpoints ask for and get of a request's key. The host's middleware refuses who has not what is asked for before the endpoint runs.</summary>
internal static class ApiAccess
{
    /// <summary>Only for callers with these scopes. An endpoint that says nothing is for everybody.</summary>
    public static TBuilder Require<TBuilder>(this TBuilder endpoint, ApiScopes scopes)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(new RequiredScopes(scopes));

    /// <summary>
    /// Also for keys of one tenant, which nothing is for unless it says so. The endpoint shows and takes what is the caller's tenant's alone:
    /// <see cref="TenantScope"/>.
    /// </summary>
    public static TBuilder AllowTenants<TBuilder>(this TBuilder endpoint)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(new ForTenants());

    /// <summary>Who calls.</summary>
    public static ApiCaller Caller(this HttpContext request) => request.Features.Get<ApiCaller>() ?? throw new InvalidOperationException("The endpoint asks for no scopes.");
}

/// <summary>Metadata of an endpoint.</summary>
internal sealed record RequiredScopes(ApiScopes Scopes);

/// <summary>Metadata of an endpoint that keys of one tenant may call.</summary>
internal sealed record ForTenants;
