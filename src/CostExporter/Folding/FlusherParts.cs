using Microsoft.Extensions.Logging;

namespace LlmTelemetry.CostExporter;

/// <summary>What a flusher works with.</summary>
/// <param name="Folder">What is pending.</param>
/// <param name="Store">Where it goes.</param>
/// <param name="Health">Told of failures and losses.</param>
/// <param name="Logger">Where other exporters' ends are told.</param>
/// <param name="Journal">Where it is written down meanwhile; null: nowhere.</param>
/// <param name="Replay">Finds the journals that were left behind; null: there is none.</param>
internal sealed record FlusherParts(SpendFolder Folder, ISpendStore Store, FlushHealth Health, ILogger Logger, SpendJournal? Journal, JournalReplay? Replay);
