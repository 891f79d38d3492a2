namespace LlmTelemetry.Usage;

/// <summary>One provider of the price book. Immutable once its book is read.</summary>
/// <param name="id">The id, in lower case; also a name of the provider.</param>
/// <param name="aliases">Other names of the provider.</param>
/// <param name="infer">Names of models that mean this provider where none is named.</param>
/// <param name="models">In the order in which they are tried.</param>
internal sealed class PricedProvider(string id, NamePattern[] aliases, NamePattern[] infer, PricedModel[] models)
{
    public string Id => id;

    /// <summary>Whose prices it charges for models that it does not list itself, in order. Set once, by the reader.</summary>
    public PricedProvider[] Fallbacks { get; set; } = [];

    /// <summary>This provider with the names and models of the other one before its own.</summary>
    public PricedProvider With(PricedProvider first) => new(id, [.. first.Aliases, .. aliases], [.. first.Infer, .. infer], [.. first.Models, .. models]) { Fallbacks = Fallbacks };

    private NamePattern[] Aliases => aliases;

    private NamePattern[] Infer => infer;

    private PricedModel[] Models => models;

    public bool IsCalled(string name) => NamePattern.AnyMatches(aliases, name);

    public bool IsImpliedBy(string model) => NamePattern.AnyMatches(infer, model);

    /// <summary>The first entry that matches: the provider's own, then those of its fallbacks, which are not followed further.</summary>
    public PricedModel? Find(string model)
    {
        var found = FindOwn(model);
        for (var i = 0; found is null && i < Fallbacks.Length; i++)
        {
            found = Fallbacks[i].FindOwn(model);
        }

        return found;
    }

    private PricedModel? FindOwn(string model) => Array.Find(models, m => m.Matches(model));
}
