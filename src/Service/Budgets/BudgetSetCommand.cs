using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using LlmTelemetry.Budgets;

namespace LlmTelemetry.Service;

/// <summary><c>llmtelemetry budget set</c>: another amount than the applications configure, for one subject or for all.</summary>
internal sealed class BudgetSetCommand : BudgetVerb
{
    private readonly Argument<string> _limit = BudgetCommand.Limit();
    private readonly Argument<Amount> _amount = new("amount")
    {
        Description = "How much, in the limit's unit, or unlimited.",
        HelpName = "amount|unlimited",
        Arity = ArgumentArity.ExactlyOne,
        CustomParser = Parse,
    };

    private readonly Option<string?> _subject;

    public BudgetSetCommand(CommandContext context)
        : this(context, BudgetText.Subject("Whose (default: everybody's who has none of their own)."))
    {
    }

    private BudgetSetCommand(CommandContext context, Option<string?> subject)
        : base("set", "Overrides a limit in all processes from the next call on, until it is unset.", context, subject)
    {
        _subject = subject;
        Add(_limit);
        Add(_amount);
    }

    protected override async Task<string> RunAsync(ParseResult arguments, BudgetGuard budgets, CancellationToken cancellationToken)
    {
        var (limit, amount, subject) = (arguments.GetValue(_limit)!, arguments.GetValue(_amount)!.Value, arguments.GetValue(_subject));
        await budgets.SetLimitAsync(limit, subject, amount, cancellationToken).ConfigureAwait(false);
        return $"The limit {limit} {BudgetText.Whose(subject)} is {amount?.ToString("0.#########", CultureInfo.InvariantCulture) ?? SettingWords.Unlimited} from the next call on.\n";
    }

    private static Amount? Parse(ArgumentResult result)
    {
        var text = result.Tokens[^1].Value;
        if (SettingWords.IsUnlimited(text))
        {
            return new Amount(null);
        }

        if (decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var amount))
        {
            return new Amount(amount);
        }

        result.AddError($"'{text}' is no amount: write a number such as 25 or 0.5, or {SettingWords.Unlimited}.");
        return null;
    }

    /// <param name="Value">Null: unlimited.</param>
    private sealed record Amount(decimal? Value);
}
