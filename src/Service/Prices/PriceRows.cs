using System.Text.Json;

namespace LlmTelemetry.Service;

/// <summary>Reads the models of a price file that is known to be valid.</summary>
internal static class PriceRows
{
    public static IReadOnlyList<PriceRow> Read(byte[] file)
    {
        using var document = JsonDocument.Parse(file);
        var models = document.RootElement.GetProperty("providers").EnumerateArray()
            .SelectMany(provider => provider.GetProperty("models").EnumerateArray().Select(model => (Provider: provider, Model: model)))
            .ToDictionary(m => $"{Id(m.Provider)}/{Id(m.Model)}", StringComparer.Ordinal);
        return [.. models.Values.Select(m => Row(m.Provider, m.Model, models))];
    }

    private static PriceRow Row(JsonElement provider, JsonElement model, Dictionary<string, (JsonElement Provider, JsonElement Model)> models)
    {
        var (owner, priced) = (provider, model);
        while (priced.TryGetProperty("prices_of", out var other))
        {
            if (!models.TryGetValue(other.GetString()!, out var target))
            {
                return new PriceRow(Id(provider), Id(model), Patterns(model), []);
            }

            (owner, priced) = target;
        }

        var variants = priced.GetProperty("prices").EnumerateArray().SelectMany(set => PriceVariants.Of(set, Terms("service_tiers"), Terms("regions")));
        return new PriceRow(Id(provider), Id(model), Patterns(model), [.. variants]);

        JsonElement[] Terms(string field) => [.. new[] { owner, priced }.Where(e => e.TryGetProperty(field, out _)).Select(e => e.GetProperty(field))];
    }

    private static string Id(JsonElement entry) => entry.GetProperty("id").GetString()!;

    private static string[] Patterns(JsonElement model) =>
        [.. model.GetProperty("match").EnumerateArray().Where(p => p.ValueKind == JsonValueKind.String).Select(p => p.GetString()!).Where(p => !p.StartsWith('/'))];
}
