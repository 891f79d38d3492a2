using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Text;

namespace LlmTelemetry.Instrumentation;

/// <summary>
/// The service tier that a provider says it used (flex costs half, priority twice), from the objects of its SDK and without referencing it.
/// Where trimming removed a property the tier is not known. Anthropic's is in <see cref="RawUsage"/>.
/// </summary>
internal static class ServiceTiers
{
    // The last update of a stream of OpenAI's Responses API holds the whole answer. Bedrock: Converse and the last event of its stream.
    private static readonly (string Namespace, string[] Path)[] Known =
    [
        ("OpenAI.", ["ServiceTier"]),
        ("OpenAI.", ["Response", "ServiceTier"]),
        ("Amazon.BedrockRuntime", ["ServiceTier", "Type"]),
        ("Google.", ["UsageMetadata", "TrafficType"]),
    ];

    private static readonly ConcurrentDictionary<Type, PropertyInfo[]?> Paths = new();

    /// <param name="raw">An answer, or the update of a stream that carries the usage.</param>
    public static string? Of(object? raw)
    {
        if (raw is null || Paths.GetOrAdd(raw.GetType(), static type => Find(type)) is not { } path)
        {
            return null;
        }

        var value = raw;
        foreach (var property in path)
        {
            value = value is null ? null : property.GetValue(value);
        }

        return Word(value?.ToString());
    }

    private static PropertyInfo[]? Find(Type type)
    {
        foreach (var (prefix, names) in Known)
        {
            if (type.Namespace?.StartsWith(prefix, StringComparison.Ordinal) == true && Resolve(type, names) is { } path)
            {
                return path;
            }
        }

        return null;
    }

    [UnconditionalSuppressMessage("Trimming", "IL2070", Justification = "Where trimming removed the property there is only less detail.")]
    [UnconditionalSuppressMessage("Trimming", "IL2075", Justification = "Where trimming removed the property there is only less detail.")]
    private static PropertyInfo[]? Resolve(Type type, string[] names)
    {
        var path = new PropertyInfo[names.Length];
        for (var i = 0; i < names.Length; i++)
        {
            if (type.GetProperty(names[i]) is not { } property)
            {
                return null;
            }

            path[i] = property;
            type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        }

        return path;
    }

    // ProvisionedThroughput, as C# spells an enumeration, to provisioned_throughput, as it comes over the wire.
    private static string? Word(string? text)
    {
        if (string.IsNullOrEmpty(text) || !text.AsSpan().ContainsAnyInRange('A', 'Z'))
        {
            return string.IsNullOrEmpty(text) ? null : text;
        }

        var word = new StringBuilder(text.Length + 4);
        for (var i = 0; i < text.Length; i++)
        {
            if (i > 0 && char.IsUpper(text[i]) && char.IsLower(text[i - 1]))
            {
                word.Append('_');
            }

            word.Append(char.ToLowerInvariant(text[i]));
        }

        return word.ToString();
    }
}
