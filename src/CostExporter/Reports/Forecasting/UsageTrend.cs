using System.Text;
using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter;

/// <summary>A period beside the one before it.</summary>
public sealed class UsageTrend
{
    internal UsageTrend(UsageReportQuery query, TimeZoneInfo timeZone, TrendPlan plan, IReadOnlyList<UsageTrendRow> rows, UsageTrendRow total)
    {
        Query = query;
        TimeZone = timeZone;
        Plan = plan;
        Rows = rows;
        Total = total;
    }

    /// <summary>What was asked.</summary>
    public UsageReportQuery Query { get; }

    /// <summary>The zone whose days these are.</summary>
    public TimeZoneInfo TimeZone { get; }

    /// <summary>Which parts of the two periods are compared, in words.</summary>
    public string Basis => Plan.Basis;

    /// <summary>What changed most in cost first, unknown last. Empty when the query is by nothing.</summary>
    public IReadOnlyList<UsageTrendRow> Rows { get; }

    /// <summary>All rows together.</summary>
    public UsageTrendRow Total { get; }

    internal TrendPlan Plan { get; }

    internal IReadOnlyList<(string Name, Func<UsageReportRow, string?> Value)> Columns =>
    [
        .. Query.By.Select(dimension => (dimension.Name(), (Func<UsageReportRow, string?>)(row => row[dimension]))),
        .. Query.ByTags.Select(tag => (SpendDimensions.TagName(tag), (Func<UsageReportRow, string?>)(row => row.Tag(tag)))),
    ];

    /// <summary>Renders an aligned table in plain text, headed by what is compared with what.</summary>
    public string ToTable() => TrendText.Table(this);

    /// <summary>Renders JSON; money is a JSON number in USD, and what is not known is null.</summary>
    public string ToJson() => Encoding.UTF8.GetString(TrendText.Json(this));
}

/// <summary>One row of a <see cref="UsageTrend"/>.</summary>
public sealed class UsageTrendRow
{
    internal UsageTrendRow(UsageReportRow current, UsageReportRow previous)
    {
        Current = current;
        Previous = previous;
    }

    /// <summary>The period.</summary>
    public UsageReportRow Current { get; }

    /// <summary>What it is compared with.</summary>
    public UsageReportRow Previous { get; }

    /// <summary>Cost in USD.</summary>
    public TrendFigure Cost => TrendFigure.OfMoney(Current.CostPico, Previous.CostPico);

    /// <summary>Calls.</summary>
    public TrendFigure Calls => TrendFigure.OfCount(Current.Measures[SpendMeasure.Calls], Previous.Measures[SpendMeasure.Calls]);

    /// <summary>Input and output tokens.</summary>
    public TrendFigure Tokens => TrendFigure.OfCount(TokensOf(Current), TokensOf(Previous));

    private static Int128 TokensOf(UsageReportRow row) => row.Sum(bucket => bucket.IsInputTokens() || bucket.IsOutputTokens());
}
