using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Reflection;

namespace LlmTelemetry.Instrumentation;

/// <summary>
/// Reads the properties under which the SDKs' exceptions keep status and code; none of them is referenced. The status goes first: it is the same
/// for all providers. Only what it cannot tell apart does the provider's code say (<see cref="IsTelling"/>).
/// </summary>
internal sealed class ErrorReader
{
    private const int MaxCodeLength = 64;

    private PropertyInfo? _status;
    private PropertyInfo?[] _codes = [];
    private ErrorBody? _body;

    public static ErrorReader For(Type type)
    {
        // The framework's own exceptions have properties of these names that mean something else (SocketException.ErrorCode).
        if (type.Assembly.GetName().Name is { } assembly && (assembly.StartsWith("System.Private.", StringComparison.Ordinal) || assembly.StartsWith("System.Net.", StringComparison.Ordinal)))
        {
            return new ErrorReader();
        }

        return new ErrorReader
        {
            _status = Find(type, "StatusCode") ?? Find(type, "HttpStatusCode") ?? Find(type, "Status"),
            _codes = [Find(type, "ErrorCode"), Find(type, "Type")],
            _body = ErrorBody.For(type),
        };
    }

    /// <summary>Status or code; null: the exception has neither.</summary>
    public string? Read(Exception exception)
    {
        var status = StatusOf(ValueOf(_status, exception));
        string? code = null;
        foreach (var property in _codes)
        {
            var found = CodeOf(ValueOf(property, exception));
            if (found is not null && IsTelling(found))
            {
                return found;
            }

            code ??= found;
        }

        return _body?.ReadCode(exception) is { } inBody && IsTelling(inBody) ? inBody : status ?? code;
    }

    public static string? StatusOf(object? value) => value switch
    {
        int status => StatusOf(status),
        HttpStatusCode status => StatusOf((int)status),
        Enum status => CodeOf(status), // gRPC's.
        _ => null,
    };

    /// <summary>
    /// Whether the code says what its status does not: 400 is also a prompt that is too long, 429 also an account without money, which no waiting helps.
    /// </summary>
    private static bool IsTelling(string code) => code
        is "context_length_exceeded" or "content_filter" or "content_policy_violation" or "insufficient_quota" or "billing_hard_limit_reached" or "billing_not_active"
        or "model_not_found";

    private static string? StatusOf(int status) => status is >= 100 and < 1000 ? status.ToString(CultureInfo.InvariantCulture) : null;

    // Anthropic's is a wrapper whose text is the JSON string.
    private static string? CodeOf(object? value)
    {
        var text = value is string or Enum || value?.GetType().Name.StartsWith("ApiEnum", StringComparison.Ordinal) == true ? value.ToString()?.Trim('"') : null;
        return text is { Length: > 0 and <= MaxCodeLength } && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.') ? text : null;
    }

    [UnconditionalSuppressMessage("Trimming", "IL2070", Justification = "Where trimming removed the property the type's name stands in.")]
    private static PropertyInfo? Find(Type type, string name) =>
        Array.Find(type.GetProperties(), p => p.Name == name && p.CanRead && p.GetIndexParameters().Length == 0);

    private static object? ValueOf(PropertyInfo? property, Exception exception)
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
}
