using System.Security.Cryptography;
using LlmTelemetry.Usage;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.CostExporter;

/// <summary>The call that a span tells of.</summary>
internal static class ForeignSpan
{
    /// <summary>What the span is of, as the conventions call it; null: no call to a model, or one that contains such calls, which report what it reports.</summary>
    public static string? OperationOf(SpanReading span)
    {
        var isLlm = span.Text(SpanField.OpenInferenceKind) is Foreign.OpenInferenceLlm;
        var isEmbedding = span.Text(SpanField.OpenInferenceKind) is Foreign.OpenInferenceEmbedding;
        if (span.Has(SpanField.TraceloopKind) || (span.Has(SpanField.OpenInferenceKind) && !isLlm && !isEmbedding))
        {
            return null;
        }

        var said = (span.Text(SpanField.Operation) ?? span.Text(SpanField.RequestType))?.ToLowerInvariant();
        return said switch
        {
            // Pydantic AI's run of an agent, say, with the sum of the usage of its calls.
            null when !isLlm && !isEmbedding && !span.Has(SpanField.Provider) && !span.Has(SpanField.RequestModel) && !span.Has(SpanField.ResponseModel) => null,
            _ when ForeignMetrics.IsAroundCalls(said) => null,
            Foreign.OperationEmbedding => GenAi.OperationEmbeddings,
            Foreign.OperationCompletion => GenAi.OperationTextCompletion,
            null or Foreign.OperationUnknown => isEmbedding ? GenAi.OperationEmbeddings : GenAi.OperationChat,
            _ => said,
        };
    }

    /// <summary>Whether it calls a model whatever it says of usage: the conventions' operations, said in so many words.</summary>
    public static bool IsSurelyCall(SpanReading span, string operation) =>
        (span.Has(SpanField.Operation) || span.Has(SpanField.RequestType) || span.Has(SpanField.OpenInferenceKind))
        && operation is GenAi.OperationChat or GenAi.OperationTextCompletion or GenAi.OperationGenerateContent or GenAi.OperationEmbeddings;

    /// <summary>The provider. Before the conventions settled on words, libraries wrote them with capitals.</summary>
    public static string? ProviderOf(SpanReading span) => span.IsStandard(SpanField.Provider) ? span.Text(SpanField.Provider) : span.Text(SpanField.Provider)?.ToLowerInvariant();

    /// <summary>The same for the same span, whoever delivers it.</summary>
    public static Guid IdOf(ReadOnlySpan<byte> traceId, ReadOnlySpan<byte> spanId) => new(SHA256.HashData([.. traceId, .. spanId]).AsSpan(0, 16), bigEndian: true);

    public static Attribution AttributionOf(SpanReading span, in TelemetrySource source) => new(
        span.Text(SpanField.User) ?? span.Text(SpanField.UserHash),
        span.Text(SpanField.Tenant),
        span.Text(SpanField.Feature),
        span.Text(SpanField.Conversation),
        span.Text(SpanField.Session),
        span.Text(SpanField.Tier),
        Client: span.Text(SpanField.Client) ?? source.Client,
        Environment: span.Text(SpanField.Environment) ?? source.Environment,
        IsUserHashed: !span.Has(SpanField.User) && span.Has(SpanField.UserHash));

    public static CallOutcome OutcomeOf(SpanReading span, bool isError) =>
        CallWords.TryParse(span.Text(SpanField.Outcome), out CallOutcome said) ? said : isError || span.Has(SpanField.ErrorType) ? CallOutcome.Failed : CallOutcome.Completed;

    /// <summary>The price of the model that answered, else of the one asked for; where the book has none, what the provider itself told. Null: not known.</summary>
    public static Cost? CostOf(SpanReading span, UsageRecord call, PriceBook prices, out CostQuality quality)
    {
        quality = call.Usage is null ? CostQuality.Unmeasured : CostQuality.Unpriced;
        if (call.Usage is { } usage)
        {
            foreach (var model in new[] { call.Model, call.RequestModel })
            {
                if (model is not null && prices.TryQuote(call.Provider, model, in usage, call.EndedAt, call.ServiceTier, null, out var cost))
                {
                    quality = QualityOf(span, call, model, prices);
                    return cost;
                }
            }
        }

        return ToldCost(span, ref quality);
    }

    private static CostQuality QualityOf(SpanReading span, UsageRecord call, string model, PriceBook prices)
    {
        if (CallWords.TryParse(span.Text(SpanField.Quality), out CostQuality said) && said is CostQuality.Reported or CostQuality.Partial or CostQuality.Estimated)
        {
            return said;
        }

        // What is priced apart and not told apart is priced as what it is a part of.
        return !span.Has(SpanField.Input) || (!span.Has(SpanField.Output) && call.Operation != GenAi.OperationEmbeddings)
            || (!span.Has(SpanField.CacheRead) && prices.PricesApart(call.Provider, model, UsageBucket.CacheRead))
            || (!span.Has(SpanField.CacheWrite) && prices.PricesApart(call.Provider, model, UsageBucket.CacheWrite5m))
            ? CostQuality.Estimated
            : CostQuality.Reported;
    }

    // What a library worked out is worth no more than nothing: of a model that it does not know either, many say 0.
    private static Cost? ToldCost(SpanReading span, ref CostQuality quality)
    {
        if (span.Text(SpanField.CostSource) is not GenAi.CostSourceProvider || span.Text(SpanField.CostCurrency) is not (null or Cost.Currency)
            || span.Pico(SpanField.CostAmount) is not { } amount)
        {
            return null;
        }

        var cost = new Cost("", "", PriceVersions.Reported);
        cost.Add(UsageBucket.Request, 1, Cost.ToUsd(amount));
        quality = CostQuality.Reported;
        return cost;
    }
}
