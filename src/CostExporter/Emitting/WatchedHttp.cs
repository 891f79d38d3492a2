namespace LlmTelemetry.CostExporter;

/// <summary>
/// Lies around the HTTP client that the exporter would have made for itself, with its settings, certificates and limits, and watches: the exporter says only whether a request was taken, not why it
/// was not. Sends one request at a time.
/// </summary>
internal sealed class WatchedHttp(HttpClient inner, TimeProvider time) : HttpMessageHandler
{
    private readonly CancellationTokenSource _giveUp = new();
    private volatile OtlpAnswer? _answer;

    /// <summary>Takes what was answered since the last time; null where nothing was even sent.</summary>
    public OtlpAnswer? TakeAnswer() => Interlocked.Exchange(ref _answer, null);

    /// <summary>Ends the request that is under way, and all later ones.</summary>
    public void GiveUp() => _giveUp.Cancel();

    /// <inheritdoc/>
    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        _answer = new OtlpAnswer(null);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _giveUp.Token);
        try
        {
            using var copy = Copy(request);
            return Answered(inner.Send(copy, either.Token), either.Token);
        }
        catch (Exception cause) when (IsNoted(cause))
        {
            throw;
        }
    }

    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        _answer = new OtlpAnswer(null);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _giveUp.Token);
        try
        {
            using var copy = Copy(request);
            return Answered(await inner.SendAsync(copy, either.Token).ConfigureAwait(false), either.Token);
        }
        catch (Exception cause) when (IsNoted(cause))
        {
            throw;
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
            _giveUp.Dispose();
        }

        base.Dispose(disposing);
    }

    // A message can be sent by one client only. The content is the request's own, and read once, for this one.
    private static HttpRequestMessage Copy(HttpRequestMessage request)
    {
        var copy = new HttpRequestMessage(request.Method, request.RequestUri)
        {
            Version = request.Version,
            VersionPolicy = request.VersionPolicy,
            Content = request.Content is null ? null : new LentContent(request.Content),
        };
        foreach (var (name, values) in request.Headers.NonValidated)
        {
            copy.Headers.TryAddWithoutValidation(name, values);
        }

        return copy;
    }

    private HttpResponseMessage Answered(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        _answer = OtlpAnswer.Of(response, time.GetUtcNow(), cancellationToken);
        return response;
    }

    // Looks on only: it is the exporter's to handle.
    private bool IsNoted(Exception cause)
    {
        _answer = new OtlpAnswer(null, Message: cause.GetBaseException().Message);
        return false;
    }
}
