using System.CommandLine;
using LlmTelemetry.Budgets;

namespace LlmTelemetry.Service;

/// <summary><c>llmtelemetry budget unset</c>: what was configured holds again.</summary>
internal sealed class BudgetUnsetCommand : BudgetVerb
{
    private readonly Argument<string> _limit = BudgetCommand.Limit();
    private readonly Option<string?> _subject;

    public BudgetUnsetCommand(CommandContext context)
        : this(context, BudgetText.Subject("Whose (default: what was set for everybody)."))
    {
    }

    private BudgetUnsetCommand(CommandContext context, Option<string?> subject)
        : base("unset", "Takes back what was set.", context, subject)
    {
        _subject = subject;
        Add(_limit);
    }

    protected override async Task<string> RunAsync(ParseResult arguments, BudgetGuard budgets, CancellationToken cancellationToken)
    {
        var (limit, subject) = (arguments.GetValue(_limit)!, arguments.GetValue(_subject));
        await budgets.ClearLimitAsync(limit, subject, cancellationToken).ConfigureAwait(false);
        return $"The limit {limit} {BudgetText.Whose(subject)} is as it is configured again, from the next call on.\n";
    }
}
