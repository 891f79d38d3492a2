using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using System.Text.Json;

namespace LlmTelemetry.Service;

/// <summary>Finds the prices in a package: a JSON file of a format that is known, or data in JavaScript. The package is read in memory, and never run.</summary>
internal static class PackageData
{
    // Many times the size of any list of prices: what is larger is none.
    private const int LargestPackage = 128 << 20;

    /// <summary>The list with the most models; null where there is none.</summary>
    public static byte[]? Find(Stream package, DateOnly today)
    {
        var (json, scripts) = (new List<byte[]>(), new List<byte[]>());
        using var unzipped = Unzip(package);
        using var tar = new TarReader(unzipped);
        while (tar.GetNextEntry() is { } entry)
        {
            var list = Path.GetExtension(entry.Name) switch { ".json" => json, ".js" or ".mjs" or ".cjs" => scripts, _ => null };
            if (list is not null && entry.DataStream is { } data)
            {
                using var copy = new MemoryStream();
                data.CopyTo(copy);
                list.Add(copy.ToArray());
            }
        }

        return Best(json, today) ?? Best(scripts.SelectMany(s => JsLiteral.Arrays(Encoding.UTF8.GetString(s))), today);
    }

    // As a whole, before the reader of the archive takes memory for what the archive says of itself.
    private static MemoryStream Unzip(Stream package)
    {
        using var zipped = new GZipStream(package, CompressionMode.Decompress);
        var unzipped = new MemoryStream();
        var part = new byte[64 << 10];
        while (zipped.Read(part) is > 0 and var count)
        {
            unzipped.Write(part, 0, count);
            if (unzipped.Length > LargestPackage)
            {
                throw new InvalidDataException("it is too large to be a list of prices");
            }
        }

        unzipped.Position = 0;
        return unzipped;
    }

    private static byte[]? Best(IEnumerable<byte[]> candidates, DateOnly today) =>
        candidates.Select(c => (Data: c, Models: Models(c, today))).Where(c => c.Models > 0).OrderByDescending(c => c.Models).FirstOrDefault().Data;

    private static int Models(byte[] candidate, DateOnly today)
    {
        try
        {
            return LoadedPrices.Parse("", candidate, today) is { Feed: { } feed } ? feed.Models : 1;
        }
        catch (Exception cause) when (cause is InvalidDataException or JsonException or InvalidOperationException)
        {
            return 0; // Some other file of the package.
        }
    }
}
