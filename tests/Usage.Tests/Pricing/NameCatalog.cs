using System.Text.Json;

namespace LlmTelemetry.Usage.Tests;

/// <summary>The names in the embedded catalog.</summary>
internal static class NameCatalog
{
    private static readonly JsonElement Providers = JsonDocument.Parse(File()).RootElement.GetProperty("providers");

    /// <summary>The list of the embedded catalog, read anew.</summary>
    public static PriceList List { get; } = PriceFile.Read(File()).List;

    /// <summary>Provider and id of every entry.</summary>
    public static IReadOnlyList<(string Provider, string Model)> Entries { get; } =
        [.. from provider in Providers.EnumerateArray() from model in provider.GetProperty("models").EnumerateArray() select (Id(provider), Id(model))];

    /// <summary>A name for each pattern by which an entry can be found, and that entry.</summary>
    public static IReadOnlyList<(string Provider, string Name, string Model)> Names { get; } =
    [
        .. from provider in Providers.EnumerateArray()
           from model in provider.GetProperty("models").EnumerateArray()
           from pattern in model.GetProperty("match").EnumerateArray()
           where pattern.ValueKind == JsonValueKind.String
           let name = pattern.GetString()!.Trim('*').TrimEnd('~')
           where List.Find(Id(provider), name)?.Model.Id == Id(model)
           select (Id(provider), name, Id(model)),
    ];

    /// <summary>The names that are written out for a provider: its id and its aliases that are no patterns.</summary>
    public static IReadOnlyDictionary<string, string[]> ProviderNames { get; } = Providers.EnumerateArray().ToDictionary(Id, p => (string[])
        [Id(p), .. !p.TryGetProperty("alias", out var aliases) ? [] : aliases.EnumerateArray().Where(a => a.ValueKind == JsonValueKind.String).Select(a => a.GetString()!).Where(a => !a.Contains('*'))]);

    private static string Id(JsonElement json) => json.GetProperty("id").GetString()!;

    private static byte[] File()
    {
        using var stream = typeof(PriceBook).Assembly.GetManifestResourceStream("prices.json")!;
        var file = new byte[stream.Length];
        stream.ReadExactly(file);
        return file;
    }
}
