namespace LlmTelemetry.Usage;

/// <summary>The service tier that an answer names, in the price book's words; of the standard one in the provider's own.</summary>
internal static class SaidTier
{
    private const string EnumPrefix = "service_tier_"; // Gemini's, as its protocol buffers spell it.
    private const string NotSaid = "unspecified";

    public static string? Of(string? said)
    {
        var name = said?.Trim().ToLowerInvariant() ?? "";
        name = name.StartsWith(EnumPrefix, StringComparison.Ordinal) ? name[EnumPrefix.Length..] : name;
        if (name.Length == 0 || name.EndsWith(NotSaid, StringComparison.Ordinal))
        {
            return null;
        }

        return ServiceTierNames.Of(name) is { Length: > 0 } word ? word : name;
    }
}
