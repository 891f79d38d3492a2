using System.Text.Unicode;

namespace LlmTelemetry.Usage;

/// <summary>From the bytes of a price file to its entries: how much is read, and where in the file an error is.</summary>
internal static class PriceFileBytes
{
    /// <summary>What is larger is no price file: the embedded one is a hundredth of this.</summary>
    public const int Longest = 64 << 20;

    internal static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>Has the content of a file parsed, a feed as the price file that it maps to; what is wrong with it is said with the file's name.</summary>
    /// <param name="name">What the file is called in messages.</param>
    /// <param name="path">The file. A feed has no date: it is as old as its file.</param>
    /// <param name="file">The content.</param>
    /// <param name="parse">Makes a book of the text of a price file.</param>
    /// <exception cref="InvalidDataException">It is no valid price file.</exception>
    public static PriceBook Parse(string name, string path, byte[] file, Func<ReadOnlyMemory<byte>, PriceBook> parse)
    {
        try
        {
            return parse(PriceFeed.ToPriceFile(file, DateOnly.FromDateTime(File.GetLastWriteTimeUtc(path))));
        }
        catch (InvalidDataException cause)
        {
            throw new InvalidDataException($"{name}: {cause.Message}", cause);
        }
    }

    /// <exception cref="InvalidDataException">It is too long.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static byte[] ReadFile(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        if (Directory.Exists(path))
        {
            throw new IOException($"{path} is a folder, not a price file.");
        }

        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 1);
            using var bytes = new MemoryStream();
            var part = new byte[64 << 10];

            // Not by its length, which a file that is being written, or a device, does not have.
            while (file.Read(part) is > 0 and var count)
            {
                bytes.Write(part, 0, count);
                if (bytes.Length > Longest)
                {
                    throw new InvalidDataException($"{path}: a price file has at most {Longest >> 20} MB, and this one has more.");
                }
            }

            return bytes.ToArray();
        }
        catch (UnauthorizedAccessException cause)
        {
            throw new IOException($"{path} cannot be read: {cause.Message}", cause);
        }
    }

    /// <param name="file">The text, with or without a byte order mark.</param>
    /// <param name="below">The entries that it may name beside its own.</param>
    /// <exception cref="InvalidDataException">The text is no valid price file; the message begins with the line and the entry.</exception>
    public static (PriceList List, DateOnly Date) Read(ReadOnlyMemory<byte> file, PriceList? below)
    {
        file = file.Span.StartsWith(ByteOrderMark) ? file[ByteOrderMark.Length..] : file;
        if (!Utf8.IsValid(file.Span))
        {
            throw new InvalidDataException($"{PriceFileLines.FirstInvalid(file.Span)}The price file is no UTF-8 text");
        }

        try
        {
            return PriceFile.Read(file, below);
        }
        catch (InvalidDataException cause) when (PriceFileLines.Find(file.Span, cause) is { } place)
        {
            throw new InvalidDataException(place + cause.Message, cause);
        }
    }
}
