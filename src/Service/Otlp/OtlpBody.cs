using System.IO.Compression;
using Microsoft.AspNetCore.Http.Features;

namespace LlmTelemetry.Service;

/// <summary>Reads bodies within the limits, and takes their compression off.</summary>
internal sealed class OtlpBody(OtlpLimits limits, OtlpMemory memory)
{
    private const long FramingRatio = 8;

    // Behind each compressed body stands a stream of ours: only where ours comes out last was the body whole and nothing else behind it. GZipStream takes
    // a body that was cut off, or that something follows, for one that ended.
    private static readonly byte[] EndText = "this was the end of the request!"u8.ToArray();
    private static readonly byte[] End = Compressed(EndText);

    /// <summary>Reads a body.</summary>
    /// <returns>To be disposed by the caller.</returns>
    /// <exception cref="OtlpRefusal">It is too large.</exception>
    /// <exception cref="OtlpFormatException">It is not compressed as it says.</exception>
    public async Task<OtlpBuffer> ReadAsync(HttpRequest request, bool isGzip, CancellationToken cancellationToken)
    {
        if (request.ContentLength > limits.MaxRequestBytes)
        {
            throw TooLarge();
        }

        // It is we who refuse: the server's own limit may be lower, and counts what stands between chunks.
        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } server)
        {
            server.MaxRequestBodySize = limits.MaxRequestBytes * FramingRatio;
        }

        var sent = new OtlpBuffer(memory);
        try
        {
            await FillAsync(sent, request.Body, cancellationToken).ConfigureAwait(false);
            if (!isGzip || sent.Length == 0)
            {
                return sent;
            }

            var whole = Decompress(sent);
            sent.Dispose();
            return whole;
        }
        catch
        {
            sent.Dispose();
            throw;
        }
    }

    private async Task FillAsync(OtlpBuffer sent, Stream body, CancellationToken cancellationToken)
    {
        try
        {
            while (await body.ReadAsync(sent.Free(), cancellationToken).ConfigureAwait(false) is var read and > 0)
            {
                sent.Advance(read);
                if (sent.Length > limits.MaxRequestBytes)
                {
                    throw TooLarge();
                }
            }
        }
        catch (IOException cause) when (cause is not BadHttpRequestException && !cancellationToken.IsCancellationRequested)
        {
            // The server's, of chunks whose lengths are none.
            throw new OtlpFormatException("the body cannot be read as it was sent", cause);
        }
    }

    private OtlpBuffer Decompress(OtlpBuffer sent)
    {
        var most = Math.Max(OtlpLimits.RatioFloor, Math.Min((long)sent.Length * limits.MaxDecompressionRatio, limits.MaxDecompressedBytes));
        most = Math.Min(most, limits.MaxDecompressedBytes) + EndText.Length;
        End.CopyTo(sent.Take(End.Length));
        var whole = new OtlpBuffer(memory);
        try
        {
            using var unzipped = new GZipStream(sent.OpenRead(), CompressionMode.Decompress);
            while (unzipped.Read(whole.Free().Span) is var read and > 0)
            {
                whole.Advance(read);
                if (whole.Length > most)
                {
                    throw TooLarge(" without its compression");
                }
            }

            if (!whole.Span.EndsWith(EndText))
            {
                throw new OtlpFormatException("the compressed body is cut off, or something stands behind its end");
            }

            whole.Cut(EndText.Length);
            return whole;
        }
        catch (Exception cause)
        {
            whole.Dispose();
            throw cause is InvalidDataException ? new OtlpFormatException("the body is no gzip, or damaged", cause) : cause;
        }
    }

    private OtlpRefusal TooLarge(string how = "") => new(
        StatusCodes.Status413PayloadTooLarge,
        FormattableString.Invariant($"The request is too large{how}: at most {limits.MaxRequestBytes} bytes as sent, {limits.MaxDecompressedBytes} bytes and {limits.MaxDecompressionRatio} times as many without compression. Send smaller batches."));

    private static byte[] Compressed(byte[] text)
    {
        using var bytes = new MemoryStream();
        using (var zip = new GZipStream(bytes, CompressionLevel.Optimal))
        {
            zip.Write(text);
        }

        return bytes.ToArray();
    }
}
