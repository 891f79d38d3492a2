using LlmTelemetry.CostExporter;
using LlmTelemetry.CostExporter.Stores;

namespace LlmTelemetry.Service.Tests.Exposition;

/// <summary>A store that fails while it is told to.</summary>
internal sealed class BreakableStore<TStore>(TStore store) : ISpendStore, IReceiptStore
    where TStore : ISpendStore, IReceiptStore
{
    public bool IsBroken { get; set; }

    public TimeSpan NumbersKept => store.NumbersKept;

    public TimeSpan IdsKept => store.IdsKept;

    public TimeSpan StatesKept => store.StatesKept;

    public TimeSpan DurableAfter => store.DurableAfter;

    public Task OpenAsync(CancellationToken cancellationToken) => Working().OpenAsync(cancellationToken);

    public string PartitionOf(in SpendKey key) => store.PartitionOf(in key);

    public Task<BatchReply> ApplyAsync(SpendBatch batch, CancellationToken cancellationToken) => Working().ApplyAsync(batch, cancellationToken);

    public IAsyncEnumerable<SpendAggregate> ReadAsync(SpendRead read, CancellationToken cancellationToken) => Working().ReadAsync(read, cancellationToken);

    public Task<IReadOnlyList<ExporterBeat>> ReadBeatsAsync(CancellationToken cancellationToken) => Working().ReadBeatsAsync(cancellationToken);

    public Task<string> LifeAsync(string partition, CancellationToken cancellationToken) => Working().LifeAsync(partition, cancellationToken);

    public Task<IReadOnlyList<ReceiptReply>> BookAsync(IReadOnlyList<SpendReceipt> receipts, CancellationToken cancellationToken) => Working().BookAsync(receipts, cancellationToken);

    public Task<IReadOnlyList<StoredState>> ReadStatesAsync(string partition, IReadOnlyList<string> keys, CancellationToken cancellationToken) => Working().ReadStatesAsync(partition, keys, cancellationToken);

    public Task<UsageSourceKind> ClaimAsync(string source, long hour, UsageSourceKind kind, CancellationToken cancellationToken) => Working().ClaimAsync(source, hour, kind, cancellationToken);

    public ValueTask DisposeAsync() => store.DisposeAsync();

    private TStore Working() => IsBroken ? throw new IOException("It is away.") : store;
}
