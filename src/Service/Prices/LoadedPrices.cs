using System.Text.Json;
using LlmTelemetry.Usage;

namespace LlmTelemetry.Service;

/// <summary>A price file or a feed, as it was read.</summary>
/// <param name="Name">What it is called in messages: its path.</param>
/// <param name="Format">Its format.</param>
/// <param name="File">The text as a price file.</param>
/// <param name="Book">The prices.</param>
/// <param name="Feed">What became of a feed; null: it is a price file.</param>
internal sealed record LoadedPrices(string Name, string Format, byte[] File, PriceBook Book, MappedFeed? Feed)
{
    /// <summary>The book that is built into the libraries.</summary>
    public static LoadedPrices Embedded()
    {
        using var stream = typeof(PriceBook).Assembly.GetManifestResourceStream("prices.json")
            ?? throw new InvalidOperationException("The assembly was built without its prices.");
        var file = new byte[stream.Length];
        stream.ReadExactly(file);
        return new LoadedPrices("the embedded book", PriceFeed.Own, file, PriceBook.Parse(file), null);
    }

    /// <summary>Reads a file of any format that is known.</summary>
    /// <param name="path">The file.</param>
    /// <param name="today">The date of a feed: feeds have none.</param>
    /// <exception cref="InvalidDataException">It is no valid price file or feed; the message names the file, the line and the entry.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static LoadedPrices Read(string path, DateOnly today)
    {
        var text = PriceFileBytes.ReadFile(path);
        try
        {
            return Parse(path, text, today);
        }
        catch (InvalidDataException cause)
        {
            throw new InvalidDataException($"{path}: {cause.Message}", cause);
        }
    }

    /// <inheritdoc cref="Read"/>
    /// <param name="name">What it is called in messages.</param>
    /// <param name="text">The text.</param>
    /// <param name="today">The date of a feed.</param>
    public static LoadedPrices Parse(string name, byte[] text, DateOnly today)
    {
        MappedFeed? feed = null;
        try
        {
            feed = PriceFeed.Map(text, today);
        }
        catch (JsonException)
        {
            // The reader of price files says what is wrong.
        }

        var bom = PriceFileBytes.ByteOrderMark;
        var file = feed?.PriceFile ?? (text.AsSpan().StartsWith(bom) ? text[bom.Length..] : text);
        return new LoadedPrices(name, feed?.Format ?? PriceFeed.Own, file, PriceBook.Parse(file), feed);
    }
}
