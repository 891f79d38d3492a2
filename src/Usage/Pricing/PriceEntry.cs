using System.Globalization;
using System.Text.Json;

namespace LlmTelemetry.Usage;

/// <summary>One object of a price file and the name to blame when it is wrong.</summary>
internal readonly struct PriceEntry
{
    private readonly JsonElement _json;

    /// <param name="name">What the entry is called in messages.</param>
    /// <param name="json">The object.</param>
    /// <param name="fields">The fields that it may have; null: checked by the caller.</param>
    public PriceEntry(string name, JsonElement json, string[]? fields)
    {
        Name = name;
        _json = json;
        Require(json.ValueKind == JsonValueKind.Object, "must be an object");
        foreach (var field in json.EnumerateObject())
        {
            Require(fields is null || fields.Contains(field.Name), $"unknown field {field.Name}");
        }
    }

    public string Name { get; }

    public JsonElement.ObjectEnumerator Fields => _json.EnumerateObject();

    /// <summary>The id of an object in a list; the list's name is blamed where there is none.</summary>
    public static string IdOf(string parent, JsonElement json)
    {
        var hasId = json.ValueKind == JsonValueKind.Object && json.TryGetProperty("id", out var id) && id.ValueKind == JsonValueKind.String;
        return hasId && json.GetProperty("id").GetString() is { Length: > 0 } text ? text : throw new InvalidDataException($"{parent}: an entry has no id");
    }

    /// <summary>Whether the text is a name as price files write names: in lower case, without blanks around it.</summary>
    public static bool IsWord(string text) => text.Length > 0 && text.Trim().Length == text.Length && !text.Any(char.IsUpper);

    public void Require(bool holds, string what)
    {
        if (!holds)
        {
            throw new InvalidDataException($"{Name}: {what}");
        }
    }

    public JsonElement Field(string field) =>
        _json.TryGetProperty(field, out var value) ? value : throw new InvalidDataException($"{Name}: {field} is missing");

    public string Text(string field) => TextOf(Field(field), field);

    public DateOnly Day(string field)
    {
        var isDay = DateOnly.TryParseExact(Text(field), "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day);
        Require(isDay, $"{field} must be a day, yyyy-MM-dd");
        return day;
    }

    public bool Has(string field) => _json.TryGetProperty(field, out _);

    /// <summary>The elements of a list that may be absent.</summary>
    public JsonElement[] OptionalItems(string field) => _json.TryGetProperty(field, out var value) ? ItemsOf(value, field) : [];

    /// <summary>The elements of a list that must be there.</summary>
    public JsonElement[] Items(string field) => ItemsOf(Field(field), field);

    /// <summary>The texts of a list that may be absent.</summary>
    public string[] Texts(string field)
    {
        var entry = this;
        return _json.TryGetProperty(field, out var value) ? Array.ConvertAll(ItemsOf(value, field), v => entry.TextOf(v, field)) : [];
    }

    /// <summary>The patterns of a list that may be absent.</summary>
    public NamePattern[] Patterns(string field)
    {
        var entry = this;
        return _json.TryGetProperty(field, out var value) ? Array.ConvertAll(ItemsOf(value, field), v => entry.PatternOf(v, field)) : [];
    }

    private NamePattern PatternOf(JsonElement value, string field)
    {
        if (value.ValueKind == JsonValueKind.Object)
        {
            var all = new PriceEntry($"{Name}, {field}", value, ["all"]).Patterns("all");
            Require(all.Length > 0, $"{field}: all must have a pattern");
            return NamePattern.All(all);
        }

        try
        {
            return NamePattern.Parse(TextOf(value, field));
        }
        catch (Exception cause) when (cause is FormatException or ArgumentException)
        {
            throw new InvalidDataException($"{Name}: {field}: {cause.Message}", cause);
        }
    }

    private JsonElement[] ItemsOf(JsonElement value, string field)
    {
        Require(value.ValueKind == JsonValueKind.Array, $"{field} must be a list");
        return [.. value.EnumerateArray()];
    }

    private string TextOf(JsonElement value, string field)
    {
        Require(value.ValueKind == JsonValueKind.String, $"{field} must be text");
        return value.GetString()!;
    }
}
