namespace LlmTelemetry.Usage;

/// <summary>A model's entry, found for a provider's and a model's name.</summary>
/// <param name="Provider">Id of the provider that was named or implied; the prices may be those of its fallback.</param>
/// <param name="Model">The entry.</param>
/// <param name="Region">Where the model's name says that the call ran; null: it does not say.</param>
internal sealed record Listing(string Provider, PricedModel Model, string? Region = null);

/// <summary>The providers of a price book and how names find their entries: docs/prices.md, "Names". Immutable.</summary>
/// <param name="providers">In the order in which they are tried.</param>
/// <param name="anywhere">Entries for calls of providers that the book does not know, or that name none: prices of one's own, of a model wherever it is called.</param>
internal sealed class PriceList(PricedProvider[] providers, PricedModel[]? anywhere = null)
{
    /// <summary>No name of a model is nearly as long; longer ones are unknown.</summary>
    internal const int LongestName = 512;

    /// <summary>What a <see cref="Listing"/> of <see cref="Anywhere"/> names as the provider.</summary>
    internal const string AnyProvider = "any";

    /// <summary>It sends the provider as the first part of the model's name.</summary>
    internal const string Router = "litellm";

    private readonly Dictionary<string, PricedProvider> _byId = providers.ToDictionary(p => p.Id, StringComparer.Ordinal);
    private readonly NameFinder _names = new(providers);

    public PricedProvider[] Providers => providers;

    public PricedModel[] Anywhere => anywhere ?? [];

    /// <summary>The entry for a call, or null: none is known. Nothing is guessed.</summary>
    public Listing? Find(string? provider, string? model)
    {
        var name = Normal(model);
        return _names.Find(Normal(provider), name) is { Model: { } entry } match
            ? new Listing(match.Provider.Id, entry, match.Form.Region ?? entry.Base?.Region)
            : FindAnywhere(name) is { } own ? new Listing(AnyProvider, own, own.Base?.Region) : null;
    }

    /// <summary>The provider with that id.</summary>
    public PricedProvider? ById(string id) => _byId.GetValueOrDefault(id);

    /// <summary>The provider with that id or alias.</summary>
    /// <param name="name">Trimmed and in lower case.</param>
    public PricedProvider? Called(string name) => _names.Called(name)?.Provider;

    /// <summary>Whether there is a provider of that id.</summary>
    public bool Has(string providerId) => _byId.ContainsKey(providerId);

    /// <summary>The entry of that provider/id.</summary>
    public PricedModel? Entry(string fullId) =>
        fullId.IndexOf('/', StringComparison.Ordinal) is > 0 and var slash ? _byId.GetValueOrDefault(fullId[..slash])?.Entry(fullId[(slash + 1)..]) : null;

    /// <summary>How the names find their entry, or why they do not. Without prices.</summary>
    public PriceExplanation Explain(string? provider, string? model)
    {
        var (called, name) = (Normal(provider), Normal(model));
        var match = _names.Find(called, name);
        var own = match?.Model is null ? FindAnywhere(name) : null;
        var entry = match?.Model ?? own;
        return new PriceExplanation
        {
            PriceVersion = "",
            Provider = own is null ? match?.Provider.Id : AnyProvider,
            ProviderRule = own is null ? match?.ProviderRule : "own prices at whatever provider",
            Model = entry?.Id,
            ModelRule = own is null ? match?.ModelRule : own.RuleFor(new NameForm(name)),
            Source = entry?.Provenance.Source,
            Checked = entry?.Provenance.Checked,
            Problem = entry is null ? NameProblem.Of(called, name, match?.Provider) : null,
        };
    }

    /// <summary>A name as it is compared.</summary>
    internal static string Normal(string? name) => name?.Trim().ToLowerInvariant() ?? "";

    private PricedModel? FindAnywhere(string model) =>
        model.Length is 0 or > LongestName || Anywhere.Length == 0 ? null : Array.Find(Anywhere, m => m.Matches(new NameForm(model)));
}
