namespace LlmTelemetry.CostExporter;

/// <summary>What a receiver of OTLP answered to a request, as far as the exporter of the SDK does not tell.</summary>
/// <param name="Status">The HTTP status; null: no answer came.</param>
/// <param name="RetryAfter">When it wants to be asked again; null where it does not say.</param>
/// <param name="Rejected">How many log records it took no part of, though it took the request.</param>
/// <param name="Message">What it says, for people; null for nothing.</param>
internal sealed record OtlpAnswer(int? Status, TimeSpan? RetryAfter = null, long Rejected = 0, string? Message = null)
{
    private const string Protobuf = "application/x-protobuf";
    private const string Grpc = "application/grpc";
    private const int MostMessage = 300;

    // An answer is a few bytes; whoever answers with more is no receiver of OTLP.
    private const int MostBytes = 64 * 1024;

    /// <summary>Whether the same request will never be taken: it is not understood, or too large. What a wrong key or address gives may be mended on the other side.</summary>
    public bool IsRefusal => Status is 400 or 413 or 415 or 422;

    /// <summary>Reads what is in a response; its content stays readable.</summary>
    public static OtlpAnswer Of(HttpResponseMessage response, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var status = (int)response.StatusCode;
        var retry = response.Headers.RetryAfter is { } said ? said.Delta ?? said.Date - now : null;
        if (response.Content.Headers.ContentType?.MediaType == Grpc)
        {
            return new OtlpAnswer(status, retry, Message: $"gRPC status {Trailing(response, "grpc-status")}: {Shown(Trailing(response, "grpc-message"))}");
        }

        if (response.Content.Headers.ContentType?.MediaType != Protobuf || response.Content.Headers.ContentLength > MostBytes)
        {
            return new OtlpAnswer(status, retry, Message: response.ReasonPhrase);
        }

        using var body = new MemoryStream();
        response.Content.CopyTo(body, context: null, cancellationToken);
        var answer = body.GetBuffer().AsSpan(0, (int)body.Length);
        try
        {
            var (rejected, message) = response.IsSuccessStatusCode ? PartialSuccess(answer) : (0, ProtobufFields.NumberAndText(answer).Text);
            return new OtlpAnswer(status, retry, Math.Max(0, rejected), Shown(message) ?? (response.IsSuccessStatusCode ? null : response.ReasonPhrase));
        }
        catch (FormatException)
        {
            // It was taken all the same, or not: that is said by the status.
            return new OtlpAnswer(status, retry, Message: response.ReasonPhrase);
        }
    }

    // ExportLogsServiceResponse { 1: partial_success { 1: rejected_log_records, 2: error_message } }; a failure is a Status { 1: code, 2: message }.
    private static (long Rejected, string? Message) PartialSuccess(ReadOnlySpan<byte> answer)
    {
        var fields = new ProtobufFields(answer);
        while (fields.MoveNext())
        {
            if (fields.Number == 1)
            {
                return ProtobufFields.NumberAndText(fields.Content);
            }
        }

        return (0, null);
    }

    // An answer that is a failure from its start has them before its content.
    private static string? Trailing(HttpResponseMessage response, string name) =>
        response.TrailingHeaders.TryGetValues(name, out var values) || response.Headers.TryGetValues(name, out values) ? Uri.UnescapeDataString(string.Concat(values)) : null;

    private static string? Shown(string? message) => Usage.Attribution.Clean(message, MostMessage) is { Length: > 0 } text ? text : null;
}
