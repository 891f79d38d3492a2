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
        (SpendDimension.Day, Dimensions.Day),
    ];

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

    public static string? Of(this SpendDimension dimension, in SpendKey key) => dimension switch
    {
        SpendDimension.Provider => key.Provider,
        SpendDimension.Model => key.Model,
        SpendDimension.User => key.User,
        SpendDimension.Tenant => key.Tenant,
        SpendDimension.Feature => key.Feature,
        _ => null,
    };

    /// <summary>The key with only these dimensions; the others are null.</summary>
    public static SpendKey Only(this in SpendKey key, IReadOnlyCollection<SpendDimension> dimensions) => new(
        dimensions.Contains(SpendDimension.Provider) ? key.Provider : null,
        dimensions.Contains(SpendDimension.Model) ? key.Model : null,
        dimensions.Contains(SpendDimension.User) ? key.User : null,
        dimensions.Contains(SpendDimension.Tenant) ? key.Tenant : null,
        dimensions.Contains(SpendDimension.Feature) ? key.Feature : null);
}
