using System.Globalization;
using LlmTelemetry.Budgets;

namespace LlmTelemetry.BudgetProcess;

/// <summary>What the callers of one race do.</summary>
internal enum RaceMode
{
    /// <summary>They hold until they are refused, and settle nothing.</summary>
    Hold,

    /// <summary>They settle what they hold, until they are refused.</summary>
    Settle,

    /// <summary>Half of the calls are cancelled, so that their room is free again: it is over when all is used and nothing is held.</summary>
    Cancel,
}

/// <summary>One race, the same in every process.</summary>
/// <param name="Seed">Its seed.</param>
/// <param name="Mode">What callers do.</param>
/// <param name="Lines">The limits of every call.</param>
/// <param name="Tight">Which of them it is that has no room for one more.</param>
/// <param name="Admits">How many calls the limits have room for.</param>
internal sealed record RacePlan(int Seed, RaceMode Mode, IReadOnlyList<LedgerLine> Lines, int Tight, int Admits)
{
    // Any moment of this century.
    private static readonly LedgerSpan Century = new(SpanKind.Calendar, 0, 4_102_444_800_000);

    public string Prefix => string.Create(CultureInfo.InvariantCulture, $"race-{Seed}");

    public static RacePlan Of(int seed)
    {
        var random = new Random(seed);
        var admits = random.Next(1, 120);
        var lines = new LedgerLine[random.Next(1, 6)];
        var tight = random.Next(lines.Length);
        for (var i = 0; i < lines.Length; i++)
        {
            var amount = random.NextInt64(1, i % 2 == 0 ? 5_000 : 5_000_000_000);
            var span = random.Next(3) switch { 0 => Century, 1 => new LedgerSpan(SpanKind.Sliding, Length: 3_600_000), _ => new LedgerSpan(SpanKind.Session) };
            long? limit = i == tight ? (admits * amount) + random.NextInt64(amount) : random.Next(4) == 0 ? null : (admits + random.Next(1, 50)) * amount;
            var subject = random.Next(2) == 0 ? "" : "ann";
            lines[i] = new LedgerLine(new CounterKey(string.Create(CultureInfo.InvariantCulture, $"l{i}|tokens|w"), subject), span, limit, amount);
        }

        return new RacePlan(seed, (RaceMode)(seed % 3), lines, tight, admits);
    }
}
