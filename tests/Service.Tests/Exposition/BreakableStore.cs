using LlmTelemetry.CostExporter.Stores;

namespace LlmTelemetry.Service.Tests.Exposition;

/// <summary>A store that fails while it is told to.</summary>
internal sealed class BreakableStore(ISpendStore store) : ISpendStore
{
    public bool IsBroken { get; set; }

    public TimeSpan NumbersKept => store.NumbersKept;

    public Task OpenAsync(CancellationToken cancellationToken) => Working().OpenAsync(cancellationToken);

    public string PartitionOf(in SpendKey key) => store.PartitionOf(in key);

    public Task<BatchReply> ApplyAsync(SpendBatch batch, CancellationToken cancellationToken) => Working().ApplyAsync(batch, cancellationToken);

    public IAsyncEnumerable<SpendAggregate> ReadAsync(SpendRead read, CancellationToken cancellationToken) => Working().ReadAsync(read, cancellationToken);

    public Task<IReadOnlyList<ExporterBeat>> ReadBeatsAsync(CancellationToken cancellationToken) => Working().ReadBeatsAsync(cancellationToken);

    public ValueTask DisposeAsync() => store.DisposeAsync();

    private ISpendStore Working() => IsBroken ? throw new IOException("It is away.") : store;
}
