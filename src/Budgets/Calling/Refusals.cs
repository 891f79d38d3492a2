using System.Globalization;

namespace LlmTelemetry.Budgets;

/// <summary>Words refusals so that the person who meets one understands it.</summary>
internal static class Refusals
{
    private static readonly TimeSpan Soonest = TimeSpan.FromSeconds(1);

    /// <summary>The refusal of the limit that takes longest to have room again, and which it is.</summary>
    /// <param name="limits">The limits that were asked for.</param>
    /// <param name="lines">What they were asked for.</param>
    /// <param name="answer">A ledger's refusal.</param>
    /// <param name="tried">How the call was changed to need less; null: not.</param>
    public static (AppliedLimit Limit, BudgetExceededException Refusal) Over(
        IReadOnlyList<AppliedLimit> limits, IReadOnlyList<LedgerLine> lines, LedgerAnswer answer, string? tried = null)
    {
        var longest = -1;
        TimeSpan? wait = null;
        for (var i = 0; i < lines.Count; i++)
        {
            if (!answer.Lines[i].IsOver || lines[i].IsShadow)
            {
                continue;
            }

            var mine = Wait(lines[i], answer.Lines[i], answer.Now);
            if (longest < 0 || (wait is { } most && !(mine <= most)))
            {
                (longest, wait) = (i, mine);
            }
        }

        if (longest < 0)
        {
            throw new InvalidOperationException("The ledger refused a call that no limit refuses.");
        }

        var limit = limits[longest];
        var state = limit.State(answer.Lines[longest]);
        var requested = limit.Limit.Unit.FromLedger(lines[longest].Amount);
        var text = $"{Named(limit)} has no room for {What(state.Unit, requested)}{(tried is null ? "" : $" {tried}")}: {Standing(state)}; {When(state, requested, wait)}.";
        return (limit, new BudgetExceededException(text, state, BudgetRefusal.OverLimit, requested, wait));
    }

    /// <param name="limit">The limit in USD.</param>
    /// <param name="model">The model; null: not known.</param>
    /// <param name="state">Where the limit stands; null: not known.</param>
    public static BudgetExceededException Unpriced(AppliedLimit limit, string? model, BudgetState? state) => new(
        $"{Named(limit)} is in USD, and nobody knows the price of {(model is null ? "this call's model" : $"model '{model}'")}: such calls are refused.",
        state,
        BudgetRefusal.UnknownPrice,
        requested: 0,
        retryAfter: null,
        limitName: limit.Limit.Name);

    /// <param name="limit">The limit that is closed.</param>
    /// <param name="requested">What the call might have used, in the limit's unit.</param>
    /// <param name="cause">The last failure.</param>
    public static BudgetExceededException Unavailable(AppliedLimit limit, decimal requested, Exception? cause) => new(
        $"{Named(limit)} cannot be checked now, and refuses calls until it can be; try again in a moment.", state: null, BudgetRefusal.StoreUnavailable, requested, Soonest, cause, limit.Limit.Name);

    /// <summary>Whose the limit is: <c>user 'ada', model 'gpt-5'</c>.</summary>
    public static string Whose(AppliedLimit limit) => limit.Limit.Per == BudgetScope.Global
        ? "all calls"
        : string.Join(", ", limit.Limit.Per.Each().Zip(ScopeWords.Values(limit.Counter.Subject), static (scope, value) => $"{scope.Word()} '{value}'"));

    private static string Named(AppliedLimit limit) => $"Limit '{limit.Limit.Name}' of {Whose(limit)}";

    // Null: time does not bring room.
    private static TimeSpan? Wait(in LedgerLine line, in LineState state, long now)
    {
        if (line.Amount > state.Limit)
        {
            return null;
        }

        // Only calls under way are in the way: they end any moment.
        if (state.Used + line.Amount <= state.Limit)
        {
            return Soonest;
        }

        // Where holds alone would fill the limit, time frees what was used; the holds end by themselves.
        return (state.FreeAt ?? state.ResetsAt) is { } free ? TimeSpan.FromSeconds(Math.Max(1, Math.Ceiling((free - now) / 1000d))) : null;
    }

    private static string What(BudgetUnit unit, decimal requested) => unit == BudgetUnit.SessionSeconds ? "another call" : $"up to {Amount(requested, unit)}";

    private static string Standing(BudgetState state) =>
        $"{Text(state.Used)} used and {Text(state.Held)} held of {Amount(state.Limit ?? 0, state.Unit)} {Over(state.Window)}, {Text(state.Remaining ?? 0)} left";

    private static string When(BudgetState state, decimal requested, TimeSpan? wait) => wait is { } some
        ? $"there may be room in {Span(some)}{(state.Window.Kind is WindowKind.Day or WindowKind.Month && some > Soonest && state.ResetsAt is { } reset ? $", when the {state.Window} ends at {Utc(reset)}" : "")}"
        : state.Limit < requested ? "the call alone is larger than the limit" : "the limit does not reset";

    private static string Over(BudgetWindow window) => window.Kind switch
    {
        WindowKind.Day => "today",
        WindowKind.Month => "this month",
        WindowKind.Session => "in this session",
        _ => window == BudgetWindow.Minute || window == BudgetWindow.Hour ? $"in the last {window}" : $"in the last {Span(window.Length)}",
    };

    private static string Amount(decimal amount, BudgetUnit unit)
    {
        var word = unit switch
        {
            BudgetUnit.Tokens => "token",
            BudgetUnit.InputTokens => "input token",
            BudgetUnit.OutputTokens => "output token",
            BudgetUnit.Usd => "USD",
            BudgetUnit.Requests => "request",
            BudgetUnit.ToolCalls => "tool call",
            _ => "second",
        };
        return $"{Text(amount)} {word}{(amount == 1 || unit == BudgetUnit.Usd ? "" : "s")}";
    }

    private static string Span(TimeSpan span) => span switch
    {
        { TotalSeconds: < 120 } => $"{Text((decimal)span.TotalSeconds)} {(span == Soonest ? "second" : "seconds")}",
        { TotalMinutes: < 120 } => $"{Text(Math.Ceiling((decimal)span.TotalMinutes))} minutes",
        { TotalHours: < 48 } => $"{Text(Math.Ceiling((decimal)span.TotalHours))} hours",
        _ => $"{Text(Math.Ceiling((decimal)span.TotalDays))} days",
    };

    private static string Utc(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    private static string Text(decimal value) => BudgetExceededException.Text(value);
}
