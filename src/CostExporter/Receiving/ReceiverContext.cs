using Microsoft.Extensions.Logging;

namespace LlmTelemetry.CostExporter;

/// <summary>What all lanes of one receiver share.</summary>
/// <param name="Store">The store, within its time limit.</param>
/// <param name="Receipts">The same store.</param>
/// <param name="Rules">What rows are made by.</param>
/// <param name="States">States that need not be read again.</param>
/// <param name="Gate">Told when nobody holds what was let in any more.</param>
/// <param name="Options">Prices, markup, clock.</param>
/// <param name="Limits">The limits.</param>
/// <param name="Random">For the pauses.</param>
/// <param name="Logger">Told of what people must know.</param>
/// <param name="Restarted">Told when a store may have lost what it acknowledged.</param>
/// <param name="Stopping">Cancelled when the receiver ends.</param>
internal sealed record ReceiverContext(
    TimedStore Store,
    IReceiptStore Receipts,
    RowRules Rules,
    RecentCache<StateAddress, HeldState> States,
    ReceiverGate Gate,
    CostExporterOptions Options,
    ReceiverLimits Limits,
    Random Random,
    ILogger Logger,
    Action Restarted,
    CancellationToken Stopping)
{
    public Task<T> CallAsync<T>(Func<IReceiptStore, CancellationToken, Task<T>> call) => Store.CallAsync(token => call(Receipts, token), Stopping);
}
