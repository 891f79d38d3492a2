using System.Text.Json.Nodes;
using static LlmTelemetry.Grafana.Fields;

namespace LlmTelemetry.Grafana;

/// <summary>A query of a panel and how its series are called.</summary>
internal sealed record Target(string Expression, string Legend);

/// <summary>A label of a table's rows, the column's title (empty: not shown), and where a click on a value leads.</summary>
internal sealed record Label(string Name, string Title, Link? Link = null)
{
    public static implicit operator Label((string Name, string Title) label) => new(label.Name, label.Title);
}

/// <summary>A column of numbers in a table.</summary>
internal sealed record Column(string Title, string Expression, string Unit, int? Decimals = null, JsonObject? Colours = null);

/// <summary>Panels in Grafana's JSON, laid out from left to right and top to bottom on its grid of 24 columns.</summary>
internal sealed class Panels
{
    private const int GridWidth = 24;

    private int _x;
    private int _y;
    private int _rowHeight;

    public JsonArray All { get; } = [];

    public static JsonObject DataSource => new() { ["type"] = "prometheus", ["uid"] = "${datasource}" };

    public void Stat(
        string title, string description, string expression, string unit, int? decimals = null, JsonObject? colours = null, string? noValue = null, Link? link = null, int width = 4)
    {
        var panel = Add("stat", title, description, width, 4, [Instant(expression, "time_series")], Figure(unit, decimals, colours, noValue), new JsonObject
        {
            ["reduceOptions"] = Last(),
            ["colorMode"] = "value",
            ["graphMode"] = "none",
            ["textMode"] = "value",
            ["justifyMode"] = "auto",
            ["orientation"] = "auto",

            // Small enough for a figure of USD in a narrow window, and the same for all.
            ["text"] = new JsonObject { ["valueSize"] = 28 },
        });
        if (link is not null)
        {
            panel["links"] = new JsonArray(Links.Whole(link));
        }
    }

    /// <summary>A line for each series. Limits, if any, are dashed lines in their colours.</summary>
    public void Lines(
        string title, string description, string unit, Target[] targets, int width = 8, bool stacked = false, int? decimals = null, bool lastOnly = false,
        double? max = null, JsonObject? limits = null, string? noValue = null)
    {
        var defaults = Defaults(unit, decimals, "palette-classic", limits, noValue);
        if (max is not null)
        {
            defaults["max"] = max;
        }

        var custom = new JsonObject
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
        if (limits is not null)
        {
            custom["thresholdsStyle"] = new JsonObject { ["mode"] = "dashed" };
        }

        TimeSeries(title, description, width, [.. targets.Select((target, index) => Range(target, index, "$interval"))], defaults, custom, lastOnly ? "lastNotNull" : "max");
    }

    /// <summary>One bar for each hour, stacked; the targets give one value for the hour that begins at a point.</summary>
    public void HourBars(string title, string description, string unit, Target[] targets, int width = 12, int? decimals = null) =>
        Hours(title, description, unit, targets, width, decimals, "sum", new JsonObject
        {
            ["drawStyle"] = "bars",
            ["barAlignment"] = 1,
            ["barWidthFactor"] = 0.9,
            ["lineWidth"] = 0,
            ["fillOpacity"] = 80,
            ["showPoints"] = "never",
            ["stacking"] = new JsonObject { ["mode"] = "normal", ["group"] = "A" },
        });

    /// <summary>One level for each hour: what must not be added up, a mean say.</summary>
    public void HourSteps(string title, string description, string unit, Target[] targets, int width = 12, int? decimals = null) =>
        Hours(title, description, unit, targets, width, decimals, "lastNotNull", new JsonObject
        {
            ["drawStyle"] = "line",
            ["lineInterpolation"] = "stepAfter",
            ["lineWidth"] = 1,
            ["fillOpacity"] = 0,

            // An hour without calls has no mean; the level before stays until the next, of a working day.
            ["spanNulls"] = 21_600_000,
            ["showPoints"] = "auto",
            ["pointSize"] = 4,
        });

    public void Bars(
        string title, string description, string expression, string legend, string unit, JsonObject colours, double? max = null, int width = 8, int decimals = 0, string? noValue = null)
    {
        var defaults = Defaults(unit, decimals, "thresholds", colours, noValue);
        defaults["min"] = 0;
        if (max is not null)
        {
            defaults["max"] = max;
        }

        // Without it Grafana leaves the name out where there is one bar only.
        defaults["displayName"] = FromLabels(legend);
        var target = Instant(expression, "time_series");
        target["legendFormat"] = legend;
        Add("bargauge", title, description, width, 9, [target], defaults, new JsonObject
        {
            ["reduceOptions"] = Last(),
            ["orientation"] = "horizontal",
            ["displayMode"] = "basic",
            ["valueMode"] = "color",
            // Beside the bar: above it, Grafana leaves names out where there are more than a few.
            ["namePlacement"] = "left",
            ["showUnfilled"] = true,
            ["sizing"] = "manual",
            ["minVizHeight"] = 16,
            ["minVizWidth"] = 8,
            ["maxVizHeight"] = 28,

            // Without a size for names: Grafana measures them in its own, and would cut them where there is room.
            ["text"] = new JsonObject { ["valueSize"] = 14 },
        });
    }

    /// <summary>One row for each combination of the labels; the rows of all columns' queries are merged by them.</summary>
    public void Table(string title, string description, int width, Label[] labels, Column[] columns, string sortBy, int height = 9, string? noValue = null)
    {
        var targets = columns.Select((column, index) => Instant(column.Expression, "table", Ref(index))).ToArray();

        // With a single query Grafana calls the column Value, without its letter.
        string[] fields = [.. labels.Select(label => label.Name), .. columns.Length == 1 ? ["Value"] : columns.Select((_, index) => "Value #" + Ref(index))];
        string[] titles = [.. labels.Select(label => label.Title), .. columns.Select(column => column.Title)];
        var organize = new JsonObject
        {
            ["excludeByName"] = new JsonObject([KeyValuePair.Create("Time", (JsonNode?)true), .. labels.Where(label => label.Title.Length == 0).Select(label => KeyValuePair.Create(label.Name, (JsonNode?)true))]),
            ["indexByName"] = new JsonObject(fields.Select((field, index) => KeyValuePair.Create(field, (JsonNode?)index))),
            ["renameByName"] = new JsonObject(fields.Zip(titles, (field, name) => KeyValuePair.Create(field, (JsonNode?)name))),
        };
        var panel = Add("table", title, description, width, height, targets, Defaults("short", null, "palette-classic", noValue: noValue), new JsonObject
        {
            ["showHeader"] = true,
            ["cellHeight"] = "sm",
            ["sortBy"] = new JsonArray([.. new[] { sortBy, columns[0].Title }.Distinct().Select(title => (JsonNode)new JsonObject { ["displayName"] = title, ["desc"] = true })]),
        });
        panel["fieldConfig"]!["overrides"] = new JsonArray([.. labels.Where(label => label.Title.Length > 0).Select(OfLabel), .. columns.Select(InItsUnit)]);
        panel["transformations"] = new JsonArray(
            new JsonObject { ["id"] = "merge", ["options"] = new JsonObject() }, new JsonObject { ["id"] = "organize", ["options"] = organize });
    }

    private static JsonObject Range(Target target, int index, string interval) => new()
    {
        ["refId"] = Ref(index),
        ["datasource"] = DataSource,
        ["editorMode"] = "code",
        ["expr"] = target.Expression,
        ["legendFormat"] = target.Legend,
        ["instant"] = false,
        ["range"] = true,
        ["interval"] = interval,
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

    private void Hours(string title, string description, string unit, Target[] targets, int width, int? decimals, string figure, JsonObject custom)
    {
        var panel = TimeSeries(title, description, width, [.. targets.Select((target, index) => Range(target, index, "1h"))], Defaults(unit, decimals, "palette-classic"), custom, figure);

        // So that the step stays an hour: a longer one would leave hours out.
        panel["maxDataPoints"] = 2_000;
    }

    private JsonObject TimeSeries(
        string title, string description, int width, JsonObject[] targets, JsonObject defaults, JsonObject custom, string figure)
    {
        defaults["min"] = 0;
        defaults["custom"] = custom;
        if (Fields.LeastTop(unit: defaults["unit"]!.GetValue<string>()) is { } top)
        {
            custom["axisSoftMax"] = top;
        }

        var legend = new JsonObject
        {
            ["displayMode"] = "table",

            // Below a narrow chart, where it shows three names; beside a wide one there is room for all.
            ["placement"] = width < GridWidth / 2 ? "bottom" : "right",
            ["showLegend"] = true,
            ["calcs"] = figure == "max" ? new JsonArray("mean", "max") : new JsonArray(figure),
            ["sortBy"] = figure switch { "max" => "Max", "sum" => "Total", _ => "Last *" },
            ["sortDesc"] = true,
        };
        if (width >= GridWidth / 2 && targets.Any(target => target["legendFormat"]!.GetValue<string>().Contains("{{", StringComparison.Ordinal)))
        {
            // Names from labels may be long: without a width they would take half of the chart.
            legend["width"] = 280;
        }

        return Add("timeseries", title, description, width, 9, targets, defaults, new JsonObject
        {
            ["legend"] = legend,
            ["tooltip"] = new JsonObject { ["mode"] = "multi", ["sort"] = "desc" },
        });
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
