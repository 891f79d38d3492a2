using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace LlmTelemetry.Budgets;

/// <summary>Warns once of each tier that calls say and nobody configured: its users have no tier's limits, which a misspelt plan should not give in silence.</summary>
internal sealed class UnknownTiers(ILogger logger)
{
    // Where names come from requests there may be any number of them.
    private const int MostTold = 100;

    private readonly ConcurrentDictionary<string, bool> _told = new(StringComparer.OrdinalIgnoreCase);

    /// <param name="settings">The settings of the moment.</param>
    /// <param name="tier">A call's tier; null or empty: none.</param>
    public void Look(GuardSettings settings, string? tier)
    {
        if (!string.IsNullOrEmpty(tier) && !settings.Options.Tiers.ContainsKey(tier) && _told.Count < MostTold && _told.TryAdd(tier, true))
        {
            logger.LogWarning("Tier {Tier} is not configured: no tier's limits apply to its users. Configured are {Tiers}.", tier, string.Join(", ", settings.Options.Tiers.Keys));
        }
    }
}
