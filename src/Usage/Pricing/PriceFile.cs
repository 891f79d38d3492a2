using System.Text.Json;

namespace LlmTelemetry.Usage;

/// <summary>Reads a price file (docs/prices.md, "The file"). Strict: what it does not understand is an error that names the entry, never skipped.</summary>
internal static class PriceFile
{
    private static readonly JsonDocumentOptions Options = new() { AllowDuplicateProperties = false };

    /// <exception cref="InvalidDataException">The text is no valid price file.</exception>
    public static (PriceList List, DateOnly Date) Read(ReadOnlyMemory<byte> file)
    {
        try
        {
            using var document = JsonDocument.Parse(file, Options);
            return ReadRoot(document.RootElement);
        }
        catch (JsonException cause)
        {
            throw new InvalidDataException($"The price file is no valid JSON: {cause.Message}", cause);
        }
    }

    private static (PriceList List, DateOnly Date) ReadRoot(JsonElement root)
    {
        var file = new PriceEntry("the price file", root, ["schema", "date", "currency", "source", "providers"]);
        file.Require(file.Text("currency") == Cost.Currency, "currency must be USD");
        file.Require(file.Field("schema").ValueKind == JsonValueKind.Number && file.Field("schema").GetRawText() == "1", "schema must be 1");
        file.Require(file.Text("source").Length > 0, "source must say where the prices come from");
        var date = file.Day("date");

        var entries = file.Items("providers");
        file.Require(entries.Length > 0, "there must be a provider");
        var fallbacks = new string[entries.Length][];
        var providers = new PricedProvider[entries.Length];
        var byId = new Dictionary<string, PricedProvider>(StringComparer.Ordinal);
        for (var i = 0; i < entries.Length; i++)
        {
            (providers[i], fallbacks[i]) = ReadProvider(file.Name, entries[i]);
            file.Require(byId.TryAdd(providers[i].Id, providers[i]), $"the provider {providers[i].Id} is there twice");
        }

        for (var i = 0; i < providers.Length; i++)
        {
            var owner = providers[i].Id;
            providers[i].Fallbacks = Array.ConvertAll(
                fallbacks[i],
                id => byId.GetValueOrDefault(id) ?? throw new InvalidDataException($"{owner}: the fallback {id} is no provider"));
        }

        return (new PriceList(providers), date);
    }

    private static (PricedProvider Provider, string[] Fallbacks) ReadProvider(string parent, JsonElement json)
    {
        var id = PriceEntry.IdOf(parent, json);
        var entry = new PriceEntry(id, json, ["id", "name", "alias", "infer", "fallback", "sources", "models"]);
        entry.Require(!id.Any(c => char.IsUpper(c) || char.IsWhiteSpace(c)), "the id must be in lower case, without blanks");
        var models = Array.ConvertAll(entry.Items("models"), m => ReadModel(id, m));
        if (models.GroupBy(m => m.Id, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } twice)
        {
            throw new InvalidDataException($"{id}/{twice.Key}: the model is there twice");
        }

        return (new PricedProvider(id, entry.Patterns("alias"), entry.Patterns("infer"), models), entry.Texts("fallback"));
    }

    private static PricedModel ReadModel(string provider, JsonElement json)
    {
        var id = PriceEntry.IdOf(provider, json);
        var entry = new PriceEntry($"{provider}/{id}", json, ["id", "match", "prices"]);
        var names = entry.Patterns("match");
        var sets = entry.Items("prices");
        entry.Require(names.Length > 0, "match must have a pattern");
        entry.Require(sets.Length > 0, "prices must have a price set; an empty one is free");
        return new PricedModel(id, names, Array.ConvertAll(sets, s => PriceSetReader.Read(entry.Name, s)));
    }
}
