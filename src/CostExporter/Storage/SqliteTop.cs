namespace LlmTelemetry.CostExporter;

/// <summary>Reads the lists of what costs the most.</summary>
internal static class SqliteTop
{
    /// <summary>See <see cref="ISpendStore.ReadTopAsync"/>.</summary>
    public static IReadOnlyList<SpendAggregate>? Read(SqliteSession session, SpendPeriods periods, TopRead read, CancellationToken stop) =>
        throw new NotImplementedException($"{session} {periods} {read} {stop}");
}
