namespace LlmTelemetry.CostExporter;

/// <summary>
/// Adds imported records to the ledger's sums. Each is a batch of its own, the first one of an exporter that is named by the record's id: so the store itself,
/// in the step that adds it, sees to it that it counts once, as long as it remembers the numbers of batches (docs/records.md).
/// </summary>
/// <param name="open">The ledger's store, open for writing.</param>
/// <param name="zone">The zone of its days.</param>
/// <param name="options">What rows are kept apart by, and the clock.</param>
internal sealed class RecordBooking(Func<CancellationToken, Task<ISpendStore>> open, TimeZoneInfo zone, CostExporterOptions options)
{
    // Enough to hide the round trips.
    private const int AtOnce = 32;

    private readonly SpendFolder _folder = new(zone, options.TimeProvider, kept: new DimensionSet(options.Dimensions, options.Tags));

    /// <returns>How many records were not booked before, and the increments that came too late for their periods.</returns>
    public async Task<(long Booked, long Expired)> BookAsync(IReadOnlyList<UsageRecord> records, CancellationToken cancellationToken)
    {
        var store = await open(cancellationToken).ConfigureAwait(false);
        long booked = 0, expired = 0;
        foreach (var some in records.Chunk(AtOnce))
        {
            var batches = Array.ConvertAll(some, record => BatchOf(record, store));
            foreach (var reply in await Task.WhenAll(batches.Select(batch => store.ApplyAsync(batch, cancellationToken))).ConfigureAwait(false))
            {
                booked += reply.Status == BatchStatus.Applied ? 1 : 0;
                expired += reply.ExpiredRows;
            }
        }

        return (booked, expired);
    }

    private SpendBatch BatchOf(UsageRecord record, ISpendStore store)
    {
        var call = record.ToEvent();
        _folder.Record(in call);
        var rows = _folder.Drain(out _);
        return new SpendBatch($"import-{record.Id:N}", store.PartitionOf(rows[0].Key), 1, rows);
    }
}
