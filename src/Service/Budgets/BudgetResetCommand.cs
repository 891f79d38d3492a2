using System.CommandLine;
using LlmTelemetry.Budgets;
using LlmTelemetry.CostExporter;

namespace LlmTelemetry.Service;

/// <summary><c>llmtelemetry budget reset</c>: what was used is 0.</summary>
internal sealed class BudgetResetCommand : BudgetVerb
{
    private readonly Argument<string> _limit = BudgetCommand.Limit();
    private readonly Option<string?> _subject;
    private readonly Option<bool> _yes;
    private readonly FormatOption _format;

    public BudgetResetCommand(CommandContext context)
        : this(context, BudgetText.Subject("Whose, as list prints it (default: that of all calls)."), Consent.Option(), FormatOption.TextOrJson())
    {
    }

    private BudgetResetCommand(CommandContext context, Option<string?> subject, Option<bool> yes, FormatOption format)
        : base("reset", "Sets what was used of a limit to 0; what calls under way hold stays.", context, subject, yes, format)
    {
        (_subject, _yes, _format) = (subject, yes, format);
        Add(_limit);
    }

    protected override Task<int?> ConsentAsync(ParseResult arguments, CostExporterOptions options, CancellationToken cancellationToken) => Consent.AskAsync(
        arguments, _yes, Context, $"what was used of the limit {arguments.GetValue(_limit)} {Whose(arguments)} is set to 0 in {BudgetDoor.Place(Context, Store(arguments), options)}.", cancellationToken);

    protected override async Task<string> RunAsync(ParseResult arguments, BudgetGuard budgets, CancellationToken cancellationToken)
    {
        await budgets.ResetAsync(arguments.GetValue(_limit)!, arguments.GetValue(_subject) ?? "", cancellationToken).ConfigureAwait(false);
        return _format.IsJson(arguments) ? BudgetJson.Change(arguments.GetValue(_limit)!, arguments.GetValue(_subject), json => json.WriteNumber("used", 0))
            : $"What was used of the limit {arguments.GetValue(_limit)} {Whose(arguments)} is 0.\n";
    }

    private string Whose(ParseResult arguments) => arguments.GetValue(_subject) is { Length: > 0 } subject ? BudgetText.Whose(subject) : "of all calls";
}
