using System.Text.Json;

namespace LlmTelemetry.Service;

/// <summary>The fields of a request's object. A name that is not known is refused: what is misspelt would be ignored in silence.</summary>
internal sealed class ApiFields
{
    private readonly JsonElement _object;

    /// <param name="body">The body.</param>
    /// <param name="known">All names that it may have.</param>
    /// <exception cref="ApiProblem">It is no object, or has another name.</exception>
    public ApiFields(JsonElement body, params ReadOnlySpan<string> known)
    {
        if (body.ValueKind != JsonValueKind.Object)
        {
            throw Bad($"The body must be an object with {string.Join(", ", known!)}.");
        }

        foreach (var field in body.EnumerateObject())
        {
            if (!known.Contains(field.Name))
            {
                throw Bad($"'{field.Name}' is not known here; known are: {string.Join(", ", known!)}.");
            }
        }

        _object = body;
    }

    /// <summary>Whether the name is there, be it null.</summary>
    public bool Has(string name) => _object.TryGetProperty(name, out _);

    /// <summary>A text; null where there is none.</summary>
    public string? Text(string name) => Find(name) is not { } value ? null
        : value.ValueKind == JsonValueKind.String ? Unescaped(name, value)
        : throw Bad($"{name} must be text.");

    /// <summary>A text that must be there.</summary>
    public string NeedText(string name) => Text(name) is { Length: > 0 } text ? text : throw Bad($"{name} is missing.");

    /// <summary>A whole number that is not negative; null where there is none.</summary>
    public long? Count(string name) => Find(name) is not { } value ? null
        : value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var count) && count >= 0 ? count
        : throw Bad($"{name} must be a whole number of at least 0.");

    /// <summary>A number; null where there is none.</summary>
    public decimal? Amount(string name) => Find(name) is not { } value ? null
        : value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out var amount) ? amount
        : throw Bad($"{name} must be a number.");

    /// <summary>What a request is refused with.</summary>
    public static ApiProblem Bad(string detail) => new(StatusCodes.Status400BadRequest, detail);

    private static string Unescaped(string name, JsonElement value)
    {
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw Bad($"{name} has half a surrogate pair.");
        }
    }

    private JsonElement? Find(string name) => _object.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
}
