using System.Text.Json;

namespace LlmTelemetry.Usage;

/// <summary>Reads LiteLLM's <c>model_prices_and_context_window.json</c>: one object a model, in USD per single unit.</summary>
internal static class LiteLlmFeed
{
    private const string Sample = "sample_spec";

    public static void Read(JsonElement root, FeedBook book)
    {
        var images = new LiteLlmImages();
        List<(string Name, string Provider, string Family, JsonElement Json)> entries = [];
        foreach (var field in root.EnumerateObject().Where(f => f.Name != Sample))
        {
            if (field.Value.ValueKind != JsonValueKind.Object || Text(field.Value, "litellm_provider") is not { Length: > 0 } family)
            {
                book.Note(field.Name, "is left out: it names no litellm_provider");
            }
            else if (FeedProviders.IdOf(family) is var provider && !images.TryAdd(field.Name, provider, field.Value, book))
            {
                entries.Add((field.Name, provider, family, field.Value));
            }
        }

        foreach (var (name, provider, _, json) in entries)
        {
            var id = LiteLlmNames.ModelOf(name, provider);
            var sets = new LiteLlmEntry(name, Text(json, "mode") ?? "chat", book).Read(json, FeedProviders.StartsTiersAtTheirNumber(provider), images.Take(provider, id));
            if (sets is not null)
            {
                Add(book, provider, name, id, [name, id], [.. sets]);
            }
        }

        foreach (var (provider, id, kinds) in images.Rest())
        {
            Add(book, provider, id, id, [id], [new FeedPrices { Kinds = { [UsageBucket.Image] = kinds } }]);
        }
    }

    private static void Add(FeedBook book, string provider, string name, string id, string[] names, FeedPrices[] sets)
    {
        if (sets.Length == 0)
        {
            book.WithoutPrices++;
        }
        else
        {
            book.Add(provider, name, id, FeedNames.Exactly(names), sets);
        }
    }

    private static string? Text(JsonElement json, string field) => json.TryGetProperty(field, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
