using System.Text.Json;
using System.Text.Unicode;

namespace LlmTelemetry.Service;

/// <summary>Parses what others send. Nothing but a <see cref="JsonException"/> says that it is no JSON; a name that is there twice is none.</summary>
internal static class StrictJson
{
    private static readonly JsonDocumentOptions Options = new() { AllowDuplicateProperties = false };

    /// <exception cref="JsonException">It is no JSON. <c>NaN</c> and <c>Infinity</c> are read as text.</exception>
    public static JsonDocument Parse(ReadOnlyMemory<byte> text)
    {
        if (!Utf8.IsValid(text.Span))
        {
            throw new JsonException("It is no UTF-8.");
        }

        try
        {
            return Read(text);
        }
        catch (JsonException) when (NonFinite.Quoted(text.Span) is { } quoted)
        {
            return Read(quoted);
        }
    }

    private static JsonDocument Read(ReadOnlyMemory<byte> text)
    {
        try
        {
            return JsonDocument.Parse(text, Options);
        }
        catch (InvalidOperationException cause)
        {
            // The look for duplicates unescapes names: from here on all are text.
            throw new JsonException("A name has half a surrogate pair.", cause);
        }
    }
}
