namespace LlmTelemetry.CostExporter;

/// <summary>What all lanes of one exporter share.</summary>
/// <param name="Health">Told of failures and losses.</param>
/// <param name="Time">The clock.</param>
/// <param name="Chance">0 to 1, for the pauses.</param>
/// <param name="InFlight">Bounds the batches under way in all partitions together.</param>
/// <param name="PendingRows">Rows of the whole exporter that are not acknowledged.</param>
/// <param name="CountSent">Told how many rows were acknowledged.</param>
/// <param name="Renumbered">Told, before any of them is sent, that a lane's batches have other numbers now.</param>
/// <param name="Stopping">Cancelled when sending must end.</param>
internal sealed record LaneContext(
    FlushHealth Health,
    TimeProvider Time,
    Func<double> Chance,
    SemaphoreSlim InFlight,
    Func<long> PendingRows,
    Action<long> CountSent,
    Action Renumbered,
    CancellationToken Stopping);
