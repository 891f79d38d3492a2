using LlmTelemetry.Usage;
using Microsoft.Extensions.AI;

namespace LlmTelemetry.Instrumentation;

/// <summary>What a call asks for.</summary>
/// <param name="Operation"><c>gen_ai.operation.name</c>.</param>
/// <param name="Model">The model that the call names; null: the client's own.</param>
/// <param name="Properties">The call's additional properties, our keys among them.</param>
/// <param name="IsStreaming">Whether the answer comes in updates.</param>
/// <param name="ConversationId">The provider's conversation that the call continues.</param>
/// <param name="Options">What else a chat asks for, for its span.</param>
/// <param name="Prompt">What the call sends, counted; null: nothing is estimated.</param>
/// <param name="Sent">What the reader of the answer needs of the request, where the provider bills by that; a <see cref="SentDetails"/> where its span tells of it.</param>
/// <param name="IsFree">Whether the call costs nothing unless the price book has a fee under the operation's name.</param>
/// <param name="Said">What the application says of a call that it makes itself.</param>
internal readonly record struct CallRequest(
    string Operation,
    string? Model,
    AdditionalPropertiesDictionary? Properties = null,
    bool IsStreaming = false,
    string? ConversationId = null,
    ChatOptions? Options = null,
    PromptText? Prompt = null,
    object? Sent = null,
    bool IsFree = false,
    MeteredCall? Said = null);

/// <summary>What a call's span tells of what was sent.</summary>
/// <param name="tags">Attributes; null: nobody listens.</param>
internal class SentDetails(KeyValuePair<string, object?>[]? tags)
{
    public KeyValuePair<string, object?>[]? Tags { get; } = tags;
}

/// <summary>What is known when a call starts.</summary>
internal readonly struct StartedCall
{
    public required string Operation { get; init; }

    public string? RequestModel { get; init; }

    /// <summary>The provider's conversation that the call continues.</summary>
    public string? ConversationId { get; init; }

    /// <summary>The service tier that the call asks for; null: it does not say.</summary>
    public string? ServiceTier { get; init; }

    /// <inheritdoc cref="CallRequest.IsFree"/>
    public bool IsFree { get; init; }

    /// <summary>Where the provider runs the call, as far as the application says; null: it does not.</summary>
    public string? Region { get; init; }

    public Attribution Attribution { get; init; }

    public CallSpan Span { get; init; }

    public CallFrame? Frame { get; init; }

    /// <summary>False: the call is let through and nothing is said of it.</summary>
    public bool IsTracked { get; init; }

    /// <summary>Whether it was counted before, without its usage, which is booked now.</summary>
    public bool IsCounted { get; init; }
}

/// <summary>How a call ended.</summary>
/// <param name="Outcome">Completed, or not.</param>
/// <param name="Duration">What the provider took.</param>
/// <param name="Elapsed">From start to end; longer where the consumer of a stream took time of its own.</param>
/// <param name="TimeToFirstChunk">Of a stream.</param>
/// <param name="Error">What failed, if it did.</param>
/// <param name="Answer">What the caller was given, the last update of a stream: the call's cost is put beside it.</param>
/// <param name="Said">What the application says of a call that it makes itself, with what it read in the answer.</param>
/// <param name="IsUsageWhole">Whether the usage is all there is although the call was not completed: the provider itself says how an answer ended.</param>
internal readonly record struct CallEnd(
    CallOutcome Outcome,
    TimeSpan Duration,
    TimeSpan Elapsed,
    TimeSpan? TimeToFirstChunk = null,
    Exception? Error = null,
    object? Answer = null,
    MeteredCall? Said = null,
    bool IsUsageWhole = false);

/// <summary>What the price of a call hangs on beside its usage.</summary>
internal readonly record struct CallTerms(string? ServiceTier, string? Region, DateTimeOffset When);
