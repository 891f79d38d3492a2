namespace LlmTelemetry.CostExporter;

/// <summary>The finest row that is still kept of some calls: of an hour, or, where hours are gone, of a day.</summary>
/// <param name="Hour">The UTC hour; of a day's row the one that the day begins in.</param>
/// <param name="Day">The day in the ledger's zone.</param>
/// <param name="Key">Whose it is.</param>
/// <param name="IsOfDay">Whether it is a day's.</param>
internal readonly record struct SpendSlot(long Hour, DateOnly Day, SpendKey Key, bool IsOfDay);
