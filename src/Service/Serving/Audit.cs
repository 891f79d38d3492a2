using Microsoft.Extensions.Logging;

namespace LlmTelemetry.Service;

/// <summary>Writes down who asked for what only admins may do, and what became of it, refusals included. No keys, no bodies but what the endpoint notes of them.</summary>
internal sealed class Audit(ILoggerFactory loggers)
{
    /// <summary>The category of its lines: to keep them apart, and longer.</summary>
    public const string Category = "LlmTelemetry.Audit";

    private const string Nobody = "(no key)";

    private readonly ILogger _log = loggers.CreateLogger(Category);

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<RequiredScopes>() is not { Scopes: var scopes } || !scopes.HasFlag(ApiScopes.Admin))
        {
            await next(context).ConfigureAwait(false);
            return;
        }

        try
        {
            await next(context).ConfigureAwait(false);
            Write(context, context.Response.StatusCode, null);
        }
        catch (Exception cause) // It is passed on.
        {
            Write(context, (cause as ApiProblem)?.Status ?? (cause as BadHttpRequestException)?.StatusCode ?? StatusCodes.Status500InternalServerError, cause.GetType().Name);
            throw;
        }
    }

    private void Write(HttpContext context, int status, string? failure)
    {
        var request = context.Request;

        // As it was sent: an escaped line break cannot begin a line of its own.
        var what = request.Path.ToUriComponent() + request.QueryString.ToUriComponent();
        var note = context.Features.Get<Note>()?.Text is { } text ? Uri.EscapeDataString(text).Replace("%20", " ", StringComparison.Ordinal) : "-";
        _log.LogInformation(
            "{Caller} from {Address}: {Method} {What} ({Note}): {Status}{Failure}",
            context.Features.Get<ApiCaller>()?.Name ?? Nobody, context.Connection.RemoteIpAddress, request.Method, what, note, status, failure is null ? "" : " " + failure);
    }

    /// <summary>What an endpoint adds.</summary>
    internal sealed record Note(string Text);
}

/// <summary>What endpoints add to the audit log.</summary>
internal static class AuditExtensions
{
    /// <summary>Says what exactly is asked for, where the address does not.</summary>
    public static void AuditNote(this HttpContext context, string text) => context.Features.Set(new Audit.Note(text));
}
