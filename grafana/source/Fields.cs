using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace LlmTelemetry.Grafana;

/// <summary>How Grafana shows values: units, colours, links.</summary>
internal static partial class Fields
{
    private const int NarrowestNumber = 86;
    private const int PixelsOfLetter = 8;
    private const int PixelsAround = 30;

    // A table's own noValue says why it is empty; a single empty cell would repeat it.
    private const string NoCell = "–";

    /// <summary>The colours of a value: from each limit on, its colour; null is where all begin.</summary>
    public static JsonObject Colours(params (double? From, string Colour)[] steps) =>
        new() { ["mode"] = "absolute", ["steps"] = new JsonArray([.. steps.Select(step => (JsonNode)new JsonObject { ["value"] = step.From, ["color"] = step.Colour })]) };

    /// <summary>Plain until a warning is due, then orange, then red: no pair that a colour-blind reader cannot tell apart.</summary>
    public static JsonObject Alarm(double warning, double? critical = null, string calm = "text") =>
        critical is null ? Colours((null, calm), (warning, "orange")) : Colours((null, calm), (warning, "orange"), (critical, "red"));

    public static JsonObject Defaults(string unit, int? decimals, string colour, JsonObject? colours = null, string? noValue = null)
    {
        var defaults = new JsonObject { ["unit"] = unit, ["color"] = new JsonObject { ["mode"] = colour }, ["thresholds"] = colours ?? Colours((null, "text")), ["noValue"] = noValue ?? "no figures" };
        if (decimals is not null)
        {
            defaults["decimals"] = decimals;
        }

        return defaults;
    }

    /// <summary>How far an axis reaches at least: Grafana draws nothing but zeros up to 100.</summary>
    public static double? LeastTop(string unit) => unit switch
    {
        Unit.Usd => 0.01,
        Unit.PerMinute => 0.1,
        Unit.Count or Unit.Short => 1,
        "bytes" => 1024,
        _ => null,
    };

    /// <summary>A single large figure. Money is in cents, and less than one is not shown as nothing.</summary>
    public static JsonObject Figure(string unit, int? decimals, JsonObject? colours, string? noValue)
    {
        var defaults = Defaults(unit, decimals, "thresholds", colours, noValue);
        if (unit == Unit.Usd && decimals == 2)
        {
            var cent = new JsonObject { ["from"] = 1e-12, ["to"] = 0.00499, ["result"] = new JsonObject { ["text"] = "< 1 cent", ["index"] = 0 } };
            defaults["mappings"] = new JsonArray(new JsonObject { ["type"] = "range", ["options"] = cent });
        }

        return defaults;
    }

    /// <summary>A legend ("{{label}}") as a field's name, where Grafana does not take it from the query.</summary>
    public static string FromLabels(string legend) => LabelInLegend().Replace(legend, "$${__field.labels.$1}");

    public static JsonNode InItsUnit(Column column)
    {
        // As wide as its title and an amount need, and the names get the rest: Grafana would give all the same, and push the last ones out of sight.
        var width = Math.Max(NarrowestNumber, (PixelsOfLetter * column.Title.Length) + PixelsAround);
        var properties = new JsonArray(Property("unit", column.Unit), Property("custom.width", width), Property("noValue", NoCell));
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

    /// <summary>A column of names: providers' are short, models' long. Linked where there is more to see.</summary>
    public static JsonNode OfLabel(Label label)
    {
        var width = label.Title == "provider" ? Property("custom.width", 120) : Property("custom.minWidth", label.Title == "model" ? 150 : 90);
        var properties = new JsonArray(width, Property("noValue", NoCell));
        if (label.Link is { } link)
        {
            properties.Add(Property("links", new JsonArray(Links.OfValue(link))));
        }

        return Override(label.Title, properties);
    }

    private static JsonObject Property(string id, JsonNode value) => new() { ["id"] = id, ["value"] = value };

    private static JsonObject Override(string field, JsonArray properties) =>
        new() { ["matcher"] = new JsonObject { ["id"] = "byName", ["options"] = field }, ["properties"] = properties };

    [GeneratedRegex(@"\{\{\s*(\w+)\s*\}\}")]
    private static partial Regex LabelInLegend();
}
