using System.Text.Json;

namespace LlmTelemetry.Service;

/// <summary>Reads the JSON of a request. What is no JSON, has a name twice or is too large is refused; nothing is changed by then.</summary>
internal static class ApiBody
{
    /// <summary>How large it may be, in bytes: a thousand questions for a price. The server sees to it.</summary>
    public const int Most = 1 << 20;

    /// <exception cref="ApiProblem">It is no JSON, or cannot be read.</exception>
    /// <exception cref="BadHttpRequestException">It is too large.</exception>
    public static async Task<JsonDocument> ReadAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        try
        {
            await context.Request.Body.CopyToAsync(body, context.RequestAborted).ConfigureAwait(false);
            return StrictJson.Parse(body.ToArray());
        }
        catch (JsonException cause)
        {
            throw new ApiProblem(StatusCodes.Status400BadRequest, $"The body is no valid JSON: {cause.Message}");
        }
        catch (IOException cause) when (cause is not BadHttpRequestException && !context.RequestAborted.IsCancellationRequested)
        {
            // The server's, of chunks whose lengths are none: not the store's.
            throw new ApiProblem(StatusCodes.Status400BadRequest, "The body cannot be read as it was sent.");
        }
    }
}
