using LlmTelemetry.Usage;

namespace LlmTelemetry.Instrumentation;

/// <summary>Sources of attribution, laid over each other. An empty text is not said.</summary>
internal static class AttributionMerging
{
    /// <summary>This one where it says something, else the one below; tags of both, this one's winning.</summary>
    public static Attribution Over(this in Attribution upper, in Attribution lower) => new(
        Said(upper.User) ?? lower.User,
        Said(upper.Tenant) ?? lower.Tenant,
        Said(upper.Feature) ?? lower.Feature,
        Said(upper.Conversation) ?? lower.Conversation,
        Said(upper.Session) ?? lower.Session,
        Said(upper.Tier) ?? lower.Tier,
        Union(upper.Tags, lower.Tags),
        Said(upper.Client) ?? lower.Client,
        Said(upper.Environment) ?? lower.Environment);

    private static string? Said(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private static IReadOnlyDictionary<string, string>? Union(IReadOnlyDictionary<string, string>? upper, IReadOnlyDictionary<string, string>? lower)
    {
        if (upper is null || lower is null || upper.Count == 0 || lower.Count == 0)
        {
            return upper is { Count: > 0 } ? upper : lower;
        }

        var union = new Dictionary<string, string>(lower);
        foreach (var (key, value) in upper)
        {
            union[key] = value;
        }

        return union;
    }
}
