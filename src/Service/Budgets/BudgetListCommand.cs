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
        var limit = arguments.GetValue(_limit);
        var states = await budgets.ListAsync(limit, arguments.GetValue(_count), cancellationToken).ConfigureAwait(false);
        if (_format.IsJson(arguments))
        {
            return CommandJson.Render(json => BudgetJson.Write(json, states));
        }

        // Their names are what the other verbs ask for.
        var known = await budgets.Lists.KnownAsync(cancellationToken).ConfigureAwait(false);
        string[] unused = [.. known.All.Where(one => one.IsCurrent).Select(one => one.Limit.Name)
            .Where(name => name.Equals(limit ?? name, StringComparison.OrdinalIgnoreCase) && !states.Any(state => state.Name == name))];
        return (states.Count == 0 ? "" : BudgetText.Render(states))
            + (unused.Length == 0 ? "" : $"Nothing was used yet of: {string.Join(", ", unused)}.\n")
            + (states.Count + unused.Length == 0 ? "No application has limits here.\n" : "");
    }
}
