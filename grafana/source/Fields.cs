using System.Text.Json.Nodes;

namespace LlmTelemetry.Grafana;

/// <summary>How Grafana shows values: units, colours, links.</summary>
internal static class Fields
{
    /// <summary>The colours of a value: from each limit on, its colour; null is where all begin.</summary>
    public static JsonObject Colours(params (double? From, string Colour)[] steps) =>
        new() { ["mode"] = "absolute", ["steps"] = new JsonArray([.. steps.Select(step => (JsonNode)new JsonObject { ["value"] = step.From, ["color"] = step.Colour })]) };

    /// <summary>Plain until a warning is due, then orange, then red: no pair that a colour-blind reader cannot tell apart.</summary>
    public static JsonObject Alarm(double warning, double? critical = null, string calm = "text") =>
        critical is null ? Colours((null, calm), (warning, "orange")) : Colours((null, calm), (warning, "orange"), (critical, "red"));

    public static JsonObject Defaults(string unit, int? decimals, string colour, JsonObject? colours = null, string? noValue = null)
    {
        var defaults = new JsonObject { ["unit"] = unit, ["color"] = new JsonObject { ["mode"] = colour }, ["thresholds"] = colours ?? Colours((null, "text")) };
        if (decimals is not null)
        {
            defaults["decimals"] = decimals;
        }

        if (noValue is not null)
        {
            defaults["noValue"] = noValue;
        }

        return defaults;
    }

    public static JsonNode InItsUnit(Column column)
    {
        var properties = new JsonArray(Property("unit", column.Unit));
        if (column.Decimals is { } decimals)
        {
            properties.Add(Property("decimals", decimals));
        }

        if (column.Colours is { } colours)
        {
            properties.Add(Property("thresholds", colours.DeepClone()));
            properties.Add(Property("color", new JsonObject { ["mode"] = "thresholds" }));
            properties.Add(Property("custom.cellOptions", new JsonObject { ["type"] = "color-text" }));
        }

        return Override(column.Title, properties);
    }

    /// <summary>A column of names: wide where there is room, and linked where there is more to see.</summary>
    public static JsonNode? OfLabel(Label label, bool wide)
    {
        var properties = new JsonArray();

        // Model names are long; the other columns share the rest.
        if (wide && label.Title == "model")
        {
            properties.Add(Property("custom.width", 240));
        }

        if (label.Link is { } link)
        {
            properties.Add(Property("links", new JsonArray(Links.OfValue(link))));
        }

        return properties.Count == 0 ? null : Override(label.Title, properties);
    }

    private static JsonObject Property(string id, JsonNode value) => new() { ["id"] = id, ["value"] = value };

    private static JsonObject Override(string field, JsonArray properties) =>
        new() { ["matcher"] = new JsonObject { ["id"] = "byName", ["options"] = field }, ["properties"] = properties };
}
