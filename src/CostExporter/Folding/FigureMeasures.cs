using System.Globalization;

namespace LlmTelemetry.CostExporter;

/// <summary>What a further figure adds to its row, to the billionth, and what a row's sum is.</summary>
internal static class FigureMeasures
{
    private const decimal Billion = 1_000_000_000m;

    // Eighty million million of such fit in what a store holds.
    private const double Bound = 1e15;

    public static bool IsSane(double value) => double.IsFinite(value) && Math.Abs(value) < Bound;

    /// <param name="row">The row.</param>
    /// <param name="value">A sane value.</param>
    public static void AddFigure(this SpendMeasures row, double value)
    {
        var exact = Exact(Math.Abs(value));
        var whole = decimal.Truncate(exact);
        var billionths = (exact - whole) * Billion;
        var (plus, part) = value < 0 ? (SpendMeasure.FigureMinus, SpendMeasure.FigureMinusBillionths) : (SpendMeasure.FigurePlus, SpendMeasure.FigurePlusBillionths);
        row.Add(SpendMeasure.Figures, 1);
        row.Add(plus, (Int128)whole);
        row.Add(part, (Int128)billionths);
    }

    /// <summary>Exact, as long as it is one of the 28 digits that a decimal has.</summary>
    public static decimal FigureSum(this SpendMeasures row)
    {
        var whole = row[SpendMeasure.FigurePlus] - row[SpendMeasure.FigureMinus];
        var billionths = row[SpendMeasure.FigurePlusBillionths] - row[SpendMeasure.FigureMinusBillionths];
        return (decimal)whole + ((decimal)billionths / Billion);
    }

    // The shortest text that is this double is the number that its writer meant: 0.1, not 0.1000000000000000055.
    private static decimal Exact(double value)
    {
        Span<char> text = stackalloc char[32];
        _ = value.TryFormat(text, out var length, "R", CultureInfo.InvariantCulture);
        return Math.Round(decimal.Parse(text[..length], NumberStyles.Float, CultureInfo.InvariantCulture), 9, MidpointRounding.ToEven);
    }
}
