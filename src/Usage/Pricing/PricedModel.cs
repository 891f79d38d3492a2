namespace LlmTelemetry.Usage;

/// <summary>One model of the price book. Immutable.</summary>
/// <param name="id">The entry's id; not a name that it matches by itself.</param>
/// <param name="names">The model's names: one must match.</param>
/// <param name="sets">At least one; of those that hold the last one counts.</param>
internal sealed class PricedModel(string id, NamePattern[] names, PriceSet[] sets)
{
    public string Id => id;

    /// <param name="name">Trimmed and in lower case.</param>
    public bool Matches(string name) => NamePattern.AnyMatches(names, name);

    /// <summary>Whether the bucket has a price of its own in some price set.</summary>
    public bool Names(UsageBucket bucket) => Array.Exists(sets, s => s.Names(bucket));

    /// <summary>The price set at the time; the first one where none holds.</summary>
    public PriceSet At(DateTimeOffset when)
    {
        for (var i = sets.Length - 1; i > 0; i--)
        {
            if (sets[i].HoldsAt(when))
            {
                return sets[i];
            }
        }

        return sets[0];
    }
}
