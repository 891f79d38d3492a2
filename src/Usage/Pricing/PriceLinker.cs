namespace LlmTelemetry.Usage;

/// <summary>Makes the list of a price file: follows its references to other entries, its own first and then those of the book below.</summary>
internal sealed class PriceLinker
{
    private readonly ProviderDraft[] _drafts;
    private readonly PriceList? _below;
    private readonly Dictionary<string, ModelDraft> _byFullId;

    public PriceLinker(ProviderDraft[] drafts, PriceList? below)
    {
        _drafts = drafts;
        _below = below;
        _byFullId = drafts.SelectMany(d => d.Models).GroupBy(m => m.FullId, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.First());
    }

    /// <exception cref="InvalidDataException">Something refers to nothing, or in a circle, or is there twice.</exception>
    public PriceList Link()
    {
        var ids = new HashSet<string>(StringComparer.Ordinal);
        foreach (var draft in _drafts)
        {
            if (!ids.Add(draft.Id))
            {
                throw new InvalidDataException($"{draft.Id}: the provider {draft.Id} is there twice");
            }
        }

        foreach (var draft in _drafts)
        {
            if (draft.Fallbacks.FirstOrDefault(id => !ids.Contains(id) && _below?.Has(id) != true) is { } lost)
            {
                throw new InvalidDataException($"{draft.Id}: the fallback {lost} is no provider");
            }
        }

        return new PriceList(Array.ConvertAll(_drafts, d => new PricedProvider(d.Id, d.Aliases, d.Infer, d.Fallbacks, Array.ConvertAll(d.Models, Model))));
    }

    private PricedModel Model(ModelDraft draft)
    {
        var from = draft;
        var seen = new List<string> { draft.FullId };
        while (from.Sets is null)
        {
            var target = from.PricesOf!;
            if (seen.Contains(target))
            {
                throw new InvalidDataException($"{draft.FullId}: prices_of goes in a circle: {string.Join(" -> ", seen)} -> {target}");
            }

            seen.Add(target);
            if (!_byFullId.TryGetValue(target, out var next))
            {
                var found = _below?.Entry(target) ?? throw new InvalidDataException($"{from.FullId}: prices_of: {target} is no entry; write it as provider/id");
                return new PricedModel(draft.Id, draft.Names, found.Sets, found.Provenance);
            }

            from = next;
        }

        return new PricedModel(draft.Id, draft.Names, from.Sets, ReferenceEquals(from, draft) ? draft.Provenance : from.Provenance);
    }
}
