using LlmTelemetry.CostExporter;

namespace LlmTelemetry.Budgets;

/// <summary>Makes the ledger that an address names; nothing is connected or opened yet.</summary>
internal static class BudgetLedgers
{
    /// <param name="address">Where spend is kept. Budgets stand in the same Redis; beside a SQLite file, in one of their own, so that neither waits for the other.</param>
    /// <param name="keyPrefix">Starts every key in Redis.</param>
    /// <param name="timeout">Time limit of each operation.</param>
    /// <param name="time">The clock of that limit; of a file and of memory also the store's.</param>
    public static IBudgetLedger Open(StoreAddress address, string keyPrefix, TimeSpan timeout, TimeProvider time) => address switch
    {
        { Redis: { } redis } => new RedisBudgetLedger(redis, keyPrefix, timeout, time),
        { File: { } file } => new SqliteBudgetLedger(FileBeside(file), timeout, time),
        _ => new MemoryBudgetLedger(time),
    };

    /// <summary><c>llm.budgets.db</c> beside <c>llm.db</c>.</summary>
    internal static string FileBeside(string file)
    {
        var extension = Path.GetExtension(file);
        return file[..^extension.Length] + ".budgets" + extension;
    }
}
