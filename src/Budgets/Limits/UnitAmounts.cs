namespace LlmTelemetry.Budgets;

/// <summary>What a call holds and is charged of a unit, as ledgers count it: whole numbers of its smallest part.</summary>
internal static class UnitAmounts
{
    /// <summary>What to hold: never less than the call may use; nothing of a price that nobody knows.</summary>
    public static long ToHold(BudgetUnit unit, in CallAmounts most) => unit switch
    {
        BudgetUnit.Usd => most.CostPico is { } pico && pico > 0 ? (long)Int128.Min(((pico - 1) / AmountMath.PicoPerNano) + 1, AmountMath.Most) : 0,

        // Not an amount: whether the session may still begin a call.
        BudgetUnit.SessionSeconds => 1,
        _ => Count(unit, most),
    };

    /// <summary>What to charge; 0 of a price that nobody knows.</summary>
    public static (long Amount, int Pico) ToCharge(BudgetUnit unit, in CallAmounts used) =>
        unit != BudgetUnit.Usd ? (Count(unit, used), 0) : AmountMath.Split(used.CostPico is { } cost && cost > 0 ? cost : 0);

    private static long Count(BudgetUnit unit, in CallAmounts amounts) => unit switch
    {
        BudgetUnit.Tokens => Whole(Whole(amounts.InputTokens) + Whole(amounts.OutputTokens)),
        BudgetUnit.InputTokens => Whole(amounts.InputTokens),
        BudgetUnit.OutputTokens => Whole(amounts.OutputTokens),
        BudgetUnit.Requests => Whole(amounts.Requests),
        BudgetUnit.ToolCalls => Whole(amounts.ToolCalls),
        BudgetUnit.AudioSeconds => Whole(amounts.AudioSeconds),
        _ => 0,
    };

    private static long Whole(long count) => Math.Clamp(count, 0, AmountMath.Most);
}
