namespace LlmTelemetry.Usage;

/// <summary>One provider of the price book. Immutable.</summary>
/// <param name="id">The id, in lower case; also a name of the provider.</param>
/// <param name="aliases">Other names of the provider.</param>
/// <param name="infer">Names of models that mean this provider where none is named.</param>
/// <param name="fallbackIds">Whose prices it charges for models that it does not list itself, in order.</param>
/// <param name="models">In the order in which they are tried.</param>
internal sealed class PricedProvider(string id, NamePattern[] aliases, NamePattern[] infer, string[] fallbackIds, PricedModel[] models)
{
    public string Id => id;

    public PricedModel[] Models => models;

    public NamePattern[] Infer => infer;

    /// <summary>Its own models, and those that it charges for as others do.</summary>
    public IEnumerable<PricedModel> Sold(PriceList list) => models.Concat(fallbackIds.SelectMany(fallback => list.ById(fallback)?.Models ?? []));

    /// <summary>
    /// This provider with its names and models before those of the other one. Where both have a model of the same id, this one's stands in the
    /// place of the other's, too, and takes its names.
    /// </summary>
    public PricedProvider Over(PricedProvider other) => new(
        id,
        [.. aliases, .. other.Aliases],
        [.. infer, .. other.Infer],
        [.. fallbackIds.Union(other.FallbackIds)],
        [.. models, .. other.Models.Select(m => Entry(m.Id, StringComparison.OrdinalIgnoreCase)?.CalledAs(m) ?? m)]);

    /// <summary>This provider charging, for models that it does not list, as the other one does.</summary>
    public PricedProvider Meaning(PricedProvider other) =>
        new(id, aliases, infer, [.. fallbackIds.Append(other.Id).Union(other.FallbackIds).Where(i => i != id)], models);

    /// <summary>The names that mean it and nobody else: the id and the aliases that are written out.</summary>
    public IEnumerable<string> ExactNames => [id, .. aliases.Select(a => a.Exact).OfType<string>()];

    public bool IsCalled(string name) => name == id || AliasFor(name) is not null;

    /// <summary>The alias that the name matches; null: none.</summary>
    public NamePattern? AliasFor(string name) => Array.Find(aliases, a => a.Matches(name));

    /// <summary>The pattern by which the model's name tells that it is this provider's; null: it does not.</summary>
    public NamePattern? ImpliedBy(string model) => Array.Find(infer, p => p.Matches(model));

    /// <summary>The entry of that id.</summary>
    public PricedModel? Entry(string modelId, StringComparison comparison = StringComparison.Ordinal) => Array.Find(models, m => m.Id.Equals(modelId, comparison));

    /// <summary>
    /// The first entry that matches: the provider's own, then those of its fallbacks, which are not followed further. What is a customer's own, a
    /// fine-tune for one, never costs what another provider charges for its own.
    /// </summary>
    /// <param name="model">The model's name.</param>
    /// <param name="others">The providers of the list, by id.</param>
    public (PricedProvider Seller, PricedModel Model)? Find(NameForm model, IReadOnlyDictionary<string, PricedProvider> others)
    {
        if (FindOwn(model) is { } own)
        {
            return (this, own);
        }

        foreach (var fallbackId in model.IsCustom ? [] : fallbackIds)
        {
            if (others.GetValueOrDefault(fallbackId) is { } fallback && fallback.FindOwn(model) is { } found)
            {
                return (fallback, found);
            }
        }

        return null;
    }

    private NamePattern[] Aliases => aliases;

    private string[] FallbackIds => fallbackIds;

    private PricedModel? FindOwn(NameForm model) => Array.Find(models, m => m.Matches(model));
}
