using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using System.Text.Json;

namespace LlmTelemetry.Service;

/// <summary>Finds the prices in a package: a JSON file of a format that is known, or data in JavaScript. The package is read in memory, and never run.</summary>
internal static class PackageData
{
    // Many times the size of any list of prices: what is larger is none.
    private const long LargestPackage = 256 << 20;

    /// <summary>The list with the most models; null where there is none.</summary>
    public static byte[]? Find(Stream package, DateOnly today)
    {
        var (json, scripts) = (new List<byte[]>(), new List<byte[]>());
        long size = 0;
        using var unzipped = new GZipStream(package, CompressionMode.Decompress);
        using var tar = new TarReader(unzipped);
        while (tar.GetNextEntry() is { } entry)
        {
            var list = Path.GetExtension(entry.Name) switch { ".json" => json, ".js" or ".mjs" or ".cjs" => scripts, _ => null };
            size += entry.Length;
            if (size > LargestPackage)
            {
                throw new InvalidDataException("the package is too large to be a list of prices");
            }

            if (list is not null && entry.DataStream is { } data)
            {
                using var copy = new MemoryStream();
                data.CopyTo(copy);
                list.Add(copy.ToArray());
            }
        }

        return Best(json, today) ?? Best(scripts.SelectMany(s => JsLiteral.Arrays(Encoding.UTF8.GetString(s))), today);
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
