using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;

namespace LlmTelemetry.Service;

/// <summary>What a request is refused with: an answer of RFC 9457.</summary>
/// <param name="status">The status.</param>
/// <param name="detail">What is wrong with this request, and what would be right; quotes nothing secret.</param>
internal sealed class ApiProblem(int status, string detail) : Exception(detail)
{
    public const string ContentType = "application/problem+json";

    public int Status => status;

    /// <summary>Writes it as the answer, which must not have begun. Headers that were set stay.</summary>
    public static async Task WriteAsync(HttpContext context, int status, string? detail)
    {
        if (OtlpSignal.All.Any(signal => context.Request.Path.Equals(signal.Path, StringComparison.OrdinalIgnoreCase)))
        {
            // Senders of telemetry read a status of their own protocol.
            await OtlpAnswer.RefuseAsync(context, OtlpContent.IsJson(context.Request) ?? true, status, detail ?? ReasonPhrases.GetReasonPhrase(status)).ConfigureAwait(false);
            return;
        }

        using var body = new MemoryStream();
        using (var json = new Utf8JsonWriter(body, new() { Encoder = JavaScriptEncoder.Default }))
        {
            json.WriteStartObject();
            json.WriteString("type", "about:blank");
            json.WriteString("title", ReasonPhrases.GetReasonPhrase(status));
            json.WriteNumber("status", status);
            if (detail is not null)
            {
                json.WriteString("detail", detail);
            }

            // To find it in the log.
            json.WriteString("traceId", context.TraceIdentifier);
            json.WriteEndObject();
        }

        var response = context.Response;
        response.StatusCode = status;
        response.ContentType = ContentType;
        response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await response.Body.WriteAsync(body.GetBuffer().AsMemory(0, (int)body.Length), context.RequestAborted).ConfigureAwait(false);
        }
    }
}
