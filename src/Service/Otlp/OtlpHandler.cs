using LlmTelemetry.CostExporter;
using Microsoft.Extensions.Logging;

namespace LlmTelemetry.Service;

/// <summary>Answers OTLP requests: reads them, has them booked, and says what became of them.</summary>
internal sealed class OtlpHandler(IUsageReceiver receiver, OtlpDecoder decoder, OtlpLimits limits, ILogger logger)
{
    // What a call or point takes until it is booked, roughly: so that what waits for the store counts.
    private const int CallBytes = 2_048;
    private const int PointBytes = 512;

    private static readonly TimeSpan DefaultRetryAfter = TimeSpan.FromSeconds(5);

    private readonly OtlpMemory _memory = new(limits.MaxConcurrentBytes);

    /// <summary>Bytes that requests take now.</summary>
    public long MemoryTaken => _memory.Taken;

    public async Task HandleAsync(HttpContext http, OtlpSignal signal)
    {
        var isJson = OtlpContent.IsJson(http.Request);
        try
        {
            await AnswerAsync(http, signal, isJson).ConfigureAwait(false);
        }
        catch (OtlpFormatException cause)
        {
            ReceiverMetrics.CountDelivery(Vocabulary.DeliveryResults.Unreadable);
            await OtlpAnswer.BadAsync(http, isJson ?? true, $"The request cannot be read: {cause.Message}.").ConfigureAwait(false);
        }
        catch (OtlpRefusal cause)
        {
            if (cause.RetryAfter is null)
            {
                ReceiverMetrics.CountDelivery(Vocabulary.DeliveryResults.Unreadable);
            }

            await OtlpAnswer.RefuseAsync(http, isJson ?? true, cause.Status, cause.Message, cause.RetryAfter).ConfigureAwait(false);
        }
        catch (BadHttpRequestException cause) when (cause.StatusCode == StatusCodes.Status408RequestTimeout && !http.Response.HasStarted)
        {
            // Senders drop what is answered with 408: OTLP lets them send again after 429, 502, 503 and 504 alone.
            await OtlpAnswer.RefuseAsync(http, isJson ?? true, StatusCodes.Status503ServiceUnavailable, "The request came too slowly.", DefaultRetryAfter).ConfigureAwait(false);
        }
        catch (BadHttpRequestException cause) when (!http.Response.HasStarted)
        {
            // The server's: too long, cut off.
            await OtlpAnswer.RefuseAsync(http, isJson ?? true, cause.StatusCode, cause.Message).ConfigureAwait(false);
        }
        catch (Exception cause) when (http.RequestAborted.IsCancellationRequested)
        {
            // Nobody is there to be answered: the same comes again.
            logger.LogDebug(cause, "An OTLP request to {Path} was given up by its sender.", signal.Path);
        }
        catch (Exception cause) // A request that we fail on must not end the service.
        {
            logger.LogError(cause, "An OTLP request to {Path} failed; what it delivers is not booked.", signal.Path);
            await OtlpAnswer.RefuseAsync(http, isJson ?? true, StatusCodes.Status500InternalServerError, "The receiver failed on this request; its log says why.").ConfigureAwait(false);
        }
    }

    private async Task AnswerAsync(HttpContext http, OtlpSignal signal, bool? isJson)
    {
        if (isJson is not { } json)
        {
            throw new OtlpRefusal(StatusCodes.Status415UnsupportedMediaType, $"The content type must be {OtlpContent.Protobuf}, or {OtlpContent.Json} in UTF-8.");
        }

        if (OtlpContent.IsGzip(http.Request) is not { } isGzip)
        {
            http.Response.Headers.AcceptEncoding = "gzip, identity";
            throw new OtlpRefusal(StatusCodes.Status415UnsupportedMediaType, "The content encoding must be gzip or identity.");
        }

        var reading = await ReadAsync(http, signal, json, isGzip).ConfigureAwait(false);
        var reply = reading.IsEmpty ? new DeliveryReply(IsBooked: true) : await BookAsync(reading, http.RequestAborted).ConfigureAwait(false);
        if (!reply.IsBooked)
        {
            throw new OtlpRefusal(StatusCodes.Status503ServiceUnavailable, reply.Message ?? "The store does not take it at the moment.", reply.RetryAfter ?? DefaultRetryAfter);
        }

        reading.Publish();
        var why = reading.Message is null ? reply.Message : reply.Message is null ? reading.Message : $"{reading.Message}; {reply.Message}";
        await OtlpAnswer.AcceptAsync(http, json, signal.Answer(reading.Rejected + (long)reply.Rejected, why)).ConfigureAwait(false);
    }

    private async Task<OtlpReading> ReadAsync(HttpContext http, OtlpSignal signal, bool isJson, bool isGzip)
    {
        using var body = await new OtlpBody(limits, _memory).ReadAsync(http.Request, isGzip, http.RequestAborted).ConfigureAwait(false);
        var tenant = http.Caller().Tenant;
        if (!isJson || body.Length == 0)
        {
            return decoder.Decode(signal, body.Span, tenant);
        }

        using var protobuf = new OtlpBuffer(_memory);
        JsonToProto.Write(body.Span, signal.Request, limits.MaxDepth, protobuf);
        return decoder.Decode(signal, protobuf.Span, tenant);
    }

    private async Task<DeliveryReply> BookAsync(OtlpReading reading, CancellationToken cancellationToken)
    {
        var bytes = reading.Delivery.Sources.Sum(source => ((long)source.Calls.Count * CallBytes) + ((long)source.Points.Count * PointBytes));
        _memory.Take(bytes);
        try
        {
            return await receiver.ReceiveAsync(reading.Delivery, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _memory.Return(bytes);
        }
    }
}
