using System.Globalization;
using System.Text.Json;

namespace LlmTelemetry.Usage.Tests;

/// <summary>A call and what two independent implementations say it costs.</summary>
internal sealed record PriceVector(
    string Id, string? Provider, string Model, JsonElement Usage, DateTimeOffset When, string[] Tags, JsonElement Expected)
{
    public static IReadOnlyList<PriceVector> All { get; } = Read("price-vectors.jsonl");

    /// <summary>
    /// Cases of our own: a sample of 440,000 calls that genai-prices 0.1.8 priced as the book does, for every provider, class of usage, condition and way
    /// to write a name. The figures are the library's, to 15 digits.
    /// </summary>
    public static IReadOnlyList<PriceVector> Own { get; } = Read("oracle-cases.jsonl");

    /// <summary>Whether the expected answer is what the provider charges.</summary>
    public bool IsSettled => !Tags.Any(t => t.StartsWith("library_wrong", StringComparison.Ordinal) || t.StartsWith("library_stale", StringComparison.Ordinal)
        || t.StartsWith("disputed", StringComparison.Ordinal));

    public bool MayBeResolved => Tags.Contains("library_quirk:name_not_resolved");

    public bool IsInvalid => Text("error")?.StartsWith("invalid_usage", StringComparison.Ordinal) == true;

    public string? Text(string field) => Expected.GetProperty(field).GetString();

    public decimal? Amount(string field) => Text(field) is { } text ? decimal.Parse(text, CultureInfo.InvariantCulture) : null;

    /// <summary>The counts as reported, what is inside what as the semantic conventions say.</summary>
    public InclusiveUsage Inclusive => new()
    {
        Input = Count("input_tokens"),
        CacheRead = Count("cache_read_tokens"),
        CacheWrite = Count("cache_write_tokens"),
        CacheWrite1h = Count("cache_write_1h_tokens"),
        InputAudio = Count("input_audio_tokens"),
        CacheAudioRead = Count("cache_audio_read_tokens"),
        InputImage = Count("input_image_tokens"),
        Output = Count("output_tokens"),
        Reasoning = Count("output_reasoning_tokens"),
        OutputAudio = Count("output_audio_tokens"),
        OutputImage = Count("output_image_tokens"),
    };

    public long? Count(string field) => Usage.TryGetProperty(field, out var count) ? count.GetInt64() : null;

    public override string ToString() => $"{Id} {Provider}/{Model} {Usage} at {When:u}";

    private static PriceVector[] Read(string file) => [.. File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Data", file)).Select(Parse)];

    private static PriceVector Parse(string line)
    {
        using var document = JsonDocument.Parse(line);
        var json = document.RootElement.Clone();
        return new PriceVector(
            json.GetProperty("id").GetString()!,
            json.TryGetProperty("provider", out var provider) ? provider.GetString() : null,
            json.GetProperty("model").GetString()!,
            json.GetProperty("usage"),
            json.TryGetProperty("timestamp", out var when) ? when.GetDateTimeOffset() : new DateTimeOffset(2026, 11, 22, 12, 0, 0, TimeSpan.Zero),
            json.TryGetProperty("tags", out var tags) ? [.. tags.EnumerateArray().Select(t => t.GetString()!)] : [],
            json.GetProperty("expected"));
    }
}
