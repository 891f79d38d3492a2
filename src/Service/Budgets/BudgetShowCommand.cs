using System.CommandLine;
using LlmTelemetry.Budgets;
using LlmTelemetry.Usage;

namespace LlmTelemetry.Service;

/// <summary><c>llmtelemetry budget show</c>: what one user, or one subject of a limit, may still use.</summary>
internal sealed class BudgetShowCommand : BudgetVerb
{
    private readonly Argument<string?> _limit = new("limit") { Description = "One limit, instead of all of a user.", HelpName = "limit", Arity = ArgumentArity.ZeroOrOne };
    private readonly Argument<string?> _subject = new("subject") { Description = "Whose, as list prints it (default: that of all calls).", HelpName = "subject", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<string?> _user;
    private readonly Option<string?> _tier;
    private readonly FormatOption _format;

    public BudgetShowCommand(CommandContext context)
        : this(
            context,
            new Option<string?>("--user") { Description = "All limits of this user: the id as calls are attributed, its hash where ids are hashed.", HelpName = "id" },
            new Option<string?>("--tier") { Description = "With --user: the user's tier, which the application alone knows (default: its DefaultTier).", HelpName = "tier" },
            FormatOption.TableOrJson())
    {
    }

    private BudgetShowCommand(CommandContext context, Option<string?> user, Option<string?> tier, FormatOption format)
        : base("show", "Prints what a user, or one subject of a limit, may still use.", context, user, tier, format)
    {
        (_user, _tier, _format) = (user, tier, format);
        Add(_limit);
        Add(_subject);
    }

    protected override async Task<string> RunAsync(ParseResult arguments, BudgetGuard budgets, CancellationToken cancellationToken)
    {
        var (user, tier, limit, subject) = (Attribution.Clean(arguments.GetValue(_user)), arguments.GetValue(_tier), arguments.GetValue(_limit), arguments.GetValue(_subject));
        if ((user is null) == (limit is null) || (tier is not null && user is null))
        {
            throw new ArgumentException("Say --user ada [--tier free], or a limit and whose it is, as: budget show daily ada.");
        }

        var isJson = _format.IsJson(arguments);
        if (limit is not null)
        {
            var state = await budgets.Lists.StateAsync(limit, subject ?? "", cancellationToken).ConfigureAwait(false);
            return isJson ? CommandJson.Render(json => BudgetJson.Write(json, state)) : BudgetText.Render([state]);
        }

        var quota = await budgets.GetQuotaAsync(user!, tier, cancellationToken).ConfigureAwait(false);
        return quota.IsStale ? throw new IOException("The store could not be asked: what the user used is not known.")
            : isJson ? CommandJson.Render(json => BudgetJson.Write(json, quota))
            : BudgetText.Render(quota, isTierKnown: quota.Tier is null || budgets.Options.Tiers.ContainsKey(quota.Tier));
    }
}
