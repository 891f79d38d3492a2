namespace LlmTelemetry.CostExporter;

/// <summary>What a check of the store found.</summary>
/// <param name="Store">Where it is, safe to print.</param>
/// <param name="IsWritten">Whether a write just reached it and was acknowledged.</param>
/// <param name="Took">How long that took.</param>
/// <param name="Lag">Age of the oldest increment that it has not acknowledged; zero where there is none.</param>
/// <param name="IsLate">Whether that is more than three intervals, and a second: something of what is recorded does not get through.</param>
/// <param name="PendingRows">Rows that it has not acknowledged.</param>
/// <param name="Error">Why the write did not reach it; else why flushes fail at the moment; null: nothing fails.</param>
public readonly record struct StoreCheck(string Store, bool IsWritten, TimeSpan Took, TimeSpan Lag, bool IsLate, long PendingRows, string? Error);
