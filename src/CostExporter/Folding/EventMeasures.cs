using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter;

/// <summary>What a usage event adds to its row.</summary>
internal static class EventMeasures
{
    private const int SecondsPerHour = 3600;

    // 10^12 USD is nonsense, and one row that no store can hold would stop all those behind it: far below that, since calls add up.
    private static readonly Int128 MostPico = Int128.One << 80;

    public static void Add(this SpendMeasures row, in UsageEvent call)
    {
        if (call.IsCacheHit)
        {
            AddHit(row, call.SavedPico);
            return;
        }

        // 0 where the call itself is counted already: what is booked for it afterwards adds usage and cost alone.
        var calls = call.Calls;
        row.See((int)(call.EndedAt.UtcTicks / TimeSpan.TicksPerSecond % SecondsPerHour));
        row.Add(SpendMeasure.Calls, calls);
        if (call.Outcome is not CallOutcome.Completed)
        {
            row.Add(OutcomeMeasure(call.Outcome), calls);
        }

        var hasCost = call.HasCost && IsBelievable(in call.Cost);
        var quality = QualityOf(in call, hasCost);
        if (quality is not CostQuality.Reported)
        {
            row.Add(QualityMeasure(quality), calls);
        }

        if (call.UsageInconsistent)
        {
            row.Add(SpendMeasure.Inconsistent, calls);
        }

        if (call.Duration > TimeSpan.Zero)
        {
            row.Add(SpendMeasure.DurationMicros, call.Duration.Ticks / TimeSpan.TicksPerMicrosecond);
        }
        else if (calls != 0)
        {
            row.Add(SpendMeasure.Untimed, calls);
        }

        if (calls == 0 && call.HasUsage && !hasCost)
        {
            // Of it alone nothing else would say that its cost is not 0.
            row.Add(SpendMeasure.UnpricedParts, 1);
        }

        if (call.HasUsage)
        {
            AddUsage(row, in call, hasCost);
        }

        if (hasCost)
        {
            AddCost(row, in call);
        }

        row.AddCharge(call.ChargePico, calls);
    }

    /// <summary>How well the call's cost is known, as it is counted and kept.</summary>
    public static CostQuality QualityOf(in UsageEvent call) => QualityOf(in call, call.HasCost && CanBeKept(in call.Cost));

    /// <summary>Whether a cost can be kept; where it cannot, it is as good as unknown, and said so.</summary>
    public static bool IsBelievable(in Cost cost)
    {
        if (CanBeKept(in cost))
        {
            return true;
        }

        SelfDiagnostics.Log.Failed(new OverflowException("The amount is beyond belief."), "the cost of a call, which counts as unpriced");
        return false;
    }

    /// <summary>Adds what is charged on for calls, if anything is.</summary>
    public static void AddCharge(this SpendMeasures row, Int128? pico, long calls)
    {
        if (pico > MostPico)
        {
            SelfDiagnostics.Log.Failed(new OverflowException("The amount is beyond belief."), "what is charged on for a call");
        }
        else if (pico is { } charged)
        {
            row.Add(SpendMeasure.ChargedCalls, calls);
            row.Add(SpendMeasure.Charged, charged);
        }
    }

    private static bool CanBeKept(in Cost cost)
    {
        foreach (var bucket in cost)
        {
            if (cost.Pico(bucket) > MostPico)
            {
                return false;
            }
        }

        return true;
    }

    // A cost that is not there is unknown, whatever the event's maker calls it: it must not be read as 0.
    private static CostQuality QualityOf(in UsageEvent call, bool hasCost) =>
        hasCost ? call.Quality : call.HasUsage ? CostQuality.Unpriced : CostQuality.Unmeasured;

    // No call: neither its time nor what it does not use is anything that calls are measured by.
    private static void AddHit(SpendMeasures row, Int128? savedPico)
    {
        row.Add(SpendMeasure.CacheHits, 1);
        if (savedPico > MostPico)
        {
            SelfDiagnostics.Log.Failed(new OverflowException("The amount is beyond belief."), "what a cache hit saved");
        }
        else if (savedPico is { } saved)
        {
            row.Add(SpendMeasure.Saved, saved);
        }
    }

    private static void AddUsage(SpendMeasures row, in UsageEvent call, bool hasCost)
    {
        Int128 tokens = 0;
        foreach (var bucket in call.Usage)
        {
            var count = call.Usage[bucket];
            if (count == 0)
            {
                continue;
            }

            row.Add(SpendMeasure.Usage(bucket), count);
            if (bucket.IsInputTokens() || bucket.IsOutputTokens())
            {
                tokens += count;
            }
        }

        if (!hasCost && tokens != 0)
        {
            row.Add(SpendMeasure.UnpricedTokens, tokens);
        }
    }

    private static void AddCost(SpendMeasures row, in UsageEvent call)
    {
        foreach (var bucket in call.Cost)
        {
            var pico = call.Cost.Pico(bucket);
            if (pico != 0)
            {
                row.Add(SpendMeasure.Cost(bucket), pico);
            }
        }
    }

    private static byte OutcomeMeasure(CallOutcome outcome) => outcome switch
    {
        CallOutcome.Cancelled => SpendMeasure.Cancelled,
        CallOutcome.Abandoned => SpendMeasure.Abandoned,
        _ => SpendMeasure.Failed,
    };

    private static byte QualityMeasure(CostQuality quality) => quality switch
    {
        CostQuality.Partial => SpendMeasure.Partial,
        CostQuality.Estimated => SpendMeasure.Estimated,
        CostQuality.Unpriced => SpendMeasure.Unpriced,
        _ => SpendMeasure.Unmeasured,
    };
}
