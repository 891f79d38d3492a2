using LlmTelemetry.Budgets;

namespace LlmTelemetry.BudgetProcess;

/// <summary>The scripts, or those from which something was taken out that they cannot do without: what a test must notice.</summary>
internal static class AlteredScripts
{
    public const string Own = "own";

    /// <summary>Whether there is room is not looked at.</summary>
    public const string Unchecked = "unchecked";

    /// <summary>What is held is not counted: as if room were looked for before a call and taken after it.</summary>
    public const string Unheld = "unheld";

    public static RedisBudgetScripts Named(string name) => name switch
    {
        Own => RedisBudgetScripts.Own,
        Unchecked => RedisBudgetScripts.Own with { Decide = Without(" and amount > line[LIMIT] - line[COUNTER][USED] - held", " and false") },
        Unheld => RedisBudgetScripts.Own with { Decide = Without("counter[HELD] = counter[HELD] + amounts[i]", "") },
        _ => throw new ArgumentException($"'{name}' is no kind of scripts.", nameof(name)),
    };

    private static string Without(string part, string instead)
    {
        var parts = RedisBudgetScripts.Own.Decide.Split(part);
        return parts.Length == 2 ? parts[0] + instead + parts[1] : throw new InvalidOperationException($"The script has '{part}' {parts.Length - 1} times: this test needs a new text.");
    }
}
