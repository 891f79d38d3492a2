namespace LlmTelemetry.CostExporter;

/// <summary>A choice of dimensions and tags: takes from keys what is chosen.</summary>
internal sealed class DimensionSet
{
    public static readonly DimensionSet All = new(Enum.GetValues<SpendDimension>(), []);

    /// <summary>What <see cref="CostExporterOptions.Dimensions"/> holds unless it is set.</summary>
    public static readonly DimensionSet Default = new(SpendDimensions.KeptByDefault, []);

    private readonly uint _bits;
    private readonly bool _hasMore;
    private readonly bool _allTags;

    /// <param name="dimensions">The dimensions.</param>
    /// <param name="tags">The tags.</param>
    /// <param name="allTags">Whether any other tag is chosen too.</param>
    public DimensionSet(IEnumerable<SpendDimension> dimensions, IEnumerable<string> tags, bool allTags = false)
    {
        _allTags = allTags;
        foreach (var dimension in dimensions)
        {
            _bits |= 1u << (int)dimension;
        }

        Tags = [.. tags.Distinct().Order(StringComparer.Ordinal)];
        _hasMore = Tags.Length != 0 || allTags
            || Has(SpendDimension.Tier) || Has(SpendDimension.Client) || Has(SpendDimension.Environment) || Has(SpendDimension.Operation)
            || Has(SpendDimension.Conversation) || Has(SpendDimension.Session)
            || Has(SpendDimension.Outcome) || Has(SpendDimension.Quality) || Has(SpendDimension.PriceVersion);
    }

    /// <summary>The chosen tags, in the order of their names (ordinal), each once.</summary>
    public string[] Tags { get; }

    public bool Has(SpendDimension dimension) => (_bits & (1u << (int)dimension)) != 0;

    /// <summary>The key with what is chosen; the rest is null. What metric a row is of is no choice: figures of two are never added up.</summary>
    public SpendKey Of(in SpendKey key) => new(
        Take(SpendDimension.Provider, key.Provider),
        Take(SpendDimension.Model, key.Model),
        Take(SpendDimension.User, key.User),
        Take(SpendDimension.Tenant, key.Tenant),
        Take(SpendDimension.Feature, key.Feature),
        key.More is { } more && (_hasMore || more.Parts.Metric is not null) ? Of(more) : null);

    public SpendKeyParts Of(in SpendKeyParts parts) => new(
        Take(SpendDimension.Tier, parts.Tier),
        Take(SpendDimension.Client, parts.Client),
        Take(SpendDimension.Environment, parts.Environment),
        Take(SpendDimension.Operation, parts.Operation),
        Take(SpendDimension.Conversation, parts.Conversation),
        Take(SpendDimension.Session, parts.Session),
        parts.Metric,
        Take(SpendDimension.Outcome, parts.Outcome),
        Take(SpendDimension.Quality, parts.Quality),
        Take(SpendDimension.PriceVersion, parts.PriceVersion));

    public string? Take(SpendDimension dimension, string? value) => Has(dimension) ? value : null;

    private SpendKeyMore? Of(SpendKeyMore more)
    {
        KeyValuePair<string, string>[] tags = _allTags ? [.. more.Tags] : Tags.Length == 0 || more.Tags.Count == 0 ? [] : [.. more.Tags.Where(tag => Tags.Contains(tag.Key))];
        var parts = Of(more.Parts);
        return tags.Length == more.Tags.Count && parts == more.Parts ? more : SpendKeyMore.Of(in parts, tags);
    }
}
