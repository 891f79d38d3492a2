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
    private readonly FormatOption _format;

    public BudgetSetCommand(CommandContext context)
        : this(context, BudgetText.Subject("Whose (default: everybody's who has none of their own)."), FormatOption.TextOrJson())
    {
    }

    private BudgetSetCommand(CommandContext context, Option<string?> subject, FormatOption format)
        : base("set", "Overrides a limit in all processes from the next call on, until it is unset.", context, subject, format)
    {
        (_subject, _format) = (subject, format);
        Add(_limit);
        Add(_amount);
    }

    protected override async Task<string> RunAsync(ParseResult arguments, BudgetGuard budgets, CancellationToken cancellationToken)
    {
        var (limit, amount, subject) = (arguments.GetValue(_limit)!, arguments.GetValue(_amount)!.Value, arguments.GetValue(_subject));
        await budgets.SetLimitAsync(limit, subject, amount, cancellationToken).ConfigureAwait(false);
        return _format.IsJson(arguments) ? BudgetJson.Change(limit, subject, json => BudgetJson.Write(json, "amount", amount))
            : $"The limit {limit} {BudgetText.Whose(subject)} is {amount?.ToString("0.#########", CultureInfo.InvariantCulture) ?? SettingWords.Unlimited} from the next call on.\n";
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
