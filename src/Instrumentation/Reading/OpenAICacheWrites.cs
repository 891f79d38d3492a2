using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Reflection;
using System.Text.Json;

namespace LlmTelemetry.Instrumentation;

/// <summary>
/// Input tokens that OpenAI wrote to its cache, which cost a quarter more from GPT-5.6 on, from the objects of its SDK: what adapters pass on
/// does not tell them from other input.
/// </summary>
internal static class OpenAICacheWrites
{
    private const string WireName = "cache_write_tokens";

    private static readonly ConcurrentDictionary<Type, MethodInfo?> Texts = new();

    /// <param name="raw">An answer, or the update of a stream that carries the usage.</param>
    public static long? Of(object? raw)
    {
        if (raw is null || !SdkObject.IsFrom(raw, "OpenAI."))
        {
            return null;
        }

        var usage = SdkObject.Get(raw, "Usage") ?? SdkObject.Get(SdkObject.Get(raw, "Response"), "Usage");
        var details = SdkObject.Get(usage, "InputTokenDetails");
        return SdkObject.Get(details, "CacheWriteTokenCount") is { } count ? Convert.ToInt64(count, CultureInfo.InvariantCulture) : InPatch(SdkObject.Get(details, "Patch"));
    }

    // The SDK's objects of chat completions have no property for it. What they have none for they keep as it came.
    private static long? InPatch(object? patch)
    {
        if (patch is null || Texts.GetOrAdd(patch.GetType(), static type => FindText(type))?.Invoke(patch, ["J"]) is not string json || !json.Contains(WireName, StringComparison.Ordinal))
        {
            return null;
        }

        using var document = JsonDocument.Parse(json);
        return document.RootElement.TryGetProperty(WireName, out var tokens) && tokens.ValueKind is JsonValueKind.Number && tokens.TryGetInt64(out var count) ? count : null;
    }

    [UnconditionalSuppressMessage("Trimming", "IL2070", Justification = "Where trimming removed the method there is only less detail.")]
    private static MethodInfo? FindText(Type type) => type.GetMethod(nameof(ToString), [typeof(string)]);
}
