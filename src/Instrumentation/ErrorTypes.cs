using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Reflection;
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

    private static readonly ConcurrentDictionary<Type, Reader> Readers = new();

    public static string Of(Exception exception) =>
        Code(exception) ?? (Holds(exception, IsTimeout) ? Placeholders.Timeout : NameOf(exception.GetType()));

    /// <summary>Cancelled where the caller's own token was, however deep a client wraps that; a cancellation from elsewhere is a failure.</summary>
    public static CallOutcome OutcomeOf(Exception exception, CancellationToken cancellationToken) =>
        cancellationToken.IsCancellationRequested && Holds(exception, static cause => cause is OperationCanceledException) ? CallOutcome.Cancelled : CallOutcome.Failed;

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

    private static string? Code(Exception exception)
    {
        var cause = exception;
        for (var depth = 0; cause is not null && depth < MaxDepth; depth++, cause = cause.InnerException)
        {
            var code = cause is HttpRequestException { StatusCode: { } status } ? Status((int)status) : null;
            code ??= Readers.GetOrAdd(cause.GetType(), static type => Reader.For(type)).Read(cause);
            if (code is not null)
            {
                return code;
            }
        }

        return null;
    }

    private static string NameOf(Type type) => type.FullName ?? type.Name;

    private static string? Status(int status) => status is >= 100 and < 1000 ? status.ToString(CultureInfo.InvariantCulture) : null;

    /// <summary>Reads the properties under which the SDKs keep status and code; none of them is referenced.</summary>
    private sealed class Reader(PropertyInfo? status, params PropertyInfo?[] codes)
    {
        private const int MaxCodeLength = 64;

        public static Reader For(Type type)
        {
            // The framework's own exceptions have properties of these names that mean something else (SocketException.ErrorCode).
            if (type.Assembly.GetName().Name is { } assembly && (assembly.StartsWith("System.Private.", StringComparison.Ordinal) || assembly.StartsWith("System.Net.", StringComparison.Ordinal)))
            {
                return new Reader(null);
            }

            return new Reader(Find(type, "StatusCode") ?? Find(type, "Status"), Find(type, "ErrorCode"), Find(type, "Type"));
        }

        [UnconditionalSuppressMessage("Trimming", "IL2070", Justification = "Where trimming removed the property the type's name stands in.")]
        private static PropertyInfo? Find(Type type, string name) =>
            Array.Find(type.GetProperties(), p => p.Name == name && p.CanRead && p.GetIndexParameters().Length == 0);

        public string? Read(Exception exception)
        {
            var found = StatusOf(Value(status, exception));
            foreach (var code in codes)
            {
                found ??= CodeOf(Value(code, exception));
            }

            return found;
        }

        private static object? Value(PropertyInfo? property, Exception exception)
        {
            try
            {
                return property?.GetValue(exception);
            }
            catch (Exception) // An SDK's getter may throw where the answer had no body; there is then no code.
            {
                return null;
            }
        }

        private static string? StatusOf(object? value) => value switch
        {
            HttpStatusCode status => Status((int)status),
            int status => Status(status),
            _ => null,
        };

        // Anthropic's is a wrapper whose text is the JSON string.
        private static string? CodeOf(object? value)
        {
            var text = value is string or Enum || value?.GetType().Name.StartsWith("ApiEnum", StringComparison.Ordinal) == true ? value.ToString()?.Trim('"') : null;
            return text is { Length: > 0 and <= MaxCodeLength } && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.') ? text : null;
        }
    }
}
