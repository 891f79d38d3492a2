using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.Budgets;

/// <summary>The words for units, as configuration, announcements and the command line write them.</summary>
internal static class UnitWords
{
    // In the enum's order.
    private static readonly string[] Words =
    [
        BudgetUnits.Tokens, BudgetUnits.InputTokens, BudgetUnits.OutputTokens, BudgetUnits.Usd, BudgetUnits.Requests, BudgetUnits.ToolCalls, BudgetUnits.AudioSeconds,
        BudgetUnits.SessionSeconds,
    ];

    /// <summary>All of them, for messages.</summary>
    public static string All { get; } = string.Join(", ", Words);

    /// <summary>The unit of this word, in any case; null: none.</summary>
    public static BudgetUnit? Find(string word) =>
        Array.FindIndex(Words, known => known.Equals(word, StringComparison.OrdinalIgnoreCase)) is >= 0 and var at ? (BudgetUnit)at : null;
}
