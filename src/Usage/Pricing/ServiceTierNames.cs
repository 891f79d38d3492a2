using System.Collections.Frozen;

namespace LlmTelemetry.Usage;

/// <summary>The words of a price file for service tiers, and what providers call them.</summary>
internal static class ServiceTierNames
{
    public const string Fast = "fast";
    public const string Priority = "priority";
    public const string Provisioned = Vocabulary.Tiers.Provisioned;

    // Empty: the standard tier. Gemini's trafficType, Bedrock's and OpenAI's service tiers, Azure's provisioned throughput units.
    private static readonly FrozenDictionary<string, string> Words = new Dictionary<string, string>
    {
        ["default"] = "",
        ["standard"] = "",
        ["auto"] = "",
        ["on_demand"] = "",
        ["on-demand"] = "",
        ["standard_only"] = "",
        ["none"] = "",
        ["unspecified"] = "",
        ["traffic_type_unspecified"] = "",
        ["service_tier_unspecified"] = "",
        ["batches"] = "batch",
        ["batch_api"] = "batch",
        ["on_demand_flex"] = "flex",
        ["on_demand_priority"] = Priority,
        ["provisioned_throughput"] = Provisioned,
        [Vocabulary.Tiers.Ptu] = Provisioned,
        ["reserved"] = Provisioned,
        ["scale"] = Provisioned,
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>The word of a price file; empty for the standard tier. In the case it was given where nobody knows it. Blanks around it do not count.</summary>
    public static string Of(string? serviceTier) =>
        serviceTier?.Trim() is { Length: > 0 } word ? Words.GetValueOrDefault(word) ?? word : "";
}
