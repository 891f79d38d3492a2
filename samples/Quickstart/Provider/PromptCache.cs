using System.Collections.Concurrent;

namespace LlmTelemetry.Quickstart;

/// <summary>The provider's prompt cache: per model, a marked prefix is written once and read from then on.</summary>
internal sealed class PromptCache
{
    private readonly ConcurrentDictionary<(string Model, string Prefix), bool> _written = new();

    /// <summary>What the call used, given what the cache holds by now.</summary>
    public TokenCounts Count(MessagesRequest request, Answer answer)
    {
        if (request.CachedPrefix is not { } prefix)
        {
            return new(answer.Input + answer.Cached, answer.Output, 0, 0, 0);
        }

        if (!_written.TryAdd((request.Model, prefix), true))
        {
            return new(answer.Input, answer.Output, answer.Cached, 0, 0);
        }

        return request.CacheForOneHour
            ? new(answer.Input, answer.Output, 0, 0, answer.Cached)
            : new(answer.Input, answer.Output, 0, answer.Cached, 0);
    }
}
