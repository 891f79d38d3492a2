using System.CommandLine;
using LlmTelemetry.Budgets;

namespace LlmTelemetry.Service;

/// <summary><c>llmtelemetry budget unset</c>: what was configured holds again.</summary>
internal sealed class BudgetUnsetCommand : BudgetVerb
{
    private readonly Argument<string> _limit = BudgetCommand.Limit();
    private readonly Option<string?> _subject;
    private readonly FormatOption _format;

    public BudgetUnsetCommand(CommandContext context)
        : this(context, BudgetText.Subject("Whose (default: what was set for everybody)."), FormatOption.TextOrJson())
    {
    }

    private BudgetUnsetCommand(CommandContext context, Option<string?> subject, FormatOption format)
        : base("unset", "Takes back what was set.", context, subject, format)
    {
        (_subject, _format) = (subject, format);
        Add(_limit);
    }

    protected override async Task<string> RunAsync(ParseResult arguments, BudgetGuard budgets, CancellationToken cancellationToken)
    {
        var (limit, subject) = (arguments.GetValue(_limit)!, arguments.GetValue(_subject));
        await budgets.ClearLimitAsync(limit, subject, cancellationToken).ConfigureAwait(false);
        return _format.IsJson(arguments) ? BudgetJson.Change(limit, subject)
            : $"The limit {limit} {BudgetText.Whose(subject)} is as it is configured again, from the next call on.\n";
    }
}
