using System.Globalization;
using System.Text.Json;

namespace LlmTelemetry.Usage;

/// <summary>
/// A place in a body, there or not. What is not there, or is null, reads as null; what is there but is no count is noted in the report and
/// reads as null too. Of a name that is there twice the last one counts.
/// </summary>
internal readonly struct BodyNode(JsonElement json, BodyReport? report = null)
{
    public bool IsObject => json.ValueKind == JsonValueKind.Object;

    public bool IsArray => json.ValueKind == JsonValueKind.Array;

    public JsonElement Json => json;

    /// <summary>What has the name, an object or an array, or nothing.</summary>
    public BodyNode this[string name]
    {
        get
        {
            var found = Find(name);
            if (found.ValueKind is JsonValueKind.Object or JsonValueKind.Array)
            {
                return new BodyNode(found, report);
            }

            if (found.ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Null))
            {
                report?.Note(UsageIssue.NotACount);
            }

            return default;
        }
    }

    /// <summary>The items of an array; none where there is no array.</summary>
    public IEnumerable<BodyNode> Items()
    {
        if (!IsArray)
        {
            yield break;
        }

        foreach (var item in json.EnumerateArray())
        {
            yield return new BodyNode(item, report);
        }
    }

    public bool HasAny(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (Find(name).ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Null))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The first of the names that has something under it, as an object or array.</summary>
    public BodyNode First(string name, string other) => HasAny(name) ? this[name] : this[other];

    /// <summary>The count under the first of the names that is there: a whole number, which may be written 12.0 or "12".</summary>
    public long? Count(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            var value = Find(name);
            if (value.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null)
            {
                continue;
            }

            if (ToNumber(value) is { } number && decimal.IsInteger(number) && number is >= long.MinValue and <= long.MaxValue)
            {
                return (long)number;
            }

            report?.Note(UsageIssue.NotACount);
            return null;
        }

        return null;
    }

    /// <summary>A number with decimals: money, seconds.</summary>
    public decimal? Number(string name)
    {
        var value = Find(name);
        if (value.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null)
        {
            return null;
        }

        var number = ToNumber(value);
        if (number is null or < 0)
        {
            report?.Note(number is null ? UsageIssue.NotACount : UsageIssue.Negative);
            return null;
        }

        return number;
    }

    /// <summary>Whole seconds: what is charged by time is charged to the nearest second.</summary>
    public long? Seconds(string name)
    {
        if (Number(name) is not { } seconds)
        {
            return null;
        }

        if (seconds < long.MaxValue)
        {
            return (long)decimal.Round(seconds, MidpointRounding.AwayFromZero);
        }

        report?.Note(UsageIssue.NotACount);
        return null;
    }

    /// <summary>The text under the first of the names that has one that is not empty.</summary>
    public string? Text(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (Find(name) is { ValueKind: JsonValueKind.String } value && value.GetString() is { Length: > 0 } text)
            {
                return text;
            }
        }

        return null;
    }

    private static decimal? ToNumber(JsonElement value)
    {
        decimal number;
        return value.ValueKind switch
        {
            JsonValueKind.Number => value.TryGetDecimal(out number) ? number : null,
            JsonValueKind.String => decimal.TryParse(value.GetString(), NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out number) ? number : null,
            _ => null,
        };
    }

    private JsonElement Find(string name) => IsObject && json.TryGetProperty(name, out var found) ? found : default;
}
