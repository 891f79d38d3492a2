using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Text.Json;

namespace LlmTelemetry.Instrumentation;

/// <summary>
/// What only the provider's own answer tells: which part of a cache write lives for an hour (twice the price), the service tier, and, of a
/// stream that is cut, the usage that the provider sent at its start. Read from <c>RawRepresentation</c> without referencing the SDK.
/// </summary>
/// <remarks>
/// Knows Anthropic's wire format, by the JSON that its SDK's objects keep in <c>RawData</c>. Where trimming removed that property, or for
/// another object, there is nothing here and the adapter's own counts stand alone.
/// </remarks>
internal sealed class RawUsage
{
    private static readonly ConcurrentDictionary<Type, RawAccessor?> Accessors = new();

    // The answers before this one, where a client inside makes several calls for one stream; and the one at hand.
    private UsageTally _before;
    private UsageTally _current;

    public string? ServiceTier { get; private set; }

    /// <summary>The counts so far, of all answers of the stream.</summary>
    public UsageTally Tally
    {
        get
        {
            var sum = _before;
            sum.Add(in _current);
            return sum;
        }
    }

    public static bool IsReadable(object raw) => AccessorOf(raw.GetType()) is not null;

    /// <summary>Reads a whole answer, or one event of a stream.</summary>
    public void Read(object raw)
    {
        if (AccessorOf(raw.GetType())?.Read(raw) is not { } data)
        {
            return;
        }

        if (data.TryGetValue("message", out var message) && message.ValueKind == JsonValueKind.Object && message.TryGetProperty("usage", out var start))
        {
            _before.Add(in _current);
            _current = default;
            Take(start);
        }
        else if (data.TryGetValue("usage", out var usage))
        {
            Take(usage);
        }
    }

    // Of a stream: counts of later events are cumulative, so they take the place of earlier ones.
    private void Take(JsonElement usage)
    {
        if (usage.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        var (read, write) = (Number(usage, "cache_read_input_tokens"), Number(usage, "cache_creation_input_tokens"));
        var found = new UsageTally
        {
            [UsageCount.CacheRead] = read,
            [UsageCount.CacheWrite] = write,
            [UsageCount.Output] = Number(usage, "output_tokens"),
            [UsageCount.CacheWrite1h] = Number(Child(usage, "cache_creation"), "ephemeral_1h_input_tokens"),
            [UsageCount.Reasoning] = Number(Child(usage, "output_tokens_details"), "thinking_tokens"),
            [UsageCount.WebSearch] = Number(Child(usage, "server_tool_use"), "web_search_requests"),
        };
        if (Number(usage, "input_tokens") is { } uncached)
        {
            // Anthropic's input_tokens leaves the cache out; the counts here are inclusive.
            found[UsageCount.Input] = checked(uncached + (read ?? _current[UsageCount.CacheRead] ?? 0) + (write ?? _current[UsageCount.CacheWrite] ?? 0));
        }

        _current.Replace(in found);
        if (usage.TryGetProperty("service_tier", out var tier) && tier.ValueKind == JsonValueKind.String)
        {
            ServiceTier = tier.GetString();
        }
    }

    private static JsonElement Child(JsonElement parent, string name) => parent.TryGetProperty(name, out var child) ? child : default;

    private static long? Number(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number
            && value.TryGetInt64(out var number) ? number : null;

    // The static lambda is cached by the compiler: no allocation for a chunk.
    private static RawAccessor? AccessorOf(Type type) => Accessors.GetOrAdd(type, static found => RawAccessor.For(found));

    private sealed class RawAccessor(PropertyInfo? value, PropertyInfo? data)
    {
        // The events of a stream that carry usage; the rest, most of them, are not looked into.
        private const string Start = "RawMessageStartEvent";
        private const string Delta = "RawMessageDeltaEvent";

        [UnconditionalSuppressMessage("Trimming", "IL2070", Justification = "Where trimming removed the property there is only less detail.")]
        public static RawAccessor? For(Type type)
        {
            if (type.Namespace?.StartsWith("Anthropic.", StringComparison.Ordinal) != true)
            {
                return null;
            }

            return type.Name switch
            {
                "Message" or "BetaMessage" or Start or Delta or "Beta" + Start or "Beta" + Delta =>
                    type.GetProperty("RawData") is { } data ? new RawAccessor(null, data) : null,
                "RawMessageStreamEvent" or "BetaRawMessageStreamEvent" => type.GetProperty("Value") is { } value ? new RawAccessor(value, null) : null,
                _ => null,
            };
        }

        public IReadOnlyDictionary<string, JsonElement>? Read(object raw)
        {
            if (value is not null)
            {
                return value.GetValue(raw) is { } inner && AccessorOf(inner.GetType()) is { } accessor ? accessor.Read(inner) : null;
            }

            return data?.GetValue(raw) as IReadOnlyDictionary<string, JsonElement>;
        }
    }
}
