using System.Globalization;
using System.IO.Compression;

namespace LlmTelemetry.Service;

/// <summary>
/// A file whose name tells what it is of: <c>usage-{date}.csv</c>. Written beside its place and then moved there, so that an export that is killed leaves what
/// was there before, and no half file.
/// </summary>
internal sealed class ExportFile(string pattern)
{
    private const int BufferSize = 1 << 16;

    private static readonly (string Name, string Format)[] Parts = [("{date}", "yyyy-MM-dd"), ("{month}", "yyyy-MM"), ("{hour}", "yyyy-MM-ddTHH")];

    /// <summary>What is wrong with a pattern; null: nothing.</summary>
    public static string? Problem(string pattern)
    {
        var rest = Parts.Aggregate(pattern, (text, part) => text.Replace(part.Name, "", StringComparison.Ordinal));
        return rest.AsSpan().IndexOfAny('{', '}') >= 0 ? $"'{pattern}' has braces around something else than {string.Join(", ", Parts.Select(part => part.Name))}." : null;
    }

    /// <summary>Whether each day has a file of its own.</summary>
    public bool IsDaily => pattern.Contains("{date}", StringComparison.Ordinal) || pattern.Contains("{hour}", StringComparison.Ordinal);

    /// <summary>The file of a moment in the ledger's zone.</summary>
    public string Of(DateTime local) => Path.GetFullPath(Parts.Aggregate(pattern, (text, part) => text.Replace(part.Name, local.ToString(part.Format, CultureInfo.InvariantCulture), StringComparison.Ordinal)));

    /// <summary>Writes a file as a whole.</summary>
    public static async Task WriteAsync(string path, Func<Stream, Task> write, CancellationToken cancellationToken)
    {
        var folder = Path.GetDirectoryName(path)!;
        Directory.CreateDirectory(folder);
        var temporary = Path.Combine(folder, $".{Path.GetFileName(path)}.{Path.GetRandomFileName()}");
        try
        {
            var file = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, BufferSize);
            await using (file.ConfigureAwait(false))
            {
                var compressed = ExportFormat.IsCompressed(path) ? new GZipStream(file, CompressionLevel.Optimal, leaveOpen: true) : null;
                await using ((compressed ?? Stream.Null).ConfigureAwait(false))
                {
                    await write(compressed ?? (Stream)file).ConfigureAwait(false);
                }

                await file.FlushAsync(cancellationToken).ConfigureAwait(false);
                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }
}
