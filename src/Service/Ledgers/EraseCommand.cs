using System.CommandLine;
using LlmTelemetry.CostExporter;
using LlmTelemetry.Usage;

namespace LlmTelemetry.Service;

/// <summary><c>llmtelemetry erase</c>: takes a user out of records, sums, lists, sessions and budgets.</summary>
internal sealed class EraseCommand : StoreCommand
{
    private readonly Option<string> _user;
    private readonly Option<bool> _yes;
    private readonly FormatOption _format;

    public EraseCommand(CommandContext context)
        : this(
            context,
            new Option<string>("--user") { Description = "The user's id as it is kept: its hash where ids are hashed.", HelpName = "id", Required = true },
            Consent.Option(),
            FormatOption.TextOrJson())
    {
    }

    private EraseCommand(CommandContext context, Option<string> user, Option<bool> yes, FormatOption format)
        : base("erase", "Takes a user out of the ledger: records, sessions and budgets are deleted, what was spent stays in every total under _erased.", context, user, yes, format)
    {
        _user = user;
        _yes = yes;
        _format = format;
    }

    protected override async Task<int> RunAsync(ParseResult arguments, CostExporterOptions options, CancellationToken cancellationToken)
    {
        var user = Attribution.Clean(arguments.GetValue(_user))!;
        if (user == ErasedUser.Name)
        {
            throw new ArgumentException($"{user} is who erased users became: it is nobody.");
        }

        if (await Consent.AskAsync(arguments, _yes, Context, $"the user '{user}' is erased from {StoreAddress.Parse(options.Store).Place}.", cancellationToken).ConfigureAwait(false) is { } exitCode)
        {
            return exitCode;
        }

        // Records first: should the rest fail, it is found again by its name.
        var records = await RecordsAsync(options, user, cancellationToken).ConfigureAwait(false);
        var (counters, overrides) = await BudgetsAsync(Store(arguments), options, user, cancellationToken).ConfigureAwait(false);
        var rows = await RowsAsync(options, user, isNeeded: counters + overrides == 0, cancellationToken).ConfigureAwait(false);
        await arguments.InvocationConfiguration.Output.WriteAsync(
            _format.IsJson(arguments) ? Json(user, rows, records, counters, overrides) : Text(user, rows, records, counters, overrides)).ConfigureAwait(false);
        return CommandLine.Ok;
    }

    private static string Text(string user, long rows, long records, int counters, int overrides)
    {
        var ofBudgets = counters + overrides == 0 ? "" : FormattableString.Invariant($", {counters} counters and {overrides} overrides of budgets");
        return records == 0 && rows == 0 && ofBudgets.Length == 0
            ? $"There was nothing of the user '{user}'.\n"
            : FormattableString.Invariant($"The user '{user}' is erased: {rows} rows and sessions, {records} records{ofBudgets}.\n");
    }

    private static string Json(string user, long rows, long records, int counters, int overrides) => CommandJson.Object(json =>
    {
        json.WriteString("user", user);
        json.WriteNumber("rows", rows);
        json.WriteNumber("records", records);
        json.WriteNumber("budget_counters", counters);
        json.WriteNumber("budget_overrides", overrides);
    });

    // An application may keep budgets alone.
    private static async Task<long> RowsAsync(CostExporterOptions options, string user, bool isNeeded, CancellationToken cancellationToken)
    {
        try
        {
            var (store, _) = await LedgerStore.OpenAsync(options, cancellationToken).ConfigureAwait(false);
            await using (store.ConfigureAwait(false))
            {
                return await store.EraseUserAsync(user, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception cause) when (!isNeeded && cause is FileNotFoundException or KeyNotFoundException)
        {
            return 0;
        }
    }

    private async Task<(int Counters, int Overrides)> BudgetsAsync(string? named, CostExporterOptions options, string user, CancellationToken cancellationToken)
    {
        if (await BudgetDoor.TryOpenAsync(Context, named, options, cancellationToken).ConfigureAwait(false) is not { } budgets)
        {
            return default;
        }

        await using (budgets.ConfigureAwait(false))
        {
            return await budgets.EraseUserAsync(user, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task<long> RecordsAsync(CostExporterOptions options, string user, CancellationToken cancellationToken)
    {
        if (await RecordsDoor.TryOpenAsync(options, cancellationToken).ConfigureAwait(false) is not { } records)
        {
            return 0;
        }

        await using (records.ConfigureAwait(false))
        {
            return await records.EraseUserAsync(user, cancellationToken).ConfigureAwait(false);
        }
    }
}
