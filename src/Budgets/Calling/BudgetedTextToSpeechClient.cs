using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.AI;

namespace LlmTelemetry.Budgets;

/// <summary>Holds room for each call of the text to speech client inside it, and settles it afterwards.</summary>
/// <param name="inner">The client; tracked.</param>
/// <param name="calls">Makes its calls.</param>
[Experimental("MEAI001")]
internal sealed class BudgetedTextToSpeechClient(ITextToSpeechClient inner, BudgetedCalls calls) : DelegatingTextToSpeechClient(inner)
{
    /// <inheritdoc/>
    public override Task<TextToSpeechResponse> GetAudioAsync(string text, TextToSpeechOptions? options = null, CancellationToken cancellationToken = default) => text is null
        ? InnerClient.GetAudioAsync(text!, options, cancellationToken)
        : calls.RunAsync<TextToSpeechCall, TextToSpeechResponse>(new TextToSpeechCall(InnerClient, text, options), cancellationToken);

    /// <inheritdoc/>
    public override IAsyncEnumerable<TextToSpeechResponseUpdate> GetStreamingAudioAsync(
        string text, TextToSpeechOptions? options = null, CancellationToken cancellationToken = default) => text is null
        ? InnerClient.GetStreamingAudioAsync(text!, options, cancellationToken)
        : calls.Stream<TextToSpeechCall, TextToSpeechResponseUpdate>(() => new TextToSpeechCall(InnerClient, text, options), cancellationToken);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            calls.Dispose();
        }

        base.Dispose(disposing);
    }
}
