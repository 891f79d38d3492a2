using System.Net;

namespace LlmTelemetry.CostExporter;

/// <summary>The content of another message, which stays that message's to end: its sender may try again with it.</summary>
internal sealed class LentContent : HttpContent
{
    private readonly HttpContent _lender;

    public LentContent(HttpContent lender)
    {
        _lender = lender;
        foreach (var (name, values) in lender.Headers.NonValidated)
        {
            Headers.TryAddWithoutValidation(name, values);
        }
    }

    /// <inheritdoc/>
    protected override void SerializeToStream(Stream stream, TransportContext? context, CancellationToken cancellationToken) => _lender.CopyTo(stream, context, cancellationToken);

    /// <inheritdoc/>
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => _lender.CopyToAsync(stream, context);

    /// <inheritdoc/>
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
        _lender.CopyToAsync(stream, context, cancellationToken);

    /// <inheritdoc/>
    protected override bool TryComputeLength(out long length)
    {
        length = _lender.Headers.ContentLength ?? -1;
        return length >= 0;
    }
}
