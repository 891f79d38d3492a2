using System.Diagnostics.CodeAnalysis;
using LlmTelemetry.Usage;
using Microsoft.Extensions.AI;

namespace LlmTelemetry.Budgets;

/// <summary>A call that speaks. Its text is known before, as characters and as tokens; of the audio a second must find room, and what it was is charged.</summary>
/// <param name="client">The client inside.</param>
/// <param name="text">The text.</param>
/// <param name="options">The caller's options.</param>
[Experimental("MEAI001")]
internal sealed class TextToSpeechCall(ITextToSpeechClient client, string text, TextToSpeechOptions? options)
    : BudgetedCall, ISingleCall<TextToSpeechResponse>, IStreamedCall<TextToSpeechResponseUpdate>
{
    // Of models that count audio in tokens: speech has some three tokens of text a second, and OpenAI's about twenty of audio.
    private const long AudioTokensForEachOfText = 8;

    public override AdditionalPropertiesDictionary? Properties => options?.AdditionalProperties;

    public override string? Model => options?.ModelId;

    public override CallSize Measure(CallEstimates estimates, string? model)
    {
        var characters = 0L;
        foreach (var _ in text.EnumerateRunes())
        {
            characters++;
        }

        var tokens = estimates.OfText(text, model);
        var usage = new CallUsage
        {
            [UsageBucket.Input] = estimates.Correct(model, tokens),
            [UsageBucket.OutputAudio] = Math.Min(tokens, long.MaxValue / AudioTokensForEachOfText) * AudioTokensForEachOfText,
            [UsageBucket.Character] = characters,
            [UsageBucket.AudioSecond] = 1,
        };
        return new CallSize(usage, tokens, AudioSeconds: 1);
    }

    public Task<TextToSpeechResponse> SendAsync(CancellationToken cancellationToken) => client.GetAudioAsync(text, options, cancellationToken);

    public IAsyncEnumerable<TextToSpeechResponseUpdate> Open(CancellationToken cancellationToken) => client.GetStreamingAudioAsync(text, options, cancellationToken);

    public void Read(TextToSpeechResponse answer, AnswerSeen seen) => seen.Add(answer.Contents);

    public void Read(TextToSpeechResponseUpdate update, AnswerSeen seen) => seen.Add(update.Contents);
}
