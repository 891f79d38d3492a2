using System.Globalization;
using FsCheck;
using FsCheck.Fluent;

namespace LlmTelemetry.Budgets.Tests.Ledgers;

/// <summary>What may be done to a ledger.</summary>
internal enum OperationKind
{
    Hold,
    HoldAgain,
    Settle,
    SettleUnknown,
    SettleLost,
    Charge,
    HoldAfterCharge,
    Advance,
    Reset,
    Delete,
    Override,
    Warn,
    WrongPeriod,
}

/// <summary>One thing done to a ledger. What it does not need is ignored, and every sequence of them makes sense: so any part of one that failed can be tried.</summary>
/// <param name="Kind">What.</param>
/// <param name="Pick">Which: of the holds that were made before, counted from the last; or which counter.</param>
/// <param name="Amounts">Of each of <see cref="ModelCounter.All"/>, how much; -1: it is left out.</param>
/// <param name="Time">Milliseconds: a lifetime, how far to advance, how long ago.</param>
/// <param name="Number">A limit, a percentage; odd: a retry.</param>
internal sealed record Operation(OperationKind Kind, int Pick, IReadOnlyList<int> Amounts, int Time, int Number)
{
    private static readonly Gen<int> Amount = Gen.Frequency((3, Gen.Constant(-1)), (1, Gen.Constant(0)), (8, Gen.Choose(1, 60)));

    private static readonly Gen<OperationKind> Kinds = Gen.Frequency(
        (8, Gen.Constant(OperationKind.Hold)),
        (6, Gen.Constant(OperationKind.Settle)),
        (4, Gen.Constant(OperationKind.Advance)),
        (2, Gen.Constant(OperationKind.Charge)),
        (6, Gen.Elements(Enum.GetValues<OperationKind>())));

    private static readonly Gen<Operation> Any =
        from kind in Kinds
        from pick in Gen.Choose(0, 7)
        from amounts in Amount.ArrayOf(ModelCounter.All.Count)
        from time in Gen.OneOf(Gen.Choose(1, 50), Gen.Choose(1, 3_000), Gen.Choose(1, 25_000))
        from number in Gen.Choose(0, 200)
        select new Operation(kind, pick, amounts, time, number);

    public static Arbitrary<Scenario> Scenarios(int longest) =>
        Arb.From(from length in Gen.Choose(1, longest) from operations in Any.ArrayOf(length) select new Scenario(operations), Scenario.Smaller);

    /// <summary>The same with less in it.</summary>
    public IEnumerable<Operation> Smaller()
    {
        for (var i = 0; i < Amounts.Count; i++)
        {
            foreach (var less in new[] { -1, 1, Amounts[i] / 2 })
            {
                if (less < Amounts[i])
                {
                    yield return this with { Amounts = [.. Amounts.Take(i), less, .. Amounts.Skip(i + 1)] };
                }
            }
        }

        foreach (var less in new[] { 1, Time / 2 })
        {
            if (less > 0 && less < Time)
            {
                yield return this with { Time = less };
            }
        }

        if (Pick > 0)
        {
            yield return this with { Pick = 0 };
        }
    }

    public override string ToString()
    {
        var amounts = string.Join(", ", Amounts.Select((amount, i) => (amount, ModelCounter.All[i].Name)).Where(part => part.amount >= 0).Select(part => $"{part.Name} {part.amount}"));
        var counter = ModelCounter.All[Pick % ModelCounter.All.Count].Name;
        return string.Create(CultureInfo.InvariantCulture, $"{Kind} ") + Kind switch
        {
            OperationKind.Hold => $"[{amounts}] for {Time} ms",
            OperationKind.HoldAgain or OperationKind.HoldAfterCharge => $"#-{Pick}",
            OperationKind.Settle or OperationKind.SettleUnknown => $"#-{Pick} [{amounts}]{(Number % 2 == 1 ? " retry" : "")}",
            OperationKind.SettleLost => $"[{amounts}]{(Number % 2 == 1 ? " retry" : "")}",
            OperationKind.Charge => $"[{amounts}] {Time} ms ago",
            OperationKind.Advance => $"{Time} ms",
            OperationKind.Override => $"{counter} {(Number % 3 == 0 ? "everybody" : "own")} {(Number > 150 ? "back" : Number > 140 ? "unlimited" : Number)}",
            OperationKind.Warn => $"{counter} {Number}",
            _ => counter,
        };
    }
}

/// <summary>A sequence of operations, as it is printed when it fails.</summary>
internal sealed record Scenario(IReadOnlyList<Operation> Operations)
{
    /// <summary>Parts of it, the shortest first, and then what has less in one place.</summary>
    public static IEnumerable<Scenario> Smaller(Scenario scenario)
    {
        var all = scenario.Operations;
        for (var size = all.Count / 2; size > 0; size /= 2)
        {
            for (var at = 0; at + size <= all.Count; at += size)
            {
                yield return new([.. all.Take(at), .. all.Skip(at + size)]);
            }
        }

        for (var i = 0; i < all.Count; i++)
        {
            foreach (var less in all[i].Smaller())
            {
                yield return new([.. all.Take(i), less, .. all.Skip(i + 1)]);
            }
        }
    }

    public override string ToString() => string.Concat(Operations.Select(operation => $"\n  {operation}"));
}
