using System.CommandLine;

namespace LlmTelemetry.Service;

/// <summary><c>llmtelemetry budget</c>: where limits stand, and changes of them while applications run.</summary>
internal sealed class BudgetCommand : Command
{
    public BudgetCommand(CommandContext context)
        : base("budget", "Shows, changes and resets budgets, by the limits that applications with AddBudgets announced in the store.")
    {
        Add(new BudgetListCommand(context));
        Add(new BudgetShowCommand(context));
        Add(new BudgetSetCommand(context));
        Add(new BudgetUnsetCommand(context));
        Add(new BudgetResetCommand(context));
    }

    /// <summary>The limit that a verb works on.</summary>
    public static Argument<string> Limit() => new("limit") { Description = "The limit's name, as list prints it; of a tier's limit as tier.tokens_per_hour.", HelpName = "limit" };
}
