using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;

namespace LlmTelemetry.Instrumentation;

/// <summary>
/// The service tier that OpenAI says it used (flex costs half, priority twice), from the objects of its SDK and without referencing it.
/// Where trimming removed the property the tier is not known. Anthropic's is in <see cref="RawUsage"/>.
/// </summary>
internal static class ServiceTiers
{
    private static readonly ConcurrentDictionary<Type, PropertyInfo?> Properties = new();

    /// <param name="raw">An answer, or the update of a stream that carries the usage.</param>
    public static string? Of(object? raw)
    {
        if (raw is null || Properties.GetOrAdd(raw.GetType(), static type => Find(type)) is not { } property)
        {
            return null;
        }

        // The last update of a stream of the Responses API holds the whole answer.
        return property.Name == "Response" ? Of(property.GetValue(raw)) : property.GetValue(raw)?.ToString();
    }

    [UnconditionalSuppressMessage("Trimming", "IL2070", Justification = "Where trimming removed the property there is only less detail.")]
    private static PropertyInfo? Find(Type type) =>
        type.Namespace?.StartsWith("OpenAI.", StringComparison.Ordinal) == true ? type.GetProperty("ServiceTier") ?? type.GetProperty("Response") : null;
}
