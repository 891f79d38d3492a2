using Microsoft.Extensions.AI;

namespace LlmTelemetry.Instrumentation;

/// <summary>How much text a call sends, counted as it is sent; made only where usage that is not reported is to be estimated.</summary>
internal sealed class PromptText(Instruments instruments)
{
    // Written before the call is made, read when it is over.
    private long _tokens;

    public long Tokens => Volatile.Read(ref _tokens);

    /// <summary>Counts what the client inside is about to get.</summary>
    /// <returns>What it should get: a sequence that is no collection may be walked only once, so this walks it and hands on a copy.</returns>
    public IEnumerable<ChatMessage> Count(IEnumerable<ChatMessage> messages, ChatOptions? options)
    {
        // What the caller's own sequence throws is for the caller, as it would be without us.
        var sent = messages is null or ICollection<ChatMessage> or IReadOnlyCollection<ChatMessage> ? messages : [.. messages];
        try
        {
            var text = new TextCount();
            text.Add(options?.Instructions);
            foreach (var message in sent ?? [])
            {
                text.Add(message.Contents);
            }

            Volatile.Write(ref _tokens, text.Tokens);
        }
        catch (Exception cause) // Messages of somebody's own making.
        {
            instruments.Failed("the text of a prompt", cause);
        }

        return sent!;
    }
}
