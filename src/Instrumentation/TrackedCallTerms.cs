using LlmTelemetry.Usage;

namespace LlmTelemetry.Instrumentation;

/// <summary>What a tracker knows of a call before it is made: as its event will say it.</summary>
/// <param name="Provider"><c>gen_ai.provider.name</c>; null: not known.</param>
/// <param name="Model">The model asked for, or the client's default; null: not known.</param>
/// <param name="ServiceTier">The provider's service tier, as far as it is known before the answer.</param>
/// <param name="Region">Where the provider runs it, as far as its prices differ by that.</param>
/// <param name="Attribution">Whom it is attributed to, as of now.</param>
public readonly record struct TrackedCallTerms(string? Provider, string? Model, string? ServiceTier, string? Region, Attribution Attribution);
