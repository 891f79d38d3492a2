using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.CostExporter;

/// <summary>The words for dimensions, and their values in a key.</summary>
internal static class SpendDimensions
{
    private static readonly (SpendDimension Dimension, string Name)[] Names =
    [
        (SpendDimension.Provider, Dimensions.Provider),
        (SpendDimension.Model, Dimensions.Model),
        (SpendDimension.User, Dimensions.User),
        (SpendDimension.Tenant, Dimensions.Tenant),
        (SpendDimension.Feature, Dimensions.Feature),
        (SpendDimension.Conversation, Dimensions.Conversation),
        (SpendDimension.Session, Dimensions.Session),
        (SpendDimension.Tier, Dimensions.Tier),
        (SpendDimension.Operation, Dimensions.Operation),
        (SpendDimension.Client, Dimensions.Client),
        (SpendDimension.Environment, Dimensions.Environment),
        (SpendDimension.Outcome, Dimensions.Outcome),
        (SpendDimension.Quality, Dimensions.Quality),
        (SpendDimension.PriceVersion, Dimensions.PriceVersion),
        (SpendDimension.Day, Dimensions.Day),
    ];

    /// <summary>Every dimension that a row can be kept by: all but the day, which its period says.</summary>
    public static IReadOnlySet<SpendDimension> Kept { get; } = Names.Select(known => known.Dimension).Where(dimension => dimension != SpendDimension.Day).ToHashSet();

    /// <summary>
    /// Those that are kept unless others are chosen. Not the price version: a book that is renewed daily would make a month's row thirty, and
    /// a call's cost is fixed when it ends, whatever the book says later.
    /// </summary>
    public static IReadOnlySet<SpendDimension> KeptByDefault { get; } = Kept.Where(dimension => dimension != SpendDimension.PriceVersion).ToHashSet();

    /// <summary>The words of all that can be kept.</summary>
    public static string KeptWords { get; } = string.Join(", ", Names.Where(known => Kept.Contains(known.Dimension)).Select(known => known.Name));

    public static string Name(this SpendDimension dimension)
    {
        foreach (var known in Names)
        {
            if (known.Dimension == dimension)
            {
                return known.Name;
            }
        }

        throw new ArgumentOutOfRangeException(nameof(dimension), dimension, "There is no such dimension.");
    }

    /// <summary>The dimension of this name, in any case; null for none.</summary>
    public static SpendDimension? Find(string name)
    {
        foreach (var known in Names)
        {
            if (known.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return known.Dimension;
            }
        }

        return null;
    }

    /// <summary>What a report calls a tag.</summary>
    public static string TagName(string tag) => Dimensions.TagPrefix + tag;

    /// <summary>The tag of this name in a report; null for what is no tag, and for one without a name.</summary>
    public static string? FindTag(string name) =>
        name.StartsWith(Dimensions.TagPrefix, StringComparison.OrdinalIgnoreCase) && name.Length > Dimensions.TagPrefix.Length ? name[Dimensions.TagPrefix.Length..] : null;

    /// <summary>Whether only hour rows know it.</summary>
    public static bool IsOfHours(this SpendDimension dimension) => dimension is SpendDimension.Conversation or SpendDimension.Session;

    /// <summary>Whether a key that says nothing of it means its usual value: a chat, a completed call, a reported cost. Of further figures it means nothing.</summary>
    public static bool HasUsual(this SpendDimension dimension) => dimension is SpendDimension.Operation or SpendDimension.Outcome or SpendDimension.Quality;

    /// <summary>Whether further figures have it: no provider and no model gave them, and they are no calls that end or cost.</summary>
    public static bool IsOfFigures(this SpendDimension dimension) =>
        !dimension.HasUsual() && dimension is not (SpendDimension.Provider or SpendDimension.Model or SpendDimension.PriceVersion);

    public static string? Of(this SpendDimension dimension, in SpendKey key) => dimension switch
    {
        SpendDimension.Provider => key.Provider,
        SpendDimension.Model => key.Model,
        SpendDimension.User => key.User,
        SpendDimension.Tenant => key.Tenant,
        SpendDimension.Feature => key.Feature,
        SpendDimension.Conversation => key.More?.Parts.Conversation,
        SpendDimension.Session => key.More?.Parts.Session,
        SpendDimension.Tier => key.More?.Parts.Tier,
        SpendDimension.Operation => key.More?.Parts.Operation ?? GenAi.OperationChat,
        SpendDimension.Client => key.More?.Parts.Client,
        SpendDimension.Environment => key.More?.Parts.Environment,
        SpendDimension.Outcome => key.More?.Parts.Outcome ?? Outcomes.Completed,
        SpendDimension.Quality => key.More?.Parts.Quality ?? Qualities.Reported,
        SpendDimension.PriceVersion => key.More?.Parts.PriceVersion,
        _ => null,
    };
}
