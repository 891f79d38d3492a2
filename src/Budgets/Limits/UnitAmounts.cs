namespace LlmTelemetry.Budgets;

/// <summary>What a call holds and is charged of a unit, as ledgers count it: whole numbers of its smallest part.</summary>
internal static class UnitAmounts
{
    private const int PicoPerNano = 1_000;

    /// <summary>What to hold: never less than the call may use; nothing of a price that nobody knows.</summary>
    public static long ToHold(BudgetUnit unit, in CallAmounts most) => unit switch
    {
        BudgetUnit.Usd => most.CostPico is { } pico && pico > 0 ? Nano(((pico - 1) / PicoPerNano) + 1) : 0,

        // Not an amount: whether the session may still begin a call.
        BudgetUnit.SessionSeconds => 1,
        _ => Count(unit, most),
    };

    /// <summary>What to charge; 0 of a price that nobody knows.</summary>
    public static (long Amount, int Pico) ToCharge(BudgetUnit unit, in CallAmounts used)
    {
        if (unit != BudgetUnit.Usd)
        {
            return (Count(unit, used), 0);
        }

        var pico = used.CostPico is { } cost && cost > 0 ? cost : 0;
        var nano = Nano(pico / PicoPerNano);
        return (nano, nano == UnitWords.Most ? 0 : (int)(pico % PicoPerNano));
    }

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

    private static long Whole(long count) => Math.Clamp(count, 0, UnitWords.Most);

    private static long Nano(Int128 nano) => (long)Int128.Min(nano, UnitWords.Most);
}
