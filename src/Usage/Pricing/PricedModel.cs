namespace LlmTelemetry.Usage;

/// <summary>One model of the price book. Immutable.</summary>
/// <param name="id">The entry's id; not a name that it matches by itself.</param>
/// <param name="names">The model's names: one must match.</param>
/// <param name="sets">At least one; of those that hold the last one counts.</param>
/// <param name="provenance">Where the prices come from.</param>
/// <param name="baseModel">The name that it is priced as; null: it has prices of its own.</param>
internal sealed class PricedModel(string id, NamePattern[] names, PriceSet[] sets, Provenance provenance, BaseModel? baseModel = null)
{
    public string Id => id;

    public BaseModel? Base => baseModel;

    public PriceSet[] Sets => sets;

    public Provenance Provenance => provenance;

    private NamePattern[] Patterns => names;

    /// <summary>This entry under the names of another one.</summary>
    public PricedModel CalledAs(PricedModel other) => new(id, other.Patterns, sets, provenance, baseModel);

    /// <summary>This entry's prices under another id and name, as that name's base model.</summary>
    public PricedModel CalledAs(string otherId, NamePattern name, BaseModel itself) => new(otherId, [name], sets, provenance, itself);

    public bool Matches(NameForm name) => PatternFor(name) is not null;

    /// <summary>The pattern by which the name means this model; null: none does.</summary>
    public NamePattern? PatternFor(NameForm name) => Array.Find(names, p => p.Means(name));

    /// <summary>The pattern, for people, and what the model is based on; null: the name does not mean this model.</summary>
    public string? RuleFor(NameForm name) => PatternFor(name) is not { } pattern ? null : baseModel is null ? pattern.ToString() : $"{pattern}, base model {baseModel.Name}";

    /// <summary>Whether the bucket has a price of its own in some price set.</summary>
    public bool Names(UsageBucket bucket) => Array.Exists(sets, s => s.Names(bucket));

    /// <summary>Whether one price set holds all the time. Prices change at full minutes.</summary>
    public bool IsOneSet(DateTimeOffset from, DateTimeOffset until)
    {
        for (var at = from; sets.Length > 1 && at < until; at += TimeSpan.FromMinutes(1))
        {
            if (At(at) != At(from))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The price set at the time; the first one where none holds.</summary>
    public PriceSet At(DateTimeOffset when)
    {
        for (var i = sets.Length - 1; i > 0; i--)
        {
            if (sets[i].Period.Contains(when))
            {
                return sets[i];
            }
        }

        return sets[0];
    }
}

/// <summary>What a name is priced as.</summary>
/// <param name="Name">The other name.</param>
/// <param name="Region">Where that name says that the model runs; null: it does not say.</param>
internal sealed record BaseModel(string Name, string? Region);

/// <summary>Where prices come from.</summary>
/// <param name="Source">A page, or what the file says of itself.</param>
/// <param name="Checked">The day at which they were last compared with it.</param>
internal readonly record struct Provenance(string Source, DateOnly Checked);
