using System.Globalization;
using OpenTelemetry.Metrics;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.CostExporter;

/// <summary>The attributes of a point that the ledger knows. Null: not there.</summary>
internal readonly record struct PointTags
{
    public string? Provider { get; init; }

    public string? RequestModel { get; init; }

    public string? ResponseModel { get; init; }

    public string? Operation { get; init; }

    public string? TokenType { get; init; }

    public string? UsageType { get; init; }

    public string? Quality { get; init; }

    public string? Outcome { get; init; }

    public string? ErrorType { get; init; }

    public string? User { get; init; }

    public string? Tenant { get; init; }

    public string? Feature { get; init; }

    /// <summary>The SDK's gathering point for what passed its cardinality limit: all other attributes are lost.</summary>
    public bool IsOverflow { get; init; }

    /// <summary>Whose row the point belongs to.</summary>
    public SpendKey Key => IsOverflow
        ? new SpendKey(null, null, Placeholders.Unattributed, null, Placeholders.Unattributed)
        : new SpendKey(Provider, ResponseModel ?? RequestModel, User, Tenant, Feature, SpendKeyMore.Of(new SpendKeyParts(
            Operation: Operation, Outcome: Outcome == Outcomes.Completed ? null : Outcome, Quality: Quality == Qualities.Reported ? null : Quality)));

    public static PointTags Read(in MetricPoint point)
    {
        var tags = default(PointTags);
        foreach (var (name, boxed) in point.Tags)
        {
            // Some libraries add what they do not know without a value: as good as not there.
            var value = boxed as string ?? Convert.ToString(boxed, CultureInfo.InvariantCulture);
            value = string.IsNullOrEmpty(value) ? null : value;
            tags = name switch
            {
                GenAi.ProviderName => tags with { Provider = value },
                GenAi.RequestModel => tags with { RequestModel = value },
                GenAi.ResponseModel => tags with { ResponseModel = value },
                GenAi.OperationName => tags with { Operation = value },
                GenAi.TokenType => tags with { TokenType = value },
                Attributes.UsageType => tags with { UsageType = value },
                Attributes.CostQuality => tags with { Quality = value },
                Attributes.Outcome => tags with { Outcome = value },
                Attributes.ErrorType => tags with { ErrorType = value },
                Attributes.UserId or Attributes.UserHash => tags with { User = value },
                Attributes.Tenant => tags with { Tenant = value },
                Attributes.Feature => tags with { Feature = value },
                Attributes.MetricOverflow => tags with { IsOverflow = boxed is true },
                _ => tags,
            };
        }

        return tags;
    }
}
