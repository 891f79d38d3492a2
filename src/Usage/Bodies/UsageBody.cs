using System.Text;
using System.Text.Json;

namespace LlmTelemetry.Usage;

/// <summary>
/// What a provider's own answer, the JSON that came over the wire, says of its usage, in disjoint buckets, and what else its price hangs on.
/// Immutable. docs/prices.md, "Reading usage", has the rules.
/// </summary>
public sealed class UsageBody
{
    private readonly CallUsage _usage;

    internal UsageBody(in CallUsage usage) => _usage = usage;

    /// <summary>What the call used; meaningless unless <see cref="HasUsage"/>.</summary>
    public ref readonly CallUsage Usage => ref _usage;

    /// <summary>Whether the body reports any usage; false: it reports none, which is not 0.</summary>
    public bool HasUsage => !_usage.IsEmpty;

    /// <summary>What is wrong with the counts; the buckets are never negative all the same.</summary>
    public UsageIssue Issue { get; init; }

    /// <summary>The model that answered. Null where the body does not say, as on Bedrock.</summary>
    public string? Model { get; init; }

    /// <summary>The provider's id of the answer. Null where the body has none.</summary>
    public string? ResponseId { get; init; }

    /// <summary>The service tier that the provider says it used: <c>batch</c>, <c>flex</c>, <c>priority</c>, <c>fast</c> ... Null where it does not say.</summary>
    public string? ServiceTier { get; init; }

    /// <summary>Where the call ran, as far as the body says (Anthropic's <c>inference_geo</c>). Null where it does not.</summary>
    public string? Region { get; init; }

    /// <summary>What the provider says that it charges, in USD (OpenRouter, xAI, Perplexity). Null where it does not say.</summary>
    public decimal? ReportedCost { get; init; }

    /// <summary>Reads a whole answer, only its usage object, or a stream: server-sent events, JSON lines, or a JSON array of events.</summary>
    /// <param name="provider">As <c>gen_ai.provider.name</c> says it, or any other name for it. Decides only where the shape of the body leaves it open; null will do.</param>
    /// <param name="json">The text. The end of a stream may be missing: what was reported until then counts.</param>
    /// <exception cref="FormatException">The text is no JSON. A body without usage is no error.</exception>
    public static UsageBody Read(string? provider, string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        return Read(provider, Encoding.UTF8.GetBytes(json).AsMemory());
    }

    /// <param name="provider">As <c>gen_ai.provider.name</c> says it, or any other name for it. Decides only where the shape of the body leaves it open; null will do.</param>
    /// <param name="utf8Json">The text, in UTF-8. The end of a stream may be missing: what was reported until then counts.</param>
    /// <inheritdoc cref="Read(string?, string)"/>
    public static UsageBody Read(string? provider, ReadOnlyMemory<byte> utf8Json)
    {
        var reader = new UsageBodyReader(provider);
        try
        {
            BodyText.ForEach(utf8Json.Span, reader.Add);
        }
        catch (JsonException cause)
        {
            throw new FormatException($"The body is no valid JSON: {cause.Message}", cause);
        }

        return reader.ToBody();
    }

    /// <param name="provider">As <c>gen_ai.provider.name</c> says it, or any other name for it. Decides only where the shape of the body leaves it open; null will do.</param>
    /// <param name="json">The answer, its usage object, or an array of a stream's events.</param>
    /// <inheritdoc cref="Read(string?, string)"/>
    public static UsageBody Read(string? provider, JsonElement json)
    {
        var reader = new UsageBodyReader(provider);
        reader.Add(json);
        return reader.ToBody();
    }
}
