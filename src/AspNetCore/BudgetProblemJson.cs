using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;

namespace LlmTelemetry.AspNetCore;

/// <summary>Writes problem details where the application has no <see cref="IProblemDetailsService"/>, and without reflection.</summary>
internal static class BudgetProblemJson
{
    public static async Task WriteAsync(HttpResponse response, ProblemDetails problem, CancellationToken cancellationToken)
    {
        using var body = new MemoryStream();
        using (var json = new Utf8JsonWriter(body, new() { Encoder = JavaScriptEncoder.Default }))
        {
            json.WriteStartObject();
            json.WriteString("type", problem.Type);
            json.WriteString("title", problem.Title);
            json.WriteNumber("status", problem.Status!.Value);
            json.WriteString("detail", problem.Detail);
            json.WriteString("instance", problem.Instance);
            foreach (var (name, value) in problem.Extensions)
            {
                json.WritePropertyName(name);
                Write(json, value);
            }

            json.WriteEndObject();
        }

        response.ContentType = "application/problem+json";
        response.ContentLength = body.Length;
        await response.Body.WriteAsync(body.GetBuffer().AsMemory(0, (int)body.Length), cancellationToken).ConfigureAwait(false);
    }

    // The kinds that BudgetProblem adds.
    private static void Write(Utf8JsonWriter json, object? value)
    {
        switch (value)
        {
            case null: json.WriteNullValue(); break;
            case string text: json.WriteStringValue(text); break;
            case decimal amount: json.WriteNumberValue(amount); break;
            case long count: json.WriteNumberValue(count); break;
            case DateTimeOffset time: json.WriteStringValue(time); break;
            default: throw new ArgumentException($"{value.GetType()} is none of them.", nameof(value));
        }
    }
}
