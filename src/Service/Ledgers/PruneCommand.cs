using System.CommandLine;
using System.Globalization;
using LlmTelemetry.CostExporter;

namespace LlmTelemetry.Service;

/// <summary><c>llmtelemetry prune</c>: deletes what is older than a day.</summary>
internal sealed class PruneCommand : StoreCommand
{
    private const string Records = "records";

    private static readonly (string Word, SpendGrain Grain)[] Grains = [("hours", SpendGrain.Hour), ("days", SpendGrain.Day), ("months", SpendGrain.Month)];

    private readonly Option<DateOnly?> _before;
    private readonly Option<string> _what;
    private readonly Option<bool> _yes;
    private readonly FormatOption _format;

    public PruneCommand(CommandContext context)
        : this(
            context,
            new Option<DateOnly?>("--before") { Description = "The first day that stays, in the ledger's zone.", CustomParser = ReportArguments.Day, HelpName = "day", Required = true },
            new Option<string>("--what") { Description = "hours, days, months or records. Each is kept and pruned by itself: reports of whole months need months alone.", HelpName = "what", DefaultValueFactory = _ => Records },
            Consent.Option(),
            FormatOption.TextOrJson())
    {
    }

    private PruneCommand(CommandContext context, Option<DateOnly?> before, Option<string> what, Option<bool> yes, FormatOption format)
        : base("prune", "Deletes hours, days or months that ended before a day, or records of calls that did.", context, before, what, yes, format)
    {
        _before = before;
        _what = what;
        _yes = yes;
        _format = format;
        _what.AcceptOnlyFromAmong([.. Grains.Select(grain => grain.Word), Records]);
    }

    protected override async Task<int> RunAsync(ParseResult arguments, CostExporterOptions options, CancellationToken cancellationToken)
    {
        var (what, before) = (arguments.GetValue(_what)!, arguments.GetValue(_before)!.Value);
        if (await Consent.AskAsync(arguments, _yes, Context, $"{what} before {before:yyyy-MM-dd} are deleted from {StoreAddress.Parse(options.Store).Place}.", cancellationToken).ConfigureAwait(false) is { } exitCode)
        {
            return exitCode;
        }

        var deleted = what == Records
            ? await PruneRecordsAsync(options, before, cancellationToken).ConfigureAwait(false)
            : await PruneAsync(options, Array.Find(Grains, grain => grain.Word == what).Grain, before, cancellationToken).ConfigureAwait(false);
        var of = what == Records ? "records" : $"rows of {what}";
        var text = string.Create(CultureInfo.InvariantCulture, $"{deleted} {of} before {before:yyyy-MM-dd} are deleted.\n");
        await arguments.InvocationConfiguration.Output.WriteAsync(_format.IsJson(arguments) ? Json(what, before, deleted) : text).ConfigureAwait(false);
        return CommandLine.Ok;
    }

    private static string Json(string what, DateOnly before, long deleted) => CommandJson.Object(json =>
    {
        json.WriteString("what", what);
        json.WriteString("before", OutlookJson.Day(before));
        json.WriteNumber("deleted", deleted);
    });

    private static async Task<long> PruneAsync(CostExporterOptions options, SpendGrain grain, DateOnly before, CancellationToken cancellationToken)
    {
        var (store, _) = await LedgerStore.OpenAsync(options, cancellationToken).ConfigureAwait(false);
        await using (store.ConfigureAwait(false))
        {
            return await store.PruneAsync(grain, before, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task<long> PruneRecordsAsync(CostExporterOptions options, DateOnly before, CancellationToken cancellationToken)
    {
        var zone = await LedgerZone.OfAsync(options, cancellationToken).ConfigureAwait(false);
        var records = await RecordsDoor.OpenAsync(options, cancellationToken).ConfigureAwait(false);
        await using (records.ConfigureAwait(false))
        {
            return await records.PruneAsync(ReportPlan.StartOf(before, zone, latest: false), cancellationToken).ConfigureAwait(false);
        }
    }
}
