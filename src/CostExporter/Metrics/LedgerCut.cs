using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.CostExporter;

/// <summary>A way to cut the spend of a period up: three gauges of the same labels, whose points add up to the same total as those of any other cut.</summary>
internal sealed class LedgerCut
{
    public static readonly LedgerCut Users = new(
        Metrics.LedgerSpend, Metrics.LedgerCalls, Metrics.LedgerTokens, "provider, model and user",
        [(SpendDimension.Provider, GenAi.ProviderName), (SpendDimension.Model, GenAi.ResponseModel), (SpendDimension.User, Attributes.UserId)]);

    private static readonly LedgerCut Features = new(
        Metrics.LedgerFeatureSpend, Metrics.LedgerFeatureCalls, Metrics.LedgerFeatureTokens, "feature", [(SpendDimension.Feature, Attributes.Feature)]);

    private static readonly LedgerCut Tenants = new(
        Metrics.LedgerTenantSpend, Metrics.LedgerTenantCalls, Metrics.LedgerTenantTokens, "tenant", [(SpendDimension.Tenant, Attributes.Tenant)]);

    private readonly (SpendDimension Dimension, string Label)[] _labels;
    private readonly string _by;
    private readonly DimensionSet _dimensions;

    private LedgerCut(string spend, string calls, string tokens, string by, (SpendDimension Dimension, string Label)[] labels)
    {
        (Spend, Calls, Tokens) = (spend, calls, tokens);
        (_by, _labels) = (by, labels);
        By = labels.Select(label => label.Dimension).ToHashSet();
        _dimensions = new DimensionSet(By, []);
    }

    /// <summary>All of them, in the order of their publication.</summary>
    public static IReadOnlyList<LedgerCut> All { get; } = [Users, Features, Tenants];

    /// <summary>The gauge of what was spent, in USD.</summary>
    public string Spend { get; }

    /// <summary>The gauge of finished calls.</summary>
    public string Calls { get; }

    /// <summary>The gauge of input and output tokens.</summary>
    public string Tokens { get; }

    /// <summary>What it tells apart.</summary>
    public IReadOnlySet<SpendDimension> By { get; }

    /// <summary>What a gauge of it shows.</summary>
    public string Describe(string what) => $"{what} in the ledger by {_by}: this UTC hour, this day and this month to date.";

    /// <summary>The key with what the cut tells apart. To Prometheus a label without text is no label: what differs in that alone must be one point, or one of two is lost.</summary>
    public SpendKey KeyOf(in SpendKey key)
    {
        var cut = _dimensions.Of(in key);
        return new(Said(cut.Provider), Said(cut.Model), Said(cut.User), Said(cut.Tenant), Said(cut.Feature));
    }

    /// <summary>A point's labels. Absent where the calls did not say: never a label without a value.</summary>
    public KeyValuePair<string, object?>[] TagsOf(string period, in SpendKey key)
    {
        List<KeyValuePair<string, object?>> tags = [new(Attributes.LedgerPeriod, period)];
        foreach (var (dimension, label) in _labels)
        {
            if (dimension.Of(in key) is { } value)
            {
                tags.Add(new(label, value));
            }
        }

        return [.. tags];
    }

    private static string? Said(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
