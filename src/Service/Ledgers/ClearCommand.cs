using System.CommandLine;
using System.Globalization;
using LlmTelemetry.CostExporter;

namespace LlmTelemetry.Service;

/// <summary><c>llmtelemetry clear</c>: deletes everything.</summary>
internal sealed class ClearCommand : StoreCommand
{
    private readonly Option<bool> _yes;
    private readonly FormatOption _format;

    public ClearCommand(CommandContext context)
        : this(context, Consent.Option(), FormatOption.TextOrJson())
    {
    }

    private ClearCommand(CommandContext context, Option<bool> yes, FormatOption format)
        : base("clear", "Deletes the whole ledger: records, sums, lists and sessions.", context, yes, format) => (_yes, _format) = (yes, format);

    protected override async Task<int> RunAsync(ParseResult arguments, CostExporterOptions options, CancellationToken cancellationToken)
    {
        if (await Consent.AskAsync(arguments, _yes, Context, $"everything in {StoreAddress.Parse(options.Store).Place} is deleted.", cancellationToken).ConfigureAwait(false) is { } exitCode)
        {
            return exitCode;
        }

        var deleted = 0L;
        if (await RecordsDoor.TryOpenAsync(options, cancellationToken).ConfigureAwait(false) is { } records)
        {
            await using (records.ConfigureAwait(false))
            {
                deleted = await records.ClearAsync(cancellationToken).ConfigureAwait(false);
            }
        }

        var (store, _) = await LedgerStore.OpenAsync(options, cancellationToken).ConfigureAwait(false);
        await using (store.ConfigureAwait(false))
        {
            await store.ClearAsync(cancellationToken).ConfigureAwait(false);
        }

        await arguments.InvocationConfiguration.Output.WriteAsync(
            _format.IsJson(arguments)
                ? CommandJson.Object(json => json.WriteNumber("records", deleted))
                : string.Create(CultureInfo.InvariantCulture, $"The ledger is empty; {deleted} records were deleted.\n")).ConfigureAwait(false);
        return CommandLine.Ok;
    }
}
