using System.Text.Json;

namespace LlmTelemetry.Usage;

/// <summary>
/// Reads the price lists of LiteLLM, models.dev and genai-prices as price files, so that one reader validates them all: docs/prices.md, "Feeds".
/// </summary>
internal static class PriceFeed
{
    /// <summary>The format of our own price files.</summary>
    public const string Own = "llmtelemetry";

    private static readonly JsonDocumentOptions Options = new() { CommentHandling = JsonCommentHandling.Skip };

    /// <summary>The text as a price file. What is no feed, or no JSON at all, comes back as it is.</summary>
    public static ReadOnlyMemory<byte> ToPriceFile(ReadOnlyMemory<byte> file, DateOnly date)
    {
        try
        {
            return Map(file, date)?.PriceFile ?? file;
        }
        catch (JsonException)
        {
            return file; // The reader of price files says what is wrong.
        }
    }

    /// <summary>Maps a feed to a price file of that day; null when the text is none of the formats that are known.</summary>
    /// <exception cref="JsonException">It is no JSON.</exception>
    /// <exception cref="InvalidDataException">The feed has no model with a price.</exception>
    public static MappedFeed? Map(ReadOnlyMemory<byte> file, DateOnly date)
    {
        using var document = JsonDocument.Parse(file.Span.StartsWith(PriceFileBytes.ByteOrderMark) ? file[PriceFileBytes.ByteOrderMark.Length..] : file, Options);
        var root = document.RootElement;
        var (format, read) = Recognize(root);
        if (read is null)
        {
            return null;
        }

        var book = new FeedBook();
        read(root, book);
        book.NoteFree();
        return book.Models == 0
            ? throw new InvalidDataException($"The {format} feed has no model with a price.")
            : new MappedFeed(format, book.Write($"mapped from {format}", date), book.Models, book.WithoutPrices, book.Notes);
    }

    private static (string Format, Action<JsonElement, FeedBook>? Read) Recognize(JsonElement root) => root.ValueKind switch
    {
        JsonValueKind.Array when root.EnumerateArray().Any(p => Has(p, "models", JsonValueKind.Array)) => ("genai-prices", GenaiPricesFeed.Read),
        JsonValueKind.Object when root.TryGetProperty("schema", out _) => (Own, null),
        JsonValueKind.Object when Has(root, "providers", JsonValueKind.Array) => ("genai-prices", (r, book) => GenaiPricesFeed.Read(r.GetProperty("providers"), book)),
        JsonValueKind.Object when root.EnumerateObject().Any(e => Has(e.Value, "litellm_provider", JsonValueKind.String)) => ("litellm", LiteLlmFeed.Read),
        JsonValueKind.Object when root.EnumerateObject().Any(p => Has(p.Value, "models", JsonValueKind.Object)) => ("models.dev", ModelsDevFeed.Read),
        _ => (Own, null),
    };

    private static bool Has(JsonElement json, string field, JsonValueKind kind) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(field, out var value) && value.ValueKind == kind;
}
