namespace LlmTelemetry.CostExporter.Stores;

/// <summary>
/// What a row of a correction holds: by how much measures that depend on prices are more, under their own numbers, and by how much they are less, under
/// numbers of these alone, since stores only add. All fit in 7 bits.
/// </summary>
internal static class CorrectionMeasures
{
    private const byte FirstCost = 64;
    private const byte FirstLessCost = 96;
    private const byte End = 128;

    private static readonly (byte Measure, byte Less)[] Counts =
    [
        (SpendMeasure.Partial, 24),
        (SpendMeasure.Estimated, 25),
        (SpendMeasure.Unpriced, 26),
        (SpendMeasure.UnpricedTokens, 27),
        (SpendMeasure.Saved, 28),
        (SpendMeasure.Charged, 29),
        (SpendMeasure.ChargedCalls, 30),
        (SpendMeasure.UnpricedParts, 31),
    ];

    /// <summary>What makes one row the other; null where nothing that depends on prices differs.</summary>
    public static SpendMeasures? Between(SpendMeasures before, SpendMeasures after)
    {
        var correction = new SpendMeasures();
        for (byte measure = 0; measure < FirstLessCost; measure++)
        {
            if (LessOf(measure) is { } less && after[measure] - before[measure] is var more && more != 0)
            {
                correction.Add(more > 0 ? measure : less, Int128.Abs(more));
            }
        }

        return correction.Count == 0 ? null : correction;
    }

    /// <summary>What is added to a row, negative where it is less. What is no part of a correction is left out: whoever else uses its name changes nothing.</summary>
    public static SpendMeasures Signed(SpendMeasures correction)
    {
        var signed = new SpendMeasures();
        for (var i = 0; i < correction.Count; i++)
        {
            var (measure, amount) = correction.At(i);
            if (LessOf(measure) is not null)
            {
                signed.Add(measure, amount);
            }
            else if (OfLess(measure) is { } of)
            {
                signed.Add(of, -amount);
            }
        }

        return signed;
    }

    // Null: it does not depend on prices.
    private static byte? LessOf(byte measure) => SpendMeasure.IsCost(measure, out _)
        ? (byte)(measure - FirstCost + FirstLessCost)
        : Array.Find(Counts, known => known.Measure == measure) is { Less: > 0 } known ? known.Less : null;

    private static byte? OfLess(byte measure) => measure is >= FirstLessCost and < End
        ? (byte)(measure - FirstLessCost + FirstCost)
        : Array.Find(Counts, known => known.Less == measure) is { Less: > 0 } known ? known.Measure : null;
}
