namespace Amazon.BedrockRuntime.Model;

/// <summary>As much of the AWS SDK's ConverseResponse as the tests need; its package is not on the default feed.</summary>
internal sealed class ConverseResponse
{
    public ServiceTier? ServiceTier { get; init; }
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
