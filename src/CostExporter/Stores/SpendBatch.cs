namespace LlmTelemetry.CostExporter.Stores;

/// <summary>
/// A numbered batch of increments. The store applies it and remembers its number in one atomic step, and takes only the number after
/// the last one of the same instance and partition: so a batch whose answer was lost is sent again, unchanged, and counts once.
/// </summary>
/// <param name="Instance">Unique for this exporter's life: letters, digits and hyphens.</param>
/// <param name="Partition">What <see cref="ISpendStore.PartitionOf"/> says of every row in it.</param>
/// <param name="Number">1, 2, 3 ... in each partition.</param>
/// <param name="Rows">
/// At most <see cref="MaxRows"/>; a (hour, day, key) occurs once. Never changed any more. None, in the batches of health checks: then the number alone is kept.
/// </param>
public sealed record SpendBatch(string Instance, string Partition, long Number, IReadOnlyList<SpendRow> Rows)
{
    /// <summary>The most rows of a batch.</summary>
    // 200 rows keep one script under 10 ms (facts/measurements.md section 3).
    public const int MaxRows = 200;
}
