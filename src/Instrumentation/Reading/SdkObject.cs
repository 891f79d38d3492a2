using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;

namespace LlmTelemetry.Instrumentation;

/// <summary>Properties of a provider's SDK's objects, without referencing the SDK. Where trimming removed one it is not there.</summary>
internal static class SdkObject
{
    private static readonly ConcurrentDictionary<(Type Type, string Name), PropertyInfo?> Properties = new();

    public static bool IsFrom(object value, string prefix) => value.GetType().Namespace?.StartsWith(prefix, StringComparison.Ordinal) == true;

    /// <summary>The property's value; null where there is none, or two, or the property throws: the rest of the answer counts all the same.</summary>
    public static object? Get(object? value, string name)
    {
        try
        {
            return value is null ? null : Properties.GetOrAdd((value.GetType(), name), static key => Find(key.Type, key.Name))?.GetValue(value);
        }
        catch (Exception cause) when (cause is TargetInvocationException or AmbiguousMatchException)
        {
            return null;
        }
    }

    [UnconditionalSuppressMessage("Trimming", "IL2070", Justification = "Where trimming removed the property there is only less detail.")]
    private static PropertyInfo? Find(Type type, string name) => type.GetProperty(name) is { CanRead: true } property && property.PropertyType.GetElementType() is not { IsByRefLike: true } ? property : null;
}
