namespace LlmTelemetry.CostExporter;

/// <summary>
/// A spend store that books what is delivered from outside, by whoever and however often: rows go in together with what says that they did. Implemented
/// by the stores that the Service knows, Redis and SQLite, beside <see cref="ISpendStore"/>. Thread-safe.
/// </summary>
internal interface IReceiptStore
{
    /// <summary>How long the id of a call is remembered after the end of the call's UTC day, at least. Older calls cannot be told from new ones.</summary>
    TimeSpan IdsKept { get; }

    /// <summary>How long the state of a source is kept after it was written last, at least.</summary>
    TimeSpan StatesKept { get; }

    /// <summary>
    /// How long after its answer a booked receipt may still be lost, with a store that dies and has not written it to disk, or whose replica takes its place; zero: never.
    /// </summary>
    /// <remarks>
    /// What loses it also ends the <see cref="ReceiptReply.Life"/> of what keeps the partition. So who keeps a delivery until a reply of the same partition and the same life came this long after
    /// the reply that booked it, and books it anew where another life comes, loses nothing: what is still there is refused as known, or adds nothing to its state.
    /// </remarks>
    TimeSpan DurableAfter { get; }

    /// <summary>Asks for <see cref="ReceiptReply.Life"/> where no receipt is booked that would say it.</summary>
    Task<string> LifeAsync(string partition, CancellationToken cancellationToken);

    /// <summary>
    /// Books receipts, each in one atomic step or not at all, in no order: increments, ids and states become visible and durable together. One that
    /// was booked before is not booked again: its ids are known, or its states have changed. A call that throws may have booked any of them.
    /// </summary>
    /// <returns>One reply for each receipt, in their order.</returns>
    Task<IReadOnlyList<ReceiptReply>> BookAsync(IReadOnlyList<SpendReceipt> receipts, CancellationToken cancellationToken);

    /// <summary>Reads states; what was never written, or is forgotten, has version 0 and no content.</summary>
    /// <returns>One for each key, in their order.</returns>
    Task<IReadOnlyList<StoredState>> ReadStatesAsync(string partition, IReadOnlyList<string> keys, CancellationToken cancellationToken);

    /// <summary>
    /// Says that a source sends a form of telemetry for calls of an hour, and returns which form is booked for that hour. Decided once for each hour by whoever asks first, and never
    /// changed: the best of the one that asks and of those that were sent for the last hour before it that any was sent for.
    /// </summary>
    /// <param name="source">Letters and digits that stand for the source.</param>
    /// <param name="hour">UTC hours since 1970-01-01T00:00Z.</param>
    /// <param name="kind">The form.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task<UsageSourceKind> ClaimAsync(string source, long hour, UsageSourceKind kind, CancellationToken cancellationToken);
}

/// <summary>Rows of one partition that are booked if, and only if, none of the ids is known and each state still has the version that they were worked out from.</summary>
/// <param name="Partition">What <see cref="ISpendStore.PartitionOf"/> says of every row.</param>
/// <param name="Rows">At most <see cref="SpendBatch.MaxRows"/>; a (hour, day, key) occurs once. May be none.</param>
/// <param name="Ids">The calls that the rows are of. None occurs twice.</param>
/// <param name="States">The states that follow from the booking. No key occurs twice.</param>
internal sealed record SpendReceipt(string Partition, IReadOnlyList<SpendRow> Rows, IReadOnlyList<ReceiptId> Ids, IReadOnlyList<NextState> States);

/// <summary>A call's id, remembered with the day that it ended in.</summary>
/// <param name="Id">The id.</param>
/// <param name="Day">The UTC day.</param>
internal readonly record struct ReceiptId(Guid Id, DateOnly Day);

/// <summary>A state to be written in the place of the one of a version.</summary>
/// <param name="Key">Letters, digits, '/' and '-'; unique in its partition.</param>
/// <param name="Version">The version it was worked out from, 0 where there was none; the new one has the next number.</param>
/// <param name="Content">The new content.</param>
internal readonly record struct NextState(string Key, long Version, ReadOnlyMemory<byte> Content);

/// <summary>A state as it stands in the store.</summary>
internal readonly record struct StoredState(long Version, ReadOnlyMemory<byte> Content);

/// <summary>The store's answer to a receipt.</summary>
/// <param name="Status">What it did.</param>
/// <param name="Known">Where nothing was booked: the ids that are known already; may be empty.</param>
/// <param name="Changed">Where nothing was booked: the keys of the states that have another version now; may be empty.</param>
/// <param name="ExpiredRows">Where it was booked: increments to periods past their retention, counted here and kept nowhere.</param>
/// <param name="Life">
/// Names the life of what keeps the partition (a server's process): another text after it was restarted or another one took its place, and so may have lost what was booked within
/// <see cref="IReceiptStore.DurableAfter"/> before. It may change without that, too. Only to compare with that of other replies of the same store object.
/// </param>
internal sealed record ReceiptReply(ReceiptStatus Status, IReadOnlyList<Guid> Known, IReadOnlyList<string> Changed, int ExpiredRows = 0, string Life = "");

/// <summary>What a store did with a receipt.</summary>
internal enum ReceiptStatus
{
    /// <summary>All of it is booked now.</summary>
    Booked,

    /// <summary>Nothing was: some of it is known already, or a state has changed.</summary>
    Refused,
}
