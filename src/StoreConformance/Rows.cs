namespace LlmTelemetry.StoreConformance;

/// <summary>Keys and measures as cases need them.</summary>
internal static class Rows
{
    /// <summary>Every dimension that a row can be apart by.</summary>
    public static readonly IReadOnlyList<SpendDimension> Dimensions = [.. Enum.GetValues<SpendDimension>().Where(dimension => dimension != SpendDimension.Day)];

    /// <summary>Those of them that a key says with this version.</summary>
    public static readonly IReadOnlyList<SpendDimension> Said = [.. Dimensions.Where(dimension => With(Key(), dimension, "?").ValueOf(dimension) == "?")];

    public static SpendKey Key(string? user = "ann", string? model = "claude", string? feature = "chat", string? tenant = null, SpendKeyParts parts = default) =>
        new("anthropic", model, user, tenant, feature, SpendKeyMore.Of(in parts));

    public static SpendKey Tagged(params (string Name, string Value)[] tags) =>
        Key() with { More = SpendKeyMore.Of(default, [.. tags.Select(tag => new KeyValuePair<string, string>(tag.Name, tag.Value))]) };

    public static SpendMeasures Measures(params ReadOnlySpan<(byte Measure, Int128 Value)> values)
    {
        var measures = new SpendMeasures();
        foreach (var (measure, value) in values)
        {
            measures.Add(measure, value);
        }

        return measures;
    }

    public static SpendKey With(in SpendKey key, SpendDimension dimension, string? value)
    {
        var parts = key.More?.Parts ?? default;
        return dimension switch
        {
            SpendDimension.Provider => key with { Provider = value },
            SpendDimension.Model => key with { Model = value },
            SpendDimension.User => key with { User = value },
            SpendDimension.Tenant => key with { Tenant = value },
            SpendDimension.Feature => key with { Feature = value },
            SpendDimension.Conversation => Of(in key, parts with { Conversation = value }),
            SpendDimension.Session => Of(in key, parts with { Session = value }),
            SpendDimension.Tier => Of(in key, parts with { Tier = value }),
            SpendDimension.Operation => Of(in key, parts with { Operation = value }),
            SpendDimension.Client => Of(in key, parts with { Client = value }),
            SpendDimension.Environment => Of(in key, parts with { Environment = value }),
            SpendDimension.Outcome => Of(in key, parts with { Outcome = value }),
            SpendDimension.Quality => Of(in key, parts with { Quality = value }),
            SpendDimension.PriceVersion => Of(in key, parts with { PriceVersion = value }),
            _ => key,
        };
    }

    private static SpendKey Of(in SpendKey key, in SpendKeyParts parts) => key with { More = SpendKeyMore.Of(in parts, [.. key.More?.Tags ?? []]) };
}
