using System.Globalization;
using LlmTelemetry.Usage;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.Budgets;

/// <summary>The words for units, and how much of the store's whole numbers one of each is.</summary>
internal static class UnitWords
{
    private const long NanoPerUsd = 1_000_000_000;

    private static readonly string[] Words =
    [
        BudgetUnits.Tokens, BudgetUnits.InputTokens, BudgetUnits.OutputTokens, BudgetUnits.Usd, BudgetUnits.Requests, BudgetUnits.ToolCalls, BudgetUnits.AudioSeconds,
        BudgetUnits.SessionSeconds,
    ];

    /// <summary>All of them, for messages.</summary>
    public static string All { get; } = string.Join(", ", Words);

    public static string Word(this BudgetUnit unit) =>
        (int)unit >= 0 && (int)unit < Words.Length ? Words[(int)unit] : throw new ArgumentOutOfRangeException(nameof(unit), unit, "There is no such unit.");

    /// <summary>The unit of this word, in any case; null: none.</summary>
    public static BudgetUnit? Find(string word) =>
        Array.FindIndex(Words, known => known.Equals(word, StringComparison.OrdinalIgnoreCase)) is >= 0 and var at ? (BudgetUnit)at : null;

    /// <summary>How many of the store's whole numbers one is: USD are kept in nano-USD.</summary>
    public static long Scale(this BudgetUnit unit) => unit == BudgetUnit.Usd ? NanoPerUsd : 1;

    /// <summary>An amount as the store keeps it.</summary>
    /// <exception cref="ArgumentException">It is negative, too large, or finer than the unit; the message says what would be right.</exception>
    public static long ToLedger(this BudgetUnit unit, decimal amount)
    {
        var isUsd = unit == BudgetUnit.Usd;
        if (amount < 0)
        {
            throw new ArgumentException($"{Text(amount)} {unit.Word()} is no amount: it must not be negative.");
        }

        if (amount > (decimal)AmountMath.Most / unit.Scale())
        {
            throw new ArgumentException($"{Text(amount)} {unit.Word()} is too much: at most {(isUsd ? "9007199 USD" : $"{Text(AmountMath.Most)} (2^53)")}; write unlimited for no limit.");
        }

        var smallest = amount * unit.Scale();
        return smallest == decimal.Truncate(smallest)
            ? (long)smallest
            : throw new ArgumentException($"{Text(amount)} {unit.Word()} is no amount: it must {(isUsd ? "have at most 9 decimals" : "be a whole number")}.");
    }

    /// <summary>What the store keeps, as an amount.</summary>
    public static decimal FromLedger(this BudgetUnit unit, long smallest, int pico = 0) =>
        unit == BudgetUnit.Usd ? (smallest / (decimal)NanoPerUsd) + (pico / (decimal)Cost.PicoPerUsd) : smallest;

    // With all its decimals: that there are too many may be what is wrong with it.
    private static string Text(decimal value) => value.ToString("0.############################", CultureInfo.InvariantCulture);
}
