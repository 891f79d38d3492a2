namespace LlmTelemetry.Service;

/// <summary>A request that is answered with a status other than 200 and 400.</summary>
/// <param name="status">The HTTP status.</param>
/// <param name="message">Why, for whoever sent it.</param>
/// <param name="retryAfter">When to send it again; null: never.</param>
internal sealed class OtlpRefusal(int status, string message, TimeSpan? retryAfter = null) : Exception(message)
{
    public int Status => status;

    public TimeSpan? RetryAfter => retryAfter;
}
