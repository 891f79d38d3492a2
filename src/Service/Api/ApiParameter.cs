using LlmTelemetry.CostExporter;

namespace LlmTelemetry.Service;

/// <summary>A parameter that an endpoint knows: what it does not know it refuses, and its description tells of.</summary>
/// <param name="Name">As in the request.</param>
/// <param name="Description">For the OpenAPI document.</param>
/// <param name="Repeats">Whether it may be there several times.</param>
internal sealed record ApiParameter(string Name, string Description, bool Repeats = false)
{
    public const string Where = "where";
    public const string Success = "success";
    public const string From = "from";
    public const string To = "to";
    public const string Period = "period";
    public const string By = "by";
    public const string Sort = "sort";
    public const string Limit = "limit";
    public const string Format = "format";
    public const string TimeZone = "time_zone";
    public const string Sessions = "sessions";
    public const string Of = "of";
    public const string ErrorType = "error_type";
    public const string OldestFirst = "oldest_first";
    public const string After = "after";

    private const string FilterHelp = "Only calls with this value; empty: calls that did not say.";

    /// <summary>Which calls: a parameter for each dimension, and the words of the command line.</summary>
    public static IReadOnlyList<ApiParameter> Filters { get; } =
    [
        .. SpendDimensions.Kept.Order().Select(dimension => new ApiParameter(dimension.Name(), FilterHelp)),
        new(SpendDimensions.TagName("NAME"), FilterHelp + " For any name of a tag."),
        new(Where, "The same as user=ada or tag:plan=gold in one text.", Repeats: true),
        new(Success, "true: only calls that completed; false: only those that did not."),
    ];

    /// <summary>Which time.</summary>
    public static IReadOnlyList<ApiParameter> Times { get; } =
    [
        new(From, "First day, as 2026-11-01."),
        new(To, "Last day, inclusive."),
        new(Period, "Instead of from and to: today, month, year, a day (2026-11-22), a month (2026-10), a year (2026), or the time up to now: 24h, 7d, 4w, 3mo, 1y."),
    ];

    public static ApiParameter Columns { get; } = new(By, $"What to break down by, as user,model: {ReportArguments.Words}.", Repeats: true);

    public static ApiParameter Order { get; } = new(Sort, "The order of the rows: cost (default), charged, calls, tokens or name.");

    public static ApiParameter Forms { get; } = new(Format, "json (default) or csv.");

    /// <summary>Whether it is the parameter of a tag, whatever its name.</summary>
    public bool IsTag => SpendDimensions.FindTag(Name) is not null;
}
