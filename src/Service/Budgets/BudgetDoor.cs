using LlmTelemetry.Budgets;
using LlmTelemetry.CostExporter;

namespace LlmTelemetry.Service;

/// <summary>Opens the budgets that the applications with the same settings keep.</summary>
internal static class BudgetDoor
{
    private const string StoreVariable = "LlmTelemetry__Budgets__Store";
    private const string PrefixVariable = "LlmTelemetry__Budgets__KeyPrefix";

    public static async Task<BudgetGuard> OpenAsync(CommandContext context, string? store, CostExporterOptions options, CancellationToken cancellationToken)
    {
        if (await TryOpenAsync(context, store, options, cancellationToken).ConfigureAwait(false) is { } budgets)
        {
            return budgets;
        }

        throw StoreAddress.Parse(Where(context, store, options)).File is not null
            ? new FileNotFoundException($"There are no budgets yet in {Place(context, store, options)}. Start an application with AddBudgets, or name the store that it uses: {StoreVariable}, --store.")
            : new InvalidOperationException("Budgets in memory are their process's own: nobody else can see or change them.");
    }

    /// <returns>Null where there are none that can be reached: a file that is not there, which is not made; a process's memory.</returns>
    public static async Task<BudgetGuard?> TryOpenAsync(CommandContext context, string? store, CostExporterOptions options, CancellationToken cancellationToken)
    {
        var where = Where(context, store, options);
        var isThere = StoreAddress.Parse(where) switch
        {
            { Redis: not null } => true,
            { File: { } file } => File.Exists(BudgetLedgers.FileBeside(file)),
            _ => false,
        };
        return isThere ? await BudgetReader.OpenAsync(WithPrefix(context, options), where, cancellationToken).ConfigureAwait(false) : null;
    }

    /// <summary>Where they are, for people: what is asked before something is changed must say where that is.</summary>
    public static string Place(CommandContext context, string? store, CostExporterOptions options)
    {
        var where = StoreAddress.Parse(Where(context, store, options));
        return where.File is { } file ? "sqlite:" + Path.GetFullPath(BudgetLedgers.FileBeside(file)) : where.Place;
    }

    // Who names a ledger means the budgets beside it. With its password, which a parsed address does not print.
    private static string Where(CommandContext context, string? store, CostExporterOptions options)
    {
        if (store is not null || context.Variable(StoreVariable) is not { } own)
        {
            return store ?? options.Store;
        }

        try
        {
            _ = StoreAddress.Parse(own);
            return own;
        }
        catch (FormatException cause)
        {
            throw new ArgumentException($"{StoreVariable}: {cause.Message}", cause);
        }
    }

    // The applications' own prefix of budgets, where they have one; else that of spend.
    private static CostExporterOptions WithPrefix(CommandContext context, CostExporterOptions options)
    {
        options.KeyPrefix = context.Variable(PrefixVariable) ?? options.KeyPrefix;
        return options;
    }
}
