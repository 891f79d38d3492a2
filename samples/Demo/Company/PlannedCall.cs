namespace LlmTelemetry.Demo;

/// <summary>One call that will be made.</summary>
/// <param name="At">When.</param>
/// <param name="By">For whom.</param>
/// <param name="Feature">For what: it says provider and model.</param>
/// <param name="Input">Tokens of the prompt, those of the cache included.</param>
/// <param name="CacheRead">Of these, from the provider's cache.</param>
/// <param name="Output">Tokens of the answer, those of reasoning included.</param>
/// <param name="Reasoning">Of these, reasoning.</param>
/// <param name="IsStream">Whether it is streamed.</param>
/// <param name="ToFirstChunk">How long until the answer begins.</param>
/// <param name="Duration">How long until it ends.</param>
/// <param name="Ending">How it ends.</param>
internal sealed record PlannedCall(
    DateTimeOffset At, Person By, Feature Feature, int Input, int CacheRead, int Output, int Reasoning, bool IsStream, TimeSpan ToFirstChunk, TimeSpan Duration, Ending Ending);

/// <summary>How a call ends.</summary>
internal enum Ending
{
    Answered,

    /// <summary>The provider refuses for now: 429.</summary>
    RateLimited,

    /// <summary>The provider has too much to do: 529, 503.</summary>
    Overloaded,

    /// <summary>The provider fails: 500.</summary>
    ServerError,

    /// <summary>Nothing comes in time.</summary>
    TimedOut,

    /// <summary>The user leaves the stream.</summary>
    Abandoned,

    /// <summary>The provider's counts contradict themselves.</summary>
    Inconsistent,
}
