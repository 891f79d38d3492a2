using System.Globalization;
using LlmTelemetry.CostExporter;
using Microsoft.Extensions.Logging;

namespace LlmTelemetry.Service;

/// <summary>The edge of every request: whatever goes wrong behind it is an answer of RFC 9457 without anything of our insides.</summary>
internal sealed class Problems(StoreProbe store, ILogger<Problems> logger)
{
    private const int RetryAfter = 5;

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        try
        {
            await next(context).ConfigureAwait(false);
        }
        catch (Exception cause) when (!context.Response.HasStarted) // The edge: where the answer has begun, the server ends the connection.
        {
            await AnswerAsync(context, cause).ConfigureAwait(false);
            return;
        }

        // What the framework refuses by itself: 404, 405, 413, 415.
        var response = context.Response;
        if (response.StatusCode >= StatusCodes.Status400BadRequest && !response.HasStarted && response.ContentLength is null && response.ContentType is null)
        {
            await ApiProblem.WriteAsync(context, response.StatusCode, Detail(context)).ConfigureAwait(false);
        }
    }

    private static string? Detail(HttpContext context) => context.Response.StatusCode switch
    {
        StatusCodes.Status404NotFound => $"There is nothing at {context.Request.Path}: /openapi/v1.json describes what there is.",
        StatusCodes.Status405MethodNotAllowed => $"{context.Request.Method} is nothing that {context.Request.Path} does; the header Allow says what it does.",
        _ => null,
    };

    private async Task AnswerAsync(HttpContext context, Exception cause)
    {
        if (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody reads it. The status is for whoever counts them.
            context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
            return;
        }

        context.Response.Clear();
        switch (cause)
        {
            case ApiProblem problem:
                await ApiProblem.WriteAsync(context, problem.Status, problem.Message).ConfigureAwait(false);
                break;
            case BadHttpRequestException bad:
                await ApiProblem.WriteAsync(context, bad.StatusCode, bad.Message).ConfigureAwait(false);
                break;
            case not null when StoreFailure.IsAway(cause):
                await UnavailableAsync(context, cause).ConfigureAwait(false);
                break;
            case not null when !(await store.AskAsync(context.RequestAborted).ConfigureAwait(false)).IsReady:
                // Whatever its client throws of that.
                await UnavailableAsync(context, cause).ConfigureAwait(false);
                break;
            default:
                logger.LogError(cause, "{Method} {Path} failed.", context.Request.Method, context.Request.Path);
                await ApiProblem.WriteAsync(context, StatusCodes.Status500InternalServerError, "This is a fault of the service; its log has more under the trace id.").ConfigureAwait(false);
                break;
        }
    }

    // What the store's client says may name servers and users of it: that is for the log.
    private async Task UnavailableAsync(HttpContext context, Exception? cause)
    {
        logger.LogWarning("{Method} {Path}: the store does not answer: {Problem}", context.Request.Method, context.Request.Path, cause?.Message);
        context.Response.Headers.RetryAfter = RetryAfter.ToString(CultureInfo.InvariantCulture);
        await ApiProblem.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, "The store does not answer. Ask again in a few seconds; /readyz says when it does.").ConfigureAwait(false);
    }
}
