namespace LlmTelemetry.CostExporter;

/// <summary>What a flush reached.</summary>
/// <param name="SentRows">Rows (one per hour, day and key) that the store acknowledged meanwhile.</param>
/// <param name="PendingRows">Rows that it has not acknowledged, those of calls recorded meanwhile included. They are kept, and sent again until it does.</param>
/// <param name="Error">What the store's last failure was; null when everything recorded before the call is in the store.</param>
public readonly record struct FlushResult(long SentRows, long PendingRows, string? Error);
