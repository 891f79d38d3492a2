namespace LlmTelemetry.CostExporter;

/// <summary>What became of records that were imported.</summary>
/// <param name="Read">Records in the input.</param>
/// <param name="Added">Those that were not there yet.</param>
/// <param name="Booked">Those that were added to the ledger's sums; 0 where that was not asked for.</param>
/// <param name="Expired">Increments of periods that the ledger keeps no more: their calls are in no sum of that kind.</param>
public sealed record ImportResult(long Read, long Added, long Booked, long Expired);
