using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Text.Json;

namespace LlmTelemetry.Instrumentation;

/// <summary>
/// The provider's code in the body of a failed answer, for SDKs whose exceptions keep only the answer (System.ClientModel, which OpenAI's is made
/// with, and Azure's). Where trimming removed what it needs, the status says enough.
/// </summary>
internal sealed class ErrorBody
{
    // An error is some hundred bytes; more is not read.
    private const int MaxLength = 65_536;

    private readonly MethodInfo _getRawResponse;

    private ErrorBody(MethodInfo getRawResponse) => _getRawResponse = getRawResponse;

    /// <summary>Null: exceptions of the type have no answer to read.</summary>
    [UnconditionalSuppressMessage("Trimming", "IL2070", Justification = "Where trimming removed the method the status stands alone.")]
    public static ErrorBody? For(Type type) => type.GetMethod("GetRawResponse", Type.EmptyTypes) is { } method ? new ErrorBody(method) : null;

    /// <summary><c>error.code</c>; null: there is none, or nobody kept the body.</summary>
    public string? ReadCode(Exception exception)
    {
        try
        {
            return TextOf(_getRawResponse.Invoke(exception, null)) is { Length: > 0 and <= MaxLength } text ? CodeIn(text) : null;
        }
        catch (Exception) // A body that was not kept, or is no JSON: a proxy's page.
        {
            return null;
        }
    }

    [UnconditionalSuppressMessage("Trimming", "IL2075", Justification = "Where trimming removed the property the status stands alone.")]
    private static string? TextOf(object? response) => response?.GetType().GetProperty("Content", BindingFlags.Public | BindingFlags.Instance)?.GetValue(response)?.ToString();

    private static string? CodeIn(string text)
    {
        using var body = JsonDocument.Parse(text);
        return body.RootElement.ValueKind == JsonValueKind.Object
            && body.RootElement.TryGetProperty("error", out var error)
            && error.ValueKind == JsonValueKind.Object
            && error.TryGetProperty("code", out var code)
            && code.ValueKind == JsonValueKind.String ? code.GetString() : null;
    }
}
