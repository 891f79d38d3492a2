using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.AI;

namespace LlmTelemetry.Budgets;

/// <summary>Holds room for each call of the speech to text client inside it, and settles it afterwards.</summary>
/// <param name="inner">The client; tracked.</param>
/// <param name="calls">Makes its calls.</param>
[Experimental("MEAI001")]
internal sealed class BudgetedSpeechToTextClient(ISpeechToTextClient inner, BudgetedCalls calls) : DelegatingSpeechToTextClient(inner)
{
    /// <inheritdoc/>
    public override Task<SpeechToTextResponse> GetTextAsync(Stream audioSpeechStream, SpeechToTextOptions? options = null, CancellationToken cancellationToken = default) =>
        calls.RunAsync<SpeechToTextCall, SpeechToTextResponse>(new SpeechToTextCall(InnerClient, audioSpeechStream, options), cancellationToken);

    /// <inheritdoc/>
    public override IAsyncEnumerable<SpeechToTextResponseUpdate> GetStreamingTextAsync(
        Stream audioSpeechStream, SpeechToTextOptions? options = null, CancellationToken cancellationToken = default) =>
        calls.Stream<SpeechToTextCall, SpeechToTextResponseUpdate>(() => new SpeechToTextCall(InnerClient, audioSpeechStream, options), cancellationToken);

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
