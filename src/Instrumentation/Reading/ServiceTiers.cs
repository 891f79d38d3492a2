using System.Text;

namespace LlmTelemetry.Instrumentation;

/// <summary>
/// The service tier that a provider says it used (flex costs half, priority twice), from the objects of its SDK.
/// Anthropic's is in <see cref="RawUsage"/>.
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

    /// <param name="raw">An answer, or the update of a stream that carries the usage.</param>
    public static string? Of(object? raw)
    {
        if (raw is null)
        {
            return null;
        }

        foreach (var (prefix, path) in Known)
        {
            if (SdkObject.IsFrom(raw, prefix) && At(raw, path) is { } tier)
            {
                return Word(tier.ToString());
            }
        }

        return null;
    }

    private static object? At(object raw, string[] path)
    {
        object? value = raw;
        foreach (var name in path)
        {
            value = SdkObject.Get(value, name);
        }

        return value;
    }

    // ProvisionedThroughput, as C# spells an enumeration, to provisioned_throughput, as it comes over the wire.
    private static string? Word(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return null;
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
