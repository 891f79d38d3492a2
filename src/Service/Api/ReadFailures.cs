using Microsoft.Extensions.Logging;

namespace LlmTelemetry.Service;

/// <summary>The edge of what reads the ledger: whatever goes wrong becomes an answer of RFC 9457 that says which parameter is wrong, or when to ask again.</summary>
internal sealed partial class ReadFailures(ServedLedger ledger, ILogger<ReadFailures> log) : IEndpointFilter
{
    private const string RetryAfterSeconds = "5";

    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        try
        {
            return await next(context).ConfigureAwait(false);
        }
        catch (ArgumentException cause)
        {
            return Problem(http, StatusCodes.Status400BadRequest, Text(cause), (cause as ApiArgumentException)?.Parameter);
        }
        catch (InvalidOperationException cause) when (!ledger.Reports.Parts.Aggregates)
        {
            return Problem(http, StatusCodes.Status409Conflict, cause.Message);
        }
        catch (Exception cause) when (cause is not ApiProblem && !http.RequestAborted.IsCancellationRequested) // Whatever the store's client throws: details are for the log.
        {
            LogUnread(log, http.Request.Path, cause);
            http.Response.Headers.RetryAfter = RetryAfterSeconds;
            return Problem(http, StatusCodes.Status503ServiceUnavailable, "The ledger's store does not answer, or not with what it should. The service's log says more; try again later.");
        }
    }

    /// <param name="http">The request.</param>
    /// <param name="status">The status.</param>
    /// <param name="detail">What is wrong, and what would be right.</param>
    /// <param name="parameter">Which parameter is wrong; null for none alone.</param>
    public static IResult Problem(HttpContext http, int status, string detail, string? parameter = null)
    {
        var more = new Dictionary<string, object?> { ["traceId"] = http.TraceIdentifier };
        if (parameter is not null)
        {
            more["parameter"] = parameter;
        }

        return Results.Problem(type: "about:blank", statusCode: status, detail: detail, extensions: more);
    }

    /// <summary>What is wrong, without the name of the C# parameter that .NET adds: it is not the request's.</summary>
    public static string Text(ArgumentException cause)
    {
        var end = cause.ParamName is { } name ? cause.Message.IndexOf($" (Parameter '{name}')", StringComparison.Ordinal) : -1;
        return end < 0 ? cause.Message : cause.Message[..end];
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Path} could not be answered: the ledger was not read.")]
    private static partial void LogUnread(ILogger logger, string path, Exception cause);
}
