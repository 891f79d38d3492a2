namespace Amazon.BedrockRuntime.Model;

/// <summary>As much of the AWS SDK's ConverseResponse as the tests need; its package is not on the default feed.</summary>
internal sealed class ConverseResponse
{
    public ServiceTier? ServiceTier { get; init; }

    public TokenUsage? Usage { get; init; }
}

internal sealed class TokenUsage
{
    public List<CacheDetail>? CacheDetails { get; init; }
}

internal sealed class CacheDetail
{
    public int? InputTokens { get; init; }

    public CacheTTL? Ttl { get; init; }
}

internal sealed class CacheTTL(string value)
{
    public override string ToString() => value;
}

internal sealed class ServiceTier
{
    public ServiceTierType? Type { get; init; }
}

/// <summary>The SDK's constants are objects whose text is their value.</summary>
internal sealed class ServiceTierType(string value)
{
    public override string ToString() => value;
}
