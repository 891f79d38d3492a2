using System.Diagnostics.CodeAnalysis;
using LlmTelemetry.Instrumentation;

namespace Microsoft.Extensions.AI;

/// <summary>Tells what a tracked call cost, from its answer.</summary>
public static class UsageCostExtensions
{
    extension(ChatResponse response)
    {
        /// <summary>
        /// What the call used and cost. Where function invocation made several calls for one answer: those of the last one, or, where it is
        /// tracked from outside as well, of all of them.
        /// </summary>
        /// <returns>Null: the call was not tracked, or not with <see cref="UsageTrackingOptions.ResponseCost"/>, or this is a copy of its answer.</returns>
        public UsageCost? GetUsageCost()
        {
            ArgumentNullException.ThrowIfNull(response);
            return AnswerCosts.Of(response);
        }
    }

    extension(ChatResponseUpdate update)
    {
        /// <summary>What the call used and cost, of the last update of its stream once that was read to its end.</summary>
        /// <inheritdoc cref="extension(ChatResponse).GetUsageCost()"/>
        public UsageCost? GetUsageCost()
        {
            ArgumentNullException.ThrowIfNull(update);
            return AnswerCosts.Of(update);
        }
    }

    extension(IEnumerable<ChatResponseUpdate> updates)
    {
        /// <summary>What the call used and cost, of the updates of a stream that was read to its end.</summary>
        /// <inheritdoc cref="extension(ChatResponse).GetUsageCost()"/>
        public UsageCost? GetUsageCost()
        {
            ArgumentNullException.ThrowIfNull(updates);
            return updates.Reverse().Select(AnswerCosts.Of).FirstOrDefault(cost => cost is not null);
        }
    }

    extension<TEmbedding>(GeneratedEmbeddings<TEmbedding> embeddings)
        where TEmbedding : Embedding
    {
        /// <summary>What the call used and cost.</summary>
        /// <returns>Null: the call was not tracked, or not with <see cref="UsageTrackingOptions.ResponseCost"/>, or this is a copy of its answer.</returns>
        public UsageCost? GetUsageCost()
        {
            ArgumentNullException.ThrowIfNull(embeddings);
            return AnswerCosts.Of(embeddings);
        }
    }

#pragma warning disable MEAI001 // As experimental as the answers that they are of.
    extension(ImageGenerationResponse response)
    {
        /// <summary>What the call used and cost.</summary>
        /// <returns>Null: the call was not tracked, or not with <see cref="UsageTrackingOptions.ResponseCost"/>, or this is a copy of its answer.</returns>
        [Experimental("MEAI001")]
        public UsageCost? GetUsageCost()
        {
            ArgumentNullException.ThrowIfNull(response);
            return AnswerCosts.Of(response);
        }
    }

    extension(SpeechToTextResponse response)
    {
        /// <summary>What the call used and cost.</summary>
        /// <returns>Null: the call was not tracked, or not with <see cref="UsageTrackingOptions.ResponseCost"/>, or this is a copy of its answer.</returns>
        [Experimental("MEAI001")]
        public UsageCost? GetUsageCost()
        {
            ArgumentNullException.ThrowIfNull(response);
            return AnswerCosts.Of(response);
        }
    }

    extension(SpeechToTextResponseUpdate update)
    {
        /// <summary>What the call used and cost, of the last update of its stream once that was read to its end.</summary>
        /// <returns>Null: the call was not tracked, or not with <see cref="UsageTrackingOptions.ResponseCost"/>, or this is a copy of its answer.</returns>
        [Experimental("MEAI001")]
        public UsageCost? GetUsageCost()
        {
            ArgumentNullException.ThrowIfNull(update);
            return AnswerCosts.Of(update);
        }
    }

    extension(TextToSpeechResponse response)
    {
        /// <summary>What the call used and cost.</summary>
        /// <returns>Null: the call was not tracked, or not with <see cref="UsageTrackingOptions.ResponseCost"/>, or this is a copy of its answer.</returns>
        [Experimental("MEAI001")]
        public UsageCost? GetUsageCost()
        {
            ArgumentNullException.ThrowIfNull(response);
            return AnswerCosts.Of(response);
        }
    }

    extension(TextToSpeechResponseUpdate update)
    {
        /// <summary>What the call used and cost, of the last update of its stream once that was read to its end.</summary>
        /// <returns>Null: the call was not tracked, or not with <see cref="UsageTrackingOptions.ResponseCost"/>, or this is a copy of its answer.</returns>
        [Experimental("MEAI001")]
        public UsageCost? GetUsageCost()
        {
            ArgumentNullException.ThrowIfNull(update);
            return AnswerCosts.Of(update);
        }
    }
#pragma warning restore MEAI001
}
