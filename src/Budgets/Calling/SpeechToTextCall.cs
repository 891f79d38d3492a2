using System.Diagnostics.CodeAnalysis;
using LlmTelemetry.Usage;
using Microsoft.Extensions.AI;

namespace LlmTelemetry.Budgets;

/// <summary>A call that hears. How long the audio is nobody knows before: a second must find room, and what it was is charged.</summary>
/// <param name="client">The client inside.</param>
/// <param name="audio">The audio.</param>
/// <param name="options">The caller's options.</param>
[Experimental("MEAI001")]
internal sealed class SpeechToTextCall(ISpeechToTextClient client, Stream audio, SpeechToTextOptions? options)
    : BudgetedCall, ISingleCall<SpeechToTextResponse>, IStreamedCall<SpeechToTextResponseUpdate>
{
    // Of models that count audio in tokens.
    private const long TokensOfASecond = 32;

    public override AdditionalPropertiesDictionary? Properties => options?.AdditionalProperties;

    public override string? Model => options?.ModelId;

    public override CallSize Measure(CallEstimates estimates, string? model) =>
        new(new CallUsage { [UsageBucket.InputAudio] = TokensOfASecond, [UsageBucket.InputAudioSecond] = 1 }, AudioSeconds: 1);

    public Task<SpeechToTextResponse> SendAsync(CancellationToken cancellationToken) => client.GetTextAsync(audio, options, cancellationToken);

    public IAsyncEnumerable<SpeechToTextResponseUpdate> Open(CancellationToken cancellationToken) => client.GetStreamingTextAsync(audio, options, cancellationToken);

    public void Read(SpeechToTextResponse answer, AnswerSeen seen) => seen.Add(answer.Contents);

    public void Read(SpeechToTextResponseUpdate update, AnswerSeen seen) => seen.Add(update.Contents);
}
