using System.CommandLine;
using LlmTelemetry.CostExporter;
using LlmTelemetry.Usage;

namespace LlmTelemetry.Service;

/// <summary><c>llmtelemetry reprice</c>: what a range would have cost at other prices, and, where asked to, makes it so for every report.</summary>
internal sealed class RepriceCommand : LedgerCommand
{
    private readonly Option<DateOnly?> _from = new("--from") { Description = "First day, as 2026-11-01.", CustomParser = ReportArguments.Day, HelpName = "day" };

    private readonly Option<DateOnly?> _to = new("--to") { Description = "Last day, inclusive.", CustomParser = ReportArguments.Day, HelpName = "day" };

    private readonly Option<string?> _prices = new("--prices") { Description = "Price file over the built-in book (default: that book alone).", HelpName = "file" };

    private readonly Option<string?> _records = new("--records") { Description = "File of records of the calls (default: those in the ledger).", HelpName = "file" };

    private readonly Option<bool> _standardTier = new("--standard-tier")
    {
        Description = "All calls of the range were of the standard service tier, at list price: sums of rows do not say.",
    };

    private readonly Option<bool> _apply = new("--apply") { Description = "Puts it in force for every report, in one step that --undo takes back (default: only shows it)." };

    private readonly Option<string?> _by = new("--by") { Description = "Who does it: kept with the correction.", HelpName = "name" };

    private readonly Option<string?> _undo = new("--undo") { Description = "Takes back the correction that was put in force last.", HelpName = "id" };

    private readonly Option<bool> _list = new("--list") { Description = "Lists the corrections in force: who, when, what." };

    public RepriceCommand(Func<string, string?> environment, TimeProvider time)
        : base("reprice", "Works out what calls would have cost at other prices, with a difference for each model; with --apply every report says so from then on.", environment, time) =>
        AddAll(_from, _to, _prices, Where, _records, _standardTier, _apply, _by, _undo, _list, Format);

    protected override async Task<string> AnswerAsync(ParseResult arguments, UsageReports reports, CancellationToken cancellationToken)
    {
        var (undo, isList) = (arguments.GetValue(_undo), arguments.GetValue(_list));
        var others = new Option[] { _from, _to, _prices, Where, _records, _standardTier, _apply }.Any(option => arguments.GetResult(option) is { Implicit: false });
        if ((undo is not null || isList) && (others || (undo is not null && isList)))
        {
            throw new ArgumentException("--undo and --list stand alone: leave the rest out.");
        }

        if (isList)
        {
            var corrections = await reports.Store.CorrectionsAsync(cancellationToken).ConfigureAwait(false);
            return IsJson(arguments) ? RepriceText.ListJson(corrections) : RepriceText.List(corrections);
        }

        var by = arguments.GetValue(_by);
        if (string.IsNullOrWhiteSpace(by) && (undo is not null || arguments.GetValue(_apply)))
        {
            throw new ArgumentException("Say who does it, as --by ada: it is kept with the correction.");
        }

        return undo is not null ? await UndoAsync(arguments, reports, undo, by!, cancellationToken).ConfigureAwait(false) : await RepriceAsync(arguments, reports, by, cancellationToken).ConfigureAwait(false);
    }

    private async Task<string> RepriceAsync(ParseResult arguments, UsageReports reports, string? by, CancellationToken cancellationToken)
    {
        if (arguments.GetValue(_from) is not { } from || arguments.GetValue(_to) is not { } to)
        {
            throw new ArgumentException("Say which days, as --from 2026-11-01 --to 2026-11-30.");
        }

        var filters = arguments.GetValue(Where);
        var query = new UsageReportQuery { From = from, To = to, Where = WhereOf(filters), WhereTags = TagsOf(filters) };
        var book = arguments.GetValue(_prices) is { } file ? PriceBook.Embedded.With(PriceBook.Load(file, PriceBook.Embedded)) : PriceBook.Embedded;
        var repricer = new Repricer(reports, StoreOf(arguments), Configure, arguments.GetValue(_records));
        var plan = await repricer.PlanAsync(query, book, arguments.GetValue(_standardTier), cancellationToken).ConfigureAwait(false);
        var (id, said) = plan.Rows.Count == 0 ? (null, "Nothing differs.") : (default(string), "Nothing was changed: --apply --by NAME puts it in force.");
        if (arguments.GetValue(_apply) && plan.Rows.Count != 0)
        {
            (id, var isNew) = await repricer.ApplyAsync(plan, by!, Time.GetUtcNow(), cancellationToken).ConfigureAwait(false);
            said = isNew ? $"In force as {id}: llmtelemetry reprice --undo {id} --by NAME takes it back." : $"It was in force already, as {id}.";
        }

        return IsJson(arguments) ? RepriceText.Json(plan, reports.TimeZone, id, id is not null) : RepriceText.Table(plan, reports.TimeZone, said);
    }

    private async Task<string> UndoAsync(ParseResult arguments, UsageReports reports, string id, string by, CancellationToken cancellationToken)
    {
        var undone = await new Repricer(reports, StoreOf(arguments), Configure).UndoAsync(id, by, Time.GetUtcNow(), cancellationToken).ConfigureAwait(false);
        return IsJson(arguments) ? RepriceText.ListJson([undone]) : $"{id} is not in force any more: {undone.Why}\n";
    }
}
