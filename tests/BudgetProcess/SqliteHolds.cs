using System.Globalization;
using LlmTelemetry.Budgets;

namespace LlmTelemetry.BudgetProcess;

/// <summary>
/// Holds and settles in a file of budgets, one call after the other, until it is killed or has settled the last, and prints the number of each that is settled. What a call
/// is charged follows from its number, and its id from the writer and the number: so a life after this one can go on from any number, and all sums are known.
/// </summary>
public static class SqliteHolds
{
    /// <summary>The first argument; then the file, the writer's number, the first call and the last.</summary>
    public const string Word = "sqlite-holds";

    /// <summary>How much all writers together may hold of <see cref="Scarce"/>.</summary>
    internal const int ScarceLimit = 50;

    private static readonly LedgerSpan Session = new(SpanKind.Session);

    /// <summary>Where each call is charged its number.</summary>
    internal static LedgerLine Work => new(new("work|usd|session", ""), Session, null, 1000);

    /// <summary>Held by each call for a moment and settled by none.</summary>
    internal static LedgerLine Leak => new(new("leak|tokens|session", ""), Session, null, 1);

    /// <summary>Held by as many calls as there is room for, and settled by none.</summary>
    internal static LedgerLine Scarce => new(new("scarce|requests|session", ""), Session, ScarceLimit, 1);

    public static async Task<int> RunAsync(string[] args)
    {
        var (writer, first, last) = (Number(args[1]), Number(args[2]), Number(args[3]));
        await using var ledger = new SqliteBudgetLedger(args[0], TimeSpan.FromSeconds(30), TimeProvider.System);
        for (var number = first; number <= last; number++)
        {
            var id = new Guid(number, (short)writer, 0, 0, 0, 0, 0, 0, 0, 0, 0);
            var held = await HoldAsync(id, TimeSpan.FromMinutes(30), Work);
            await HoldAsync(Guid.NewGuid(), TimeSpan.FromSeconds(1), Leak);
            await HoldAsync(Guid.NewGuid(), TimeSpan.FromHours(1), Scarce);

            // Known: the life before this one settled it and was killed before it could say so.
            if (held.Status == LedgerStatus.Done)
            {
                await ledger.SettleAsync(new(id, [new(Work, number, 999)], HoldKnown.Placed), CancellationToken.None);
            }

            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"ok {number}"));
        }

        return 0;

        Task<LedgerAnswer> HoldAsync(Guid id, TimeSpan lifetime, LedgerLine line) => ledger.HoldAsync(new(id, lifetime, [line]), CancellationToken.None);
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
