namespace LlmTelemetry.CostExporter;

/// <summary>Says what an operator should know of a SQLite file.</summary>
internal static class SqliteStatus
{
    /// <summary>See <see cref="ISpendStore.StatusAsync"/>.</summary>
    public static StoreStatus? Read(SqliteSession session, string? path) =>
        throw new NotImplementedException($"{session} {path}");
}
