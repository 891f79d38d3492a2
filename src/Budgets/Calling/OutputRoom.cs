using LlmTelemetry.Instrumentation;

namespace LlmTelemetry.Budgets;

/// <summary>How long an answer may be by what all limits leave.</summary>
internal static class OutputRoom
{
    /// <summary>The most output tokens, below those of the size; null: fewer than <see cref="BudgetOptions.MinOutputTokens"/>, or it is not the answer's length that is over a limit.</summary>
    /// <param name="states">Where the limits stand.</param>
    /// <param name="terms">The call's terms.</param>
    /// <param name="size">The call.</param>
    /// <param name="prices">The prices.</param>
    /// <param name="options">The options.</param>
    /// <param name="now">When.</param>
    public static int? Of(IReadOnlyList<BudgetState> states, TrackedCallTerms terms, CallSize size, CallPrices prices, BudgetOptions options, DateTimeOffset now)
    {
        var room = size.Usage.OutputTokens - 1;
        foreach (var state in states)
        {
            if (state.Remaining is not { } remaining || IsShadow(state.Name, options))
            {
                continue;
            }

            room = state.Unit switch
            {
                BudgetUnit.Tokens => Least(room, remaining - size.Usage.InputTokens),
                BudgetUnit.OutputTokens => Least(room, remaining),
                BudgetUnit.Usd => Affordable(room, remaining),

                // What a shorter answer does not help.
                BudgetUnit.InputTokens => remaining < size.Usage.InputTokens ? 0 : room,
                BudgetUnit.Requests => remaining < 1 ? 0 : room,
                BudgetUnit.ToolCalls => remaining < size.ToolCalls ? 0 : room,
                BudgetUnit.AudioSeconds => remaining < size.AudioSeconds ? 0 : room,
                _ => remaining == 0 ? 0 : room, // A session that lasted its time.
            };
        }

        return room >= options.MinOutputTokens ? (int)Math.Min(room, int.MaxValue) : null;

        // Costs rise with the output, though not evenly: prices may hang on the context. So the most is searched for.
        long Affordable(long most, decimal usd)
        {
            var (least, beyond) = (0L, most + 1);
            while (least + 1 < beyond)
            {
                var middle = least + ((beyond - least) / 2);
                var isAffordable = prices.AtMost(in terms, size.WithOutput(middle), now, options.UnknownPrice) is not { } pico || Usd(pico) <= usd;
                (least, beyond) = isAffordable ? (middle, beyond) : (least, middle);
            }

            return least;
        }
    }

    private static long Least(long room, decimal other) => (long)Math.Min(room, Math.Max(0, other));

    // To the nano-USD, rounded up, as it is held.
    private static decimal Usd(Int128 pico) => (decimal)((pico + 999) / 1_000) / 1_000_000_000m;

    private static bool IsShadow(string name, BudgetOptions options)
    {
        foreach (var limit in options.Limits)
        {
            if (limit.Shadow && limit.Name == name)
            {
                return true;
            }
        }

        return false;
    }
}
