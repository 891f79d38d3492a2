namespace LlmTelemetry.CostExporter.Stores;

/// <summary>What an operator should know of a store.</summary>
/// <param name="Kind">What it is, with its version: <c>Redis 7.0.15</c>, <c>SQLite 3.46.1</c>.</param>
/// <param name="Clock">What time it is there; null: it has no clock of its own.</param>
/// <param name="Schema">The schema that it is written in.</param>
/// <param name="TimeZone">The zone of its days.</param>
/// <param name="Bytes">How much it holds; null: it does not say.</param>
/// <param name="Concerns">What should be changed there, each as a sentence that says what to do.</param>
public sealed record StoreStatus(string Kind, DateTimeOffset? Clock, string? Schema, string? TimeZone, long? Bytes, IReadOnlyList<string> Concerns);
