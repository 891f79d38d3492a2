using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.AI;

namespace LlmTelemetry.Instrumentation;

/// <summary>
/// Which models a session uses: they may change while it runs. Each source has its say when it says something new; the last one counts. Not thread-safe.
/// </summary>
[Experimental("MEAI001")]
internal sealed class RealtimeModels
{
    private (string? Conversation, string? Transcription) _seen;

    /// <summary>The model that answers; null: the client's own.</summary>
    public string? Conversation { get; private set; }

    /// <summary>The model that writes down what was said, which has prices of its own.</summary>
    public string? Transcription { get; private set; }

    /// <summary>Takes the session's options as they are now; what they said before is nothing new.</summary>
    public void Take(RealtimeSessionOptions? options)
    {
        var said = (Said(options?.Model), Said(options?.TranscriptionOptions?.ModelId));
        if (options is not null && said != _seen)
        {
            _seen = said;
            Say(options);
        }
    }

    /// <summary>Takes options that were sent: the session's own may show them, or not.</summary>
    public void Say(RealtimeSessionOptions options)
    {
        Conversation = Said(options.Model) ?? Conversation;
        Transcription = Said(options.TranscriptionOptions?.ModelId)
            ?? (options.SessionKind == RealtimeSessionKind.Transcription ? Said(options.Model) : null) ?? Transcription;
    }

    /// <summary>Takes what the provider says of the session.</summary>
    public void Say(string? conversation, string? transcription)
    {
        Conversation = conversation ?? Conversation;
        Transcription = transcription ?? Transcription;
    }

    private static string? Said(string? model) => string.IsNullOrWhiteSpace(model) ? null : model;
}
