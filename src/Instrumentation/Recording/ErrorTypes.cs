using System.Collections.Concurrent;
using System.Net.Sockets;
using LlmTelemetry.Usage;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.Instrumentation;

/// <summary>
/// How a call ended that threw, and what <c>error.type</c> says of it: the HTTP status, else the provider's code, else <c>timeout</c>, else the type's
/// full name.
/// </summary>
internal static class ErrorTypes
{
    private const int MaxDepth = 4;
    private const string GrpcCancelled = "Cancelled";

    private static readonly ConcurrentDictionary<Type, ErrorReader> Readers = new();

    public static string Of(Exception exception) =>
        First(exception, CodeOf) ?? (Holds(exception, IsTimeout) ? Placeholders.Timeout : First(exception, TransportOf) ?? NameOf(exception.GetType()));

    /// <summary>Cancelled where the caller's own token was, however deep a client wraps that; a cancellation from elsewhere is a failure.</summary>
    public static CallOutcome OutcomeOf(Exception exception, CancellationToken cancellationToken) =>
        cancellationToken.IsCancellationRequested && Holds(exception, IsCancellation) ? CallOutcome.Cancelled : CallOutcome.Failed;

    // gRPC's clients, Google's among them, tell of it by a status.
    private static bool IsCancellation(Exception cause) => cause is OperationCanceledException || CodeOf(cause) == GrpcCancelled;

    // Whoever cancels a call that its caller did not cancel ran out of patience: HttpClient, a retry's limit.
    private static bool IsTimeout(Exception cause) =>
        cause is TimeoutException or OperationCanceledException or SocketException { SocketErrorCode: SocketError.TimedOut };

    private static bool Holds(Exception exception, Func<Exception, bool> what)
    {
        var cause = exception;
        for (var depth = 0; cause is not null && depth < MaxDepth; depth++, cause = cause.InnerException)
        {
            if (what(cause))
            {
                return true;
            }
        }

        return false;
    }

    private static string? First(Exception exception, Func<Exception, string?> nameOf)
    {
        string? name = null;
        Holds(exception, cause => (name = nameOf(cause)) is not null);
        return name;
    }

    private static string? CodeOf(Exception cause)
    {
        try
        {
            return (cause is HttpRequestException { StatusCode: { } status } ? ErrorReader.StatusOf(status) : (cause as RealtimeFailure)?.Code)
                ?? Readers.GetOrAdd(cause.GetType(), static type => ErrorReader.For(type)).Read(cause);
        }
        catch (Exception) // An SDK's own exception: its type says enough, and it is what the caller must get.
        {
            return null;
        }
    }

    private static string NameOf(Type type) => type.FullName ?? type.Name;

    // No answer came. The names are those that .NET's own http.client metrics have.
    private static string? TransportOf(Exception cause) => (cause as HttpRequestException)?.HttpRequestError switch
    {
        HttpRequestError.NameResolutionError => "name_resolution_error",
        HttpRequestError.ConnectionError => "connection_error",
        HttpRequestError.SecureConnectionError => "secure_connection_error",
        HttpRequestError.HttpProtocolError => "http_protocol_error",
        HttpRequestError.ProxyTunnelError => "proxy_tunnel_error",
        HttpRequestError.InvalidResponse => "invalid_response",
        HttpRequestError.ResponseEnded => "response_ended",
        _ => null,
    };
}
