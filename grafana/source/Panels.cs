using System.Text.Json.Nodes;

namespace LlmTelemetry.Grafana;

/// <summary>A query of a panel and how its series are called.</summary>
internal sealed record Target(string Expression, string Legend);

/// <summary>A column of numbers in a table.</summary>
internal sealed record Column(string Title, string Expression, string Unit, int? Decimals = null);

/// <summary>Panels in Grafana's JSON, laid out from left to right and top to bottom on its grid of 24 columns.</summary>
internal sealed class Panels
{
    private const int GridWidth = 24;

    private int _x;
    private int _y;
    private int _rowHeight;

    public JsonArray All { get; } = [];

    public static JsonObject DataSource => new() { ["type"] = "prometheus", ["uid"] = "${datasource}" };

    /// <summary>The colours of a value: from each limit on, its colour; null is where all begin.</summary>
    public static JsonObject Colours(params (double? From, string Colour)[] steps) =>
        new() { ["mode"] = "absolute", ["steps"] = new JsonArray([.. steps.Select(step => (JsonNode)new JsonObject { ["value"] = step.From, ["color"] = step.Colour })]) };

    public void Stat(string title, string description, string expression, string unit, int? decimals = null, JsonObject? colours = null) =>
        Add("stat", title, description, 4, 4, [Instant(expression, "time_series")], Defaults(unit, decimals, "thresholds", colours), new JsonObject
        {
            ["reduceOptions"] = Last(),
            ["colorMode"] = "value",
            ["graphMode"] = "none",
            ["textMode"] = "value",
            ["justifyMode"] = "auto",
            ["orientation"] = "auto",
            ["text"] = new JsonObject { ["valueSize"] = 36 },
        });

    public void Lines(string title, string description, string unit, Target[] targets, int width = 8, bool stacked = false, int? decimals = null, bool lastOnly = false, double? max = null)
    {
        var defaults = Defaults(unit, decimals, "palette-classic");
        defaults["min"] = 0;
        if (max is not null)
        {
            defaults["max"] = max;
        }

        defaults["custom"] = new JsonObject
        {
            ["drawStyle"] = "line",
            ["lineInterpolation"] = "linear",
            ["lineWidth"] = 1,
            ["fillOpacity"] = stacked ? 25 : 0,
            ["showPoints"] = "auto",
            ["pointSize"] = 4,
            ["spanNulls"] = 300_000,
            ["stacking"] = new JsonObject { ["mode"] = stacked ? "normal" : "none", ["group"] = "A" },
        };
        Add("timeseries", title, description, width, 9, [.. targets.Select(Range)], defaults, new JsonObject
        {
            ["legend"] = new JsonObject
            {
                ["displayMode"] = "table",
                ["placement"] = "bottom",
                ["showLegend"] = true,
                ["calcs"] = lastOnly ? new JsonArray("lastNotNull") : new JsonArray("mean", "max"),
                ["sortBy"] = lastOnly ? "Last *" : "Max",
                ["sortDesc"] = true,
            },
            ["tooltip"] = new JsonObject { ["mode"] = "multi", ["sort"] = "desc" },
        });
    }

    public void Bars(string title, string description, string expression, string legend, string unit, JsonObject colours, double? max = null)
    {
        var defaults = Defaults(unit, 0, "thresholds", colours);
        defaults["min"] = 0;
        if (max is not null)
        {
            defaults["max"] = max;
        }

        var target = Instant(expression, "time_series");
        target["legendFormat"] = legend;
        Add("bargauge", title, description, 8, 9, [target], defaults, new JsonObject
        {
            ["reduceOptions"] = Last(),
            ["orientation"] = "horizontal",
            ["displayMode"] = "basic",
            ["valueMode"] = "color",
            ["namePlacement"] = "top",
            ["showUnfilled"] = true,
            ["sizing"] = "auto",
            ["minVizHeight"] = 16,
            ["minVizWidth"] = 8,
            ["maxVizHeight"] = 40,
            ["text"] = new JsonObject { ["titleSize"] = 13, ["valueSize"] = 16 },
        });
    }

    /// <summary>One row for each combination of the labels; the rows of all columns' queries are merged by them.</summary>
    public void Table(string title, string description, int width, (string Label, string Title)[] labels, Column[] columns, string sortBy)
    {
        var targets = columns.Select((column, index) => Instant(column.Expression, "table", Ref(index))).ToArray();
        string[] fields = [.. labels.Select(label => label.Label), .. columns.Select((_, index) => "Value #" + Ref(index))];
        string[] titles = [.. labels.Select(label => label.Title), .. columns.Select(column => column.Title)];
        var organize = new JsonObject
        {
            ["excludeByName"] = new JsonObject { ["Time"] = true },
            ["indexByName"] = new JsonObject(fields.Select((field, index) => KeyValuePair.Create(field, (JsonNode?)index))),
            ["renameByName"] = new JsonObject(fields.Zip(titles, (field, name) => KeyValuePair.Create(field, (JsonNode?)name))),
        };
        var panel = Add("table", title, description, width, 9, targets, Defaults("short", null, "palette-classic"), new JsonObject
        {
            ["showHeader"] = true,
            ["cellHeight"] = "sm",
            ["sortBy"] = new JsonArray(new JsonObject { ["displayName"] = sortBy, ["desc"] = true }),
        });
        panel["fieldConfig"]!["overrides"] = new JsonArray([.. labels.Where(label => width > GridWidth / 2 && label.Title == "model").Select(Wide), .. columns.Select(InItsUnit)]);
        panel["transformations"] = new JsonArray(
            new JsonObject { ["id"] = "merge", ["options"] = new JsonObject() }, new JsonObject { ["id"] = "organize", ["options"] = organize });
    }

    private static JsonNode InItsUnit(Column column)
    {
        var properties = new JsonArray(new JsonObject { ["id"] = "unit", ["value"] = column.Unit });
        if (column.Decimals is { } decimals)
        {
            properties.Add(new JsonObject { ["id"] = "decimals", ["value"] = decimals });
        }

        return Override(column.Title, properties);
    }

    // Model names are long; where there is room, the other columns share the rest.
    private static JsonNode Wide((string Label, string Title) column) =>
        Override(column.Title, [new JsonObject { ["id"] = "custom.width", ["value"] = 240 }]);

    private static JsonObject Override(string field, JsonArray properties) =>
        new() { ["matcher"] = new JsonObject { ["id"] = "byName", ["options"] = field }, ["properties"] = properties };

    private static JsonObject Range(Target target, int index) => new()
    {
        ["refId"] = Ref(index),
        ["datasource"] = DataSource,
        ["editorMode"] = "code",
        ["expr"] = target.Expression,
        ["legendFormat"] = target.Legend,
        ["instant"] = false,
        ["range"] = true,
        ["interval"] = "$interval",
    };

    private static JsonObject Instant(string expression, string format, string refId = "A") => new()
    {
        ["refId"] = refId,
        ["datasource"] = DataSource,
        ["editorMode"] = "code",
        ["expr"] = expression,
        ["format"] = format,
        ["instant"] = true,
        ["range"] = false,
    };

    private static string Ref(int index) => ((char)('A' + index)).ToString();

    private static JsonObject Last() => new() { ["calcs"] = new JsonArray("lastNotNull"), ["fields"] = "", ["values"] = false };

    private static JsonObject Defaults(string unit, int? decimals, string colour, JsonObject? colours = null)
    {
        var defaults = new JsonObject { ["unit"] = unit, ["color"] = new JsonObject { ["mode"] = colour }, ["thresholds"] = colours ?? Colours((null, "text")) };
        if (decimals is not null)
        {
            defaults["decimals"] = decimals;
        }

        return defaults;
    }

    private JsonObject Add(string type, string title, string description, int width, int height, JsonObject[] targets, JsonObject defaults, JsonObject options)
    {
        if (_x + width > GridWidth)
        {
            (_x, _y, _rowHeight) = (0, _y + _rowHeight, 0);
        }

        var panel = new JsonObject
        {
            ["id"] = All.Count + 1,
            ["type"] = type,
            ["title"] = title,
            ["description"] = description,
            ["datasource"] = DataSource,
            ["gridPos"] = new JsonObject { ["x"] = _x, ["y"] = _y, ["w"] = width, ["h"] = height },
            ["targets"] = new JsonArray([.. targets]),
            ["fieldConfig"] = new JsonObject { ["defaults"] = defaults, ["overrides"] = new JsonArray() },
            ["options"] = options,
        };
        (_x, _rowHeight) = (_x + width, Math.Max(_rowHeight, height));
        All.Add(panel);
        return panel;
    }
}
