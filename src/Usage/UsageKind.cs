namespace LlmTelemetry.Usage;

/// <summary>How much of a bucket is of one kind, where its price depends on that: a tool's name, an image's size and quality.</summary>
/// <param name="Bucket">The bucket; the count is part of the bucket's.</param>
/// <param name="Kind">The kind, as the price book writes it.</param>
/// <param name="Count">How many.</param>
public readonly record struct UsageKind(UsageBucket Bucket, string Kind, long Count);
