using LlmTelemetry.Usage;

namespace LlmTelemetry.Instrumentation;

/// <summary>Sources of attribution, laid over each other. An empty text is not said, and neither is one of nothing but control characters.</summary>
internal static class AttributionMerging
{
    /// <summary>This one where it says something, else the one below; tags of both, this one's winning.</summary>
    public static Attribution Over(this in Attribution upper, in Attribution lower) => new(
        Said(upper.User) ?? Said(lower.User),
        Said(upper.Tenant) ?? Said(lower.Tenant),
        Said(upper.Feature) ?? Said(lower.Feature),
        Said(upper.Conversation) ?? Said(lower.Conversation),
        Said(upper.Session) ?? Said(lower.Session),
        Said(upper.Tier) ?? Said(lower.Tier),
        Union(upper.Tags, lower.Tags),
        Said(upper.Client) ?? Said(lower.Client),
        Said(upper.Environment) ?? Said(lower.Environment),
        Said(upper.User) is null ? lower.IsUserHashed : upper.IsUserHashed);

    /// <summary>What this one says that the earlier one did not.</summary>
    public static Attribution Beyond(this in Attribution later, in Attribution earlier)
    {
        if (later == earlier)
        {
            return default;
        }

        var isSameUser = later.User == earlier.User;
        return new Attribution(
            isSameUser ? null : later.User,
            later.Tenant == earlier.Tenant ? null : later.Tenant,
            later.Feature == earlier.Feature ? null : later.Feature,
            later.Conversation == earlier.Conversation ? null : later.Conversation,
            later.Session == earlier.Session ? null : later.Session,
            later.Tier == earlier.Tier ? null : later.Tier,
            Beyond(later.Tags, earlier.Tags),
            later.Client == earlier.Client ? null : later.Client,
            later.Environment == earlier.Environment ? null : later.Environment,
            !isSameUser && later.IsUserHashed);
    }

    private static IReadOnlyDictionary<string, string>? Beyond(IReadOnlyDictionary<string, string>? later, IReadOnlyDictionary<string, string>? earlier) =>
        later is null || earlier is null ? later
        : ReferenceEquals(later, earlier) ? null
        : later.Where(tag => !earlier.TryGetValue(tag.Key, out var value) || value != tag.Value).ToDictionary();

    /// <summary>Null where nothing is left of the text when it is cleaned: a line break from the network must not hide whom the scope names.</summary>
    private static string? Said(string? text) =>
        string.IsNullOrEmpty(text) || (char.IsControl(text[0]) && Attribution.Clean(text) is "") ? null : text;

    private static IReadOnlyDictionary<string, string>? Union(IReadOnlyDictionary<string, string>? upper, IReadOnlyDictionary<string, string>? lower)
    {
        if (upper is null || lower is null || upper.Count == 0 || lower.Count == 0 || ReferenceEquals(upper, lower))
        {
            return upper is { Count: > 0 } ? upper : lower;
        }

        // This one's first: where there are too many, the last ones are dropped.
        var union = new Dictionary<string, string>(upper);
        foreach (var (key, value) in lower)
        {
            union.TryAdd(key, value);
        }

        return union;
    }
}
