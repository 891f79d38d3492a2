using System.Globalization;
using LlmTelemetry.Budgets;

namespace LlmTelemetry.AspNetCore;

/// <summary>What a person is told of a refusal.</summary>
internal static class BudgetProblemText
{
    public static string Of(BudgetExceededException refusal, bool showFigures, long? retryAfter) => refusal switch
    {
        { Reason: BudgetRefusal.StoreUnavailable } => "Whether there is room for this call cannot be found out at the moment." + When(retryAfter),
        { Reason: BudgetRefusal.UnknownPrice } => "What this call would cost is not known, and calls without a price are not made here. Another model may have one.",
        { State: not { } } => "A limit has no room for this call." + When(retryAfter),
        { State: { } state } => (showFigures && state.Limit is { } limit ? Told(refusal, state, limit) : $"The shared limit of {Unit(state.Unit)} {Window(state.Window)} has no room for this call.") + Hope(refusal, state, showFigures, retryAfter),
    };

    private static string Told(BudgetExceededException refusal, BudgetState state, decimal limit)
    {
        var held = state.Held > 0 ? $" and {Number(state.Held)} held by calls under way" : "";

        // A call is one request, and how long a session lasts is not its doing.
        var needs = state.Unit is BudgetUnit.Requests or BudgetUnit.SessionSeconds ? "" : $", and it may need up to {Number(refusal.Requested)}";
        return $"The limit of {Number(limit)} {Unit(state.Unit)} {Window(state.Window)} has no room for this call: {Number(state.Used)} used{held}{needs}.";
    }

    private static string Hope(BudgetExceededException refusal, BudgetState state, bool showFigures, long? retryAfter) =>
        retryAfter is not null ? When(retryAfter)
        : state.Window == BudgetWindow.Session ? " A new session begins with the whole limit."
        : showFigures && refusal.Requested > state.Limit ? " That is more than the whole limit: a shorter call may fit."
        : " Waiting does not help: a shorter call may fit.";

    private static string When(long? seconds) => seconds switch
    {
        null => "",
        1 => " Try again in a second.",
        < 120 and var few => $" Try again in {few} seconds.",
        < 2 * 3600 and var more => $" Try again in {RoundedUp(more, 60)} minutes.",
        < 2 * 86400 and var many => $" Try again in {RoundedUp(many, 3600)} hours.",
        { } long_ => $" Try again in {RoundedUp(long_, 86400)} days.",
    };

    private static long RoundedUp(long seconds, long unit) => (seconds + unit - 1) / unit;

    private static string Number(decimal value) => value.ToString("#,0.#########", CultureInfo.InvariantCulture);

    private static string Unit(BudgetUnit unit) => unit switch
    {
        BudgetUnit.InputTokens => "input tokens",
        BudgetUnit.OutputTokens => "output tokens",
        BudgetUnit.Usd => "USD",
        BudgetUnit.Requests => "requests",
        BudgetUnit.ToolCalls => "tool calls",
        BudgetUnit.AudioSeconds => "seconds of audio",
        BudgetUnit.SessionSeconds => "seconds",
        _ => "tokens",
    };

    private static string Window(BudgetWindow window) =>
        window == BudgetWindow.Minute ? "a minute"
        : window == BudgetWindow.Hour ? "an hour"
        : window == BudgetWindow.Day ? "a day"
        : window == BudgetWindow.Month ? "a month"
        : window == BudgetWindow.Session ? "a session"
        : "in " + Length(window.Length.TotalSeconds);

    // In the largest unit of which it is a whole number.
    private static string Length(double seconds) =>
        seconds % 86400 == 0 ? $"{Number((decimal)seconds / 86400)} days"
        : seconds % 3600 == 0 ? $"{Number((decimal)seconds / 3600)} hours"
        : seconds % 60 == 0 ? $"{Number((decimal)seconds / 60)} minutes"
        : $"{Number((decimal)seconds)} seconds";
}
