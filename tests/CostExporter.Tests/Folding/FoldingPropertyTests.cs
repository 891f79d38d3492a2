using FsCheck;
using FsCheck.Fluent;
using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter.Tests;

public sealed class FoldingPropertyTests
{
    private static readonly string?[] Names = [null, "", "a", "b", "_other", "ü", "a\n"];

    // A call, and whether the folder is drained after it, what was drained is returned, or neither.
    private static readonly Gen<(UsageEvent Call, int Then)> Steps =
        from user in Gen.Elements(Names)
        from model in Gen.Elements(Names)
        from tenant in Gen.Elements(Names)
        from minutes in Gen.Choose(0, 60 * 50)
        from input in Gen.Choose(0, int.MaxValue)
        from output in Gen.Choose(0, 5_000)
        from price in Gen.Choose(0, 75_000_000)
        from outcome in Gen.Elements(Enum.GetValues<CallOutcome>())
        from quality in Gen.Elements(Enum.GetValues<CostQuality>())
        from charge in Gen.Choose(-1, int.MaxValue)
        from then in Gen.Choose(0, 5)
        select (Calls.Make(user, Calls.Noon.AddMinutes(minutes), input, output, price, tenant, model, outcome: outcome, quality: quality, charge: charge < 0 ? null : charge), then);

    [Fact]
    public void Any_interleaving_of_calls_drains_and_returns_sums_to_the_tally()
    {
        var runs = Gen.ListOf(Steps).ToArbitrary();

        Check.One(Config.QuickThrowOnFailure.WithMaxTest(300), Prop.ForAll(runs, steps => FoldsToTally([.. steps])));
    }

    private static bool FoldsToTally((UsageEvent Call, int Then)[] steps)
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById("Asia/Kolkata");
        var folder = new SpendFolder(zone, new ManualTime(), maxRows: 40);
        var sums = new Dictionary<byte, Int128>();
        var tally = new Dictionary<byte, Int128>();
        foreach (var (call, then) in steps)
        {
            folder.Record(in call);
            Tally(tally, in call);
            if (then > 3)
            {
                continue;
            }

            var rows = folder.Drain(out var since);
            foreach (var row in rows)
            {
                if (then == 0)
                {
                    folder.Return(in row, since);
                }
                else
                {
                    Add(sums, row.Measures);
                }
            }
        }

        folder.Drain(out _).ForEach(row => Add(sums, row.Measures));
        // A measure of 0 may be there: stores leave it out.
        return sums.Count(sum => sum.Value != 0) == tally.Count && tally.All(t => sums[t.Key] == t.Value);
    }

    // Written apart from the folder's own mapping, with plain additions per event.
    private static void Tally(Dictionary<byte, Int128> tally, in UsageEvent call)
    {
        Plus(tally, SpendMeasure.Calls, 1);
        Plus(tally, SpendMeasure.DurationMicros, (Int128)call.Duration.TotalMicroseconds);
        Plus(tally, SpendMeasure.Failed, call.Outcome == CallOutcome.Failed ? 1 : 0);
        Plus(tally, SpendMeasure.Cancelled, call.Outcome == CallOutcome.Cancelled ? 1 : 0);
        Plus(tally, SpendMeasure.Abandoned, call.Outcome == CallOutcome.Abandoned ? 1 : 0);
        Plus(tally, SpendMeasure.Partial, call.Quality == CostQuality.Partial ? 1 : 0);
        Plus(tally, SpendMeasure.Estimated, call.Quality == CostQuality.Estimated ? 1 : 0);
        Plus(tally, SpendMeasure.Unpriced, call.Quality == CostQuality.Unpriced ? 1 : 0);
        Plus(tally, SpendMeasure.Unmeasured, call.Quality == CostQuality.Unmeasured ? 1 : 0);
        Plus(tally, SpendMeasure.Charged, call.ChargePico ?? 0);
        Plus(tally, SpendMeasure.ChargedCalls, call.ChargePico is null ? 0 : 1);
        foreach (var bucket in Enum.GetValues<UsageBucket>())
        {
            Plus(tally, SpendMeasure.Usage(bucket), call.Usage[bucket]);
            Plus(tally, SpendMeasure.Cost(bucket), call.Cost.Pico(bucket));
        }

        Plus(tally, SpendMeasure.UnpricedTokens, call.Quality == CostQuality.Unpriced ? call.Usage.InputTokens + call.Usage.OutputTokens : 0);
    }

    private static void Add(Dictionary<byte, Int128> sums, SpendMeasures measures)
    {
        for (var i = 0; i < measures.Count; i++)
        {
            Plus(sums, measures.At(i).Measure, measures.At(i).Value);
        }
    }

    private static void Plus(Dictionary<byte, Int128> sums, byte measure, Int128 amount)
    {
        if (amount != 0)
        {
            sums[measure] = sums.GetValueOrDefault(measure) + amount;
        }
    }
}
