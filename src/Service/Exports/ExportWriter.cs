namespace LlmTelemetry.Service;

/// <summary>Writes rows in one of the forms: a row at a time, none kept.</summary>
internal static class ExportWriter
{
    private static readonly byte[] NewLine = "\n"u8.ToArray();
    private static readonly byte[] NextObject = ",\n"u8.ToArray();
    private static readonly byte[] ArrayStart = "[\n"u8.ToArray();
    private static readonly byte[] ArrayEnd = "\n]\n"u8.ToArray();
    private static readonly byte[] EmptyArray = "[]\n"u8.ToArray();

    /// <param name="stream">Where to.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="format">One of <see cref="ExportFormat"/>.</param>
    /// <param name="progress">Is told of each row.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static Task WriteAsync(Stream stream, ExportRows rows, string format, ExportProgress progress, CancellationToken cancellationToken) => format switch
    {
        ExportFormat.Csv => ExportCsv.WriteAsync(stream, rows, progress, cancellationToken),
        ExportFormat.Json => WriteJsonAsync(stream, rows, progress, cancellationToken),
        _ => WriteLinesAsync(stream, rows, progress, cancellationToken),
    };

    private static async Task WriteLinesAsync(Stream stream, ExportRows rows, ExportProgress progress, CancellationToken cancellationToken)
    {
        await foreach (var line in rows.Lines.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            await stream.WriteAsync(line, cancellationToken).ConfigureAwait(false);
            await stream.WriteAsync(NewLine, cancellationToken).ConfigureAwait(false);
            progress.Row();
        }
    }

    private static async Task WriteJsonAsync(Stream stream, ExportRows rows, ExportProgress progress, CancellationToken cancellationToken)
    {
        var isFirst = true;
        await foreach (var line in rows.Lines.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            await stream.WriteAsync(isFirst ? ArrayStart : NextObject, cancellationToken).ConfigureAwait(false);
            await stream.WriteAsync(line, cancellationToken).ConfigureAwait(false);
            isFirst = false;
            progress.Row();
        }

        await stream.WriteAsync(isFirst ? EmptyArray : ArrayEnd, cancellationToken).ConfigureAwait(false);
    }
}
