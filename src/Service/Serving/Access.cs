using Microsoft.Net.Http.Headers;

namespace LlmTelemetry.Service;

/// <summary>Says who calls, and refuses who has not what the endpoint asks for.</summary>
internal sealed class Access(KeyRing keys, RateLimits limits)
{
    private const string Scheme = "Bearer";
    private const string KeyHeader = "X-Api-Key";

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var required = context.GetEndpoint()?.Metadata.GetMetadata<RequiredScopes>()?.Scopes ?? ApiScopes.None;
        var key = KeyOf(context.Request);
        var caller = !keys.HasKeys ? ApiCaller.Local : key is null ? null : keys.Find(key);
        if (caller is null && key is not null && !limits.MayFail(context, out var wait))
        {
            // Who has the right key is never kept waiting for those who have not.
            await RateLimits.RefuseAsync(context, wait, "There were too many wrong keys from this address.").ConfigureAwait(false);
            return;
        }

        if (!limits.MayGoOn(context, caller, out wait))
        {
            await RateLimits.RefuseAsync(context, wait, "There are too many requests.").ConfigureAwait(false);
            return;
        }

        // Also where it is refused: the audit log says who it was.
        context.Features.Set(caller);
        if (required == ApiScopes.None)
        {
            await next(context).ConfigureAwait(false);
        }
        else if (caller is null)
        {
            context.Response.Headers[HeaderNames.WWWAuthenticate] = key is null ? Scheme : $"{Scheme} error=\"invalid_token\"";
            await ApiProblem.WriteAsync(context, StatusCodes.Status401Unauthorized, key is null ? $"Send a key, as Authorization: {Scheme} KEY or {KeyHeader}: KEY." : "The key is not right.").ConfigureAwait(false);
        }
        else if (!caller.Scopes.HasFlag(required))
        {
            context.Response.Headers[HeaderNames.WWWAuthenticate] = $"{Scheme} error=\"insufficient_scope\", scope=\"{ApiScopeWords.Text(required).Replace(',', ' ')}\"";
            await ApiProblem.WriteAsync(context, StatusCodes.Status403Forbidden, $"This needs a key with {ApiScopeWords.Text(required)}; this one has {ApiScopeWords.Text(caller.Scopes)}.").ConfigureAwait(false);
        }
        else if (caller.Tenant is not null && context.GetEndpoint()?.Metadata.GetMetadata<ForTenants>() is null)
        {
            await ApiProblem.WriteAsync(context, StatusCodes.Status403Forbidden, "This is of all tenants, and the key is of one.").ConfigureAwait(false);
        }
        else
        {
            await next(context).ConfigureAwait(false);
        }
    }

    private static string? KeyOf(HttpRequest request)
    {
        if (request.Headers.Authorization is [{ } authorization] && authorization.StartsWith(Scheme + " ", StringComparison.OrdinalIgnoreCase))
        {
            return authorization[(Scheme.Length + 1)..].Trim();
        }

        return request.Headers[KeyHeader] is [{ Length: > 0 } key] ? key : null;
    }
}
