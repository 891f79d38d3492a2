using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Text.Json;
using LlmTelemetry.Usage;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.Instrumentation;

/// <summary>
/// What only the provider's own answer tells: which part of a cache write lives for an hour (twice the price), the service tier, fast mode and
/// region, and, of a stream that is cut, the usage that the provider sent at its start. Read from <c>RawRepresentation</c> without referencing the SDK.
/// </summary>
/// <remarks>
/// Knows Anthropic's wire format, by the JSON that its SDK's objects keep in <c>RawData</c>. Where trimming removed that property, or for
/// another object, there is nothing here and the adapter's own counts stand alone.
/// </remarks>
internal sealed class RawUsage
{
    private static readonly ConcurrentDictionary<Type, RawAccessor?> Accessors = new();

    // Knows which counts of a stream take the place of others, and adds the answers where a client inside makes several calls for one stream.
    private readonly UsageBodyReader _reader = new(Providers.Anthropic);
    private UsageBody? _body;

    /// <summary>What the answer says so far.</summary>
    public UsageBody Body => _body ??= _reader.ToBody();

    public static bool IsReadable(object raw) => AccessorOf(raw.GetType()) is not null;

    /// <summary>Reads a whole answer, or one event of a stream.</summary>
    public void Read(object raw)
    {
        if (AccessorOf(raw.GetType())?.Read(raw) is not { } data)
        {
            return;
        }

        if (data.TryGetValue("message", out var message) || data.TryGetValue("usage", out message))
        {
            _reader.Add(message);
            _body = null;
        }
    }

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
