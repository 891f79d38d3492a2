using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;

namespace LlmTelemetry.Service;

/// <summary>Reads the JSON of a request. What is no JSON, has a name twice or is too large is refused; nothing is changed by then.</summary>
internal static class ApiBody
{
    /// <summary>How large it may be, in bytes: a thousand questions for a price.</summary>
    public const int Most = 1 << 20;

    /// <exception cref="ApiProblem">It is no JSON.</exception>
    /// <exception cref="BadHttpRequestException">It is too large.</exception>
    public static async Task<JsonDocument> ReadAsync(HttpContext context)
    {
        var request = context.Request;
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = Math.Min(Most, size.MaxRequestBodySize ?? Most);
        }

        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body, context.RequestAborted).ConfigureAwait(false);
        try
        {
            return StrictJson.Parse(body.ToArray());
        }
        catch (JsonException cause)
        {
            throw new ApiProblem(StatusCodes.Status400BadRequest, $"The body is no valid JSON: {cause.Message}");
        }
    }
}
