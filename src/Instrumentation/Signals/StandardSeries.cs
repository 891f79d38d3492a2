using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.Instrumentation;

/// <summary>What tells one series of the standard metrics from another.</summary>
internal readonly record struct StandardKey(string Operation, string? Provider, string? RequestModel, string? ResponseModel);

/// <summary>A series of the standard metrics. Those of ours that have the same standard attributes share it.</summary>
internal sealed class StandardSeries
{
    private readonly PointCount _points;
    private TokenSums? _tokens;

    public StandardSeries(in StandardKey key, PointCount points)
    {
        _points = points;

        // The operation goes first. A tag without a value would be another series than none.
        List<KeyValuePair<string, object?>> tags = [new(GenAi.OperationName, key.Operation)];
        foreach (var (name, value) in ((string, string?)[])[(GenAi.ProviderName, key.Provider), (GenAi.RequestModel, key.RequestModel), (GenAi.ResponseModel, key.ResponseModel)])
        {
            if (value is not null)
            {
                tags.Add(new(name, value));
            }
        }

        Tags = [.. tags];
        InputTags = [.. tags, new(GenAi.TokenType, GenAi.TokenTypeInput)];
        OutputTags = [.. tags, new(GenAi.TokenType, GenAi.TokenTypeOutput)];
    }

    public KeyValuePair<string, object?>[] Tags { get; }

    public KeyValuePair<string, object?>[] InputTags { get; }

    public KeyValuePair<string, object?>[] OutputTags { get; }

    /// <summary>Null until something was added.</summary>
    public TokenSums? Tokens => Volatile.Read(ref _tokens);

    /// <summary>The sums, made where there are none: only the newest conventions have counters.</summary>
    public TokenSums TokensToAdd => Tokens ?? Interlocked.CompareExchange(ref _tokens, new TokenSums(Tags, _points), null) ?? _tokens;

    public KeyValuePair<string, object?>[] TagsOf(string? errorType) => errorType is null ? Tags : [.. Tags, new(Attributes.ErrorType, errorType)];
}
