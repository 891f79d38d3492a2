namespace LlmTelemetry.CostExporter;

/// <summary>Takes out of a SQLite file what is to be kept no longer.</summary>
internal static class SqliteErasure
{
    /// <summary>See <see cref="ISpendStore.EraseUserAsync"/>.</summary>
    public static long EraseUser(SqliteSession session, string user) =>
        throw new NotImplementedException($"{session} {user}");

    /// <summary>See <see cref="ISpendStore.ClearAsync"/>.</summary>
    public static long Clear(SqliteSession session) =>
        throw new NotImplementedException($"{session}");

    /// <summary>See <see cref="ISpendStore.PruneAsync"/>.</summary>
    public static long Prune(SqliteSession session, SpendGrain grain, DateOnly before) =>
        throw new NotImplementedException($"{session} {grain} {before}");
}
