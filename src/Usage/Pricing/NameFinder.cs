namespace LlmTelemetry.Usage;

/// <summary>Finds the entry that a provider's and a model's name mean: docs/prices.md, "Names". Immutable.</summary>
/// <param name="providers">In the order in which they are tried.</param>
internal sealed class NameFinder(PricedProvider[] providers)
{
    // A name is wrapped a few times at most: openrouter/..., then a vendor; bedrock/converse/us-east-1/us....
    private const int MostWrappings = 6;

    private readonly Dictionary<string, PricedProvider> _byId = providers.ToDictionary(p => p.Id, StringComparer.Ordinal);
    private readonly Dictionary<string, PricedProvider> _byName = ByName(providers);

    /// <summary>The entry, or the provider that was found but has none; null: there is no such provider either.</summary>
    /// <param name="provider">Trimmed and in lower case; empty: none is named.</param>
    /// <param name="model">Trimmed and in lower case.</param>
    public NameMatch? Find(string provider, string model)
    {
        if (model.Length is 0 or > PriceList.LongestName || provider.Length > PriceList.LongestName)
        {
            return null;
        }

        if (provider.Length != 0 && provider != PriceList.Router)
        {
            return Called(provider) is { } called ? EntryFor(called, model) : null;
        }

        if (provider == PriceList.Router && Prefixed(model, Called) is { } routed)
        {
            return routed;
        }

        NameMatch? match = null;
        foreach (var candidate in providers)
        {
            if (match?.Model is null && candidate.ImpliedBy(model) is { } pattern)
            {
                var implied = EntryFor(new NameMatch(candidate, $"implied by the model: {pattern}"), model);
                match = match is null || implied.Model is not null ? implied : match;
            }
        }

        // LiteLLM's names without its name. Only what is the provider's name and no other's: mistralai/... may be anybody's.
        return match?.Model is null && Prefixed(model, Named) is { Model: not null } prefixed ? prefixed : match;
    }

    private NameMatch? Prefixed(string model, Func<string, NameMatch?> find) =>
        model.IndexOf('/', StringComparison.Ordinal) is > 0 and var slash && find(model[..slash]) is { } found
            ? EntryFor(found with { ProviderRule = $"prefix {model[..(slash + 1)]} of the model, {found.ProviderRule}" }, model[(slash + 1)..])
            : null;

    private NameMatch? Named(string name) =>
        _byName.TryGetValue(name, out var provider) ? new NameMatch(provider, name == provider.Id ? "id" : $"alias {name}") : null;

    /// <summary>The provider of that name; null: there is none. A name written out goes before a pattern.</summary>
    public NameMatch? Called(string name) =>
        Named(name) ?? providers.Select(p => p.AliasFor(name) is { } alias ? new NameMatch(p, $"alias {alias}") : null).FirstOrDefault(p => p is not null);

    private NameMatch EntryFor(NameMatch match, string model)
    {
        var form = new NameForm(model);
        for (var i = 0; i < MostWrappings; i++)
        {
            match = match.Model is null ? EntryFor(match, form) : match;
            if (NameAddress.Unwrap(form, match.Provider) is not { } inner)
            {
                break;
            }

            form = inner;
        }

        // A pattern may find the entry inside an address; the region that the address names counts all the same.
        return match with { Form = match.Form with { Region = form.Region } };
    }

    private NameMatch EntryFor(NameMatch match, NameForm form)
    {
        foreach (var spelled in NameSpelling.Of(form, match.Provider))
        {
            if (match.Provider.Find(spelled, _byId) is var (seller, entry))
            {
                return match with { Seller = seller, Model = entry, Form = spelled };
            }
        }

        return match;
    }

    private static Dictionary<string, PricedProvider> ByName(PricedProvider[] providers)
    {
        var byName = providers.ToDictionary(p => p.Id, StringComparer.Ordinal);
        foreach (var provider in providers)
        {
            foreach (var name in provider.ExactNames)
            {
                byName.TryAdd(name, provider);
            }
        }

        return byName;
    }
}
