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

    /// <summary>This provider with the names and models of the other one before its own.</summary>
    public PricedProvider With(PricedProvider first) =>
        new(id, [.. first.Aliases, .. aliases], [.. first.Infer, .. infer], [.. first.FallbackIds.Union(fallbackIds)], [.. first.Models, .. models]);

    public bool IsCalled(string name) => NamePattern.AnyMatches(aliases, name);

    public bool IsImpliedBy(string model) => NamePattern.AnyMatches(infer, model);

    /// <summary>The entry of that id.</summary>
    public PricedModel? Entry(string modelId) => Array.Find(models, m => m.Id == modelId);

    /// <summary>The first entry that matches: the provider's own, then those of its fallbacks, which are not followed further.</summary>
    /// <param name="model">Trimmed and in lower case.</param>
    /// <param name="others">The providers of the list, by id.</param>
    public PricedModel? Find(string model, IReadOnlyDictionary<string, PricedProvider> others)
    {
        var found = FindOwn(model);
        for (var i = 0; found is null && i < fallbackIds.Length; i++)
        {
            found = others.GetValueOrDefault(fallbackIds[i])?.FindOwn(model);
        }

        return found;
    }

    private NamePattern[] Aliases => aliases;

    private NamePattern[] Infer => infer;

    private string[] FallbackIds => fallbackIds;

    private PricedModel[] Models => models;

    private PricedModel? FindOwn(string model) => Array.Find(models, m => m.Matches(model));
}
