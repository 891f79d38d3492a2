using System.Globalization;
using System.Text.RegularExpressions;

namespace LlmTelemetry.Usage;

/// <summary>A model's entry, found for a provider's and a model's name.</summary>
/// <param name="Provider">Id of the provider that was named or implied; the prices may be those of its fallback.</param>
/// <param name="Model">The entry.</param>
internal sealed record Listing(string Provider, PricedModel Model);

/// <summary>The providers of a price book and how names find their entries: docs/prices.md, "Names". Immutable.</summary>
/// <param name="providers">In the order in which they are tried.</param>
/// <param name="anywhere">Entries for calls of providers that the book does not know, or that name none: prices of one's own, of a model wherever it is called.</param>
internal sealed partial class PriceList(PricedProvider[] providers, PricedModel[]? anywhere = null)
{
    /// <summary>What a <see cref="Listing"/> of <see cref="Anywhere"/> names as the provider.</summary>
    internal const string AnyProvider = "any";

    // LiteLLM sends the provider as the first part of the model's name.
    internal const string Router = "litellm";

    private readonly Dictionary<string, PricedProvider> _byId = providers.ToDictionary(p => p.Id, StringComparer.Ordinal);

    public PricedProvider[] Providers => providers;

    public PricedModel[] Anywhere => anywhere ?? [];

    /// <summary>The entry for a call, or null: none is known. Nothing is guessed.</summary>
    public Listing? Find(string? provider, string? model) => FindListed(provider, model) ?? FindAnywhere(Normal(model));

    /// <summary>The provider with that id.</summary>
    public PricedProvider? ById(string id) => _byId.GetValueOrDefault(id);

    /// <summary>The provider with that id or alias.</summary>
    /// <param name="name">Trimmed and in lower case.</param>
    public PricedProvider? Called(string name) => ById(name) ?? Array.Find(providers, p => p.IsCalled(name));

    /// <summary>Whether there is a provider of that id.</summary>
    public bool Has(string providerId) => _byId.ContainsKey(providerId);

    /// <summary>The entry of that provider/id.</summary>
    public PricedModel? Entry(string fullId) =>
        fullId.IndexOf('/', StringComparison.Ordinal) is > 0 and var slash ? _byId.GetValueOrDefault(fullId[..slash])?.Entry(fullId[(slash + 1)..]) : null;

    /// <summary>How the names find their entry.</summary>
    public PriceExplanation Explain(string? provider, string? model)
    {
        var found = Find(provider, model);
        return new PriceExplanation
        {
            PriceVersion = "",
            Problem = found is null ? "No price is known for that name." : null,
            Provider = found?.Provider,
            Model = found?.Model.Id,
            Source = found?.Model.Provenance.Source,
            Checked = found?.Model.Provenance.Checked,
        };
    }

    /// <summary>A name as it is compared.</summary>
    internal static string Normal(string? name) => name?.Trim().ToLowerInvariant() ?? "";

    private Listing? FindListed(string? provider, string? model)
    {
        var name = Normal(model);
        if (name.Length == 0 || FindProvider(Normal(provider), ref name) is not { } owner)
        {
            return null;
        }

        var found = owner.Find(name, _byId);
        if (found is null && CompactDate().Replace(name, Spelled) is var spelled && spelled != name)
        {
            found = owner.Find(spelled, _byId);
        }

        return found is null ? null : new Listing(owner.Id, found);
    }

    private Listing? FindAnywhere(string model) =>
        model.Length != 0 && Array.Find(Anywhere, m => m.Matches(model)) is { } found ? new Listing(AnyProvider, found) : null;

    private PricedProvider? FindProvider(string provider, ref string model)
    {
        if (provider.Length != 0 && provider != Router)
        {
            return Called(provider);
        }

        if (provider == Router && model.IndexOf('/', StringComparison.Ordinal) is > 0 and var slash && Called(model[..slash]) is { } routed)
        {
            model = model[(slash + 1)..];
            return routed;
        }

        var name = model;
        return Array.Find(providers, p => p.IsImpliedBy(name));
    }

    // 20250929 as 2025-09-29; what is no day stays as it is.
    private static string Spelled(Match match) =>
        DateOnly.TryParseExact(match.Groups[1].ValueSpan, "yyyyMMdd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)
            ? day.ToString("-yyyy-MM-dd", CultureInfo.InvariantCulture)
            : match.Value;

    [GeneratedRegex("-([0-9]{8})(?=[-:]|$)", RegexOptions.CultureInvariant, 100)]
    private static partial Regex CompactDate();
}
