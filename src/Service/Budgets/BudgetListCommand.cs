using System.CommandLine;
using LlmTelemetry.Budgets;

namespace LlmTelemetry.Service;

/// <summary><c>llmtelemetry budget list</c>: the limits of all calls, and of whom uses any the fullest first.</summary>
internal sealed class BudgetListCommand : BudgetVerb
{
    private const int DefaultCount = 20;

    private readonly Option<string?> _limit;
    private readonly Option<int> _count;
    private readonly FormatOption _format;

    public BudgetListCommand(CommandContext context)
        : this(
            context,
            new Option<string?>("--limit") { Description = "Only this limit (default: all).", HelpName = "name" },
            new Option<int>("--count") { Description = $"How many subjects of each limit, the fullest first (default: {DefaultCount}).", HelpName = "number", CustomParser = ReportArguments.Count, DefaultValueFactory = _ => DefaultCount },
            FormatOption.TableOrJson())
    {
    }

    private BudgetListCommand(CommandContext context, Option<string?> limit, Option<int> count, FormatOption format)
        : base("list", "Prints where limits stand.", context, limit, count, format) => (_limit, _count, _format) = (limit, count, format);

    protected override async Task<string> RunAsync(ParseResult arguments, BudgetGuard budgets, CancellationToken cancellationToken)
    {
        var states = await budgets.ListAsync(arguments.GetValue(_limit), arguments.GetValue(_count), cancellationToken).ConfigureAwait(false);
        return _format.IsJson(arguments) ? CommandJson.Render(json => BudgetJson.Write(json, states))
            : states.Count == 0 ? "Nothing was used of any limit yet.\n"
            : BudgetText.Render(states);
    }
}
