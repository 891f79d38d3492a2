using System.Text.Json;

namespace LlmTelemetry.Usage;

/// <summary>A provider as a price file has it: what refers to other entries is not followed yet.</summary>
internal sealed record ProviderDraft(string Id, NamePattern[] Aliases, NamePattern[] Infer, string[] Fallbacks, ModelDraft[] Models)
{
    public static ProviderDraft Read(string parent, JsonElement json, Provenance file)
    {
        var id = PriceEntry.IdOf(parent, json);
        var entry = new PriceEntry(id, json, ["id", "name", "alias", "infer", "fallback", "sources", "service_tiers", "regions", "models"]);
        entry.Require(!id.Any(c => char.IsUpper(c) || char.IsWhiteSpace(c)), "the id must be in lower case, without blanks");
        var provenance = entry.Texts("sources") is [var page, ..] ? file with { Source = page } : file;
        var terms = Terms(entry, TermsDefaults.None);
        var models = Array.ConvertAll(entry.Items("models"), m => ModelDraft.Read(id, m, terms, provenance));
        if (models.GroupBy(m => m.Id, StringComparer.OrdinalIgnoreCase).FirstOrDefault(g => g.Count() > 1) is { } twice)
        {
            throw new InvalidDataException($"{id}/{twice.Key}: the model is there twice");
        }

        return new ProviderDraft(id, entry.Patterns("alias"), entry.Patterns("infer"), entry.Texts("fallback"), models);
    }

    /// <summary>The service tiers and regions that the entry says for all below it.</summary>
    public static TermsDefaults Terms(PriceEntry entry, TermsDefaults above) =>
        entry.Fields.Where(f => f.Name is "service_tiers" or "regions").Aggregate(above, (terms, field) => terms.With(entry, field));
}

/// <summary>A model as a price file has it.</summary>
/// <param name="Provider">Id of its provider.</param>
/// <param name="Id">Its id.</param>
/// <param name="Names">The patterns of its names.</param>
/// <param name="Sets">Its prices; null: those of <paramref name="PricesOf"/>.</param>
/// <param name="PricesOf">The entry whose prices it has: provider/model.</param>
/// <param name="Provenance">Where its prices come from.</param>
internal sealed record ModelDraft(string Provider, string Id, NamePattern[] Names, PriceSet[]? Sets, string? PricesOf, Provenance Provenance)
{
    public string FullId => $"{Provider}/{Id}";

    public static ModelDraft Read(string provider, JsonElement json, TermsDefaults above, Provenance provenance)
    {
        var id = PriceEntry.IdOf(provider, json);
        var entry = new PriceEntry($"{provider}/{id}", json, ["id", "match", "prices", "prices_of", "service_tiers", "regions", "source", "checked"]);
        var names = entry.Patterns("match");
        entry.Require(names.Length > 0, "match must have a pattern");
        provenance = entry.Has("source") ? provenance with { Source = entry.Text("source") } : provenance;
        provenance = entry.Has("checked") ? provenance with { Checked = entry.Day("checked") } : provenance;
        if (entry.Has("prices_of"))
        {
            entry.Require(!entry.Has("prices") && !entry.Has("service_tiers") && !entry.Has("regions"), "it has either prices or prices_of");
            return new ModelDraft(provider, id, names, null, entry.Text("prices_of"), provenance);
        }

        var terms = ProviderDraft.Terms(entry, above);
        var sets = Array.ConvertAll(entry.Items("prices"), s => PriceSetReader.Read(entry.Name, s, terms));
        entry.Require(sets.Length > 0, "prices must have a price set; an empty one is free");
        for (var i = 0; i < sets.Length; i++)
        {
            // The last one that holds counts: sets in a wrong order would leave new prices without effect.
            var hidden = sets[i].Period;
            entry.Require(!sets[(i + 1)..].Any(s => s.Period.Covers(hidden)), $"the price set {i + 1} ({hidden}) never counts: one behind it holds whenever it does");
        }

        return new ModelDraft(provider, id, names, sets, null, provenance);
    }
}
