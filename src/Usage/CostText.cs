using System.Globalization;

namespace LlmTelemetry.Usage;

/// <summary>Amounts as people read them.</summary>
internal static class CostText
{
    private const int SignificantDigits = 4;

    /// <summary>
    /// An amount in USD for people: <c>$12.40</c>, <c>$1,234.50</c>; below one dollar up to four significant digits and at least two decimals, so that
    /// the price of a call does not vanish: <c>$0.25</c>, <c>$0.0025</c>, <c>$0.00001235</c>. Half is rounded away from zero; the same in every culture.
    /// </summary>
    /// <returns>The text; <c>unknown</c> for null.</returns>
    public static string Of(decimal? usd)
    {
        if (usd is not { } amount)
        {
            return "unknown";
        }

        var size = Math.Abs(amount);
        var digits = size is 0 or >= 1 ? 2 : Math.Min(28, LeadingZeros(size) + SignificantDigits);
        var rounded = Math.Round(size, digits, MidpointRounding.AwayFromZero);
        var sign = amount < 0 && rounded != 0 ? "-" : "";
        return sign + rounded.ToString(rounded >= 1 ? "$#,##0.00" : "$0.00##########################", CultureInfo.InvariantCulture);
    }

    // Zeros between the point and the first other digit.
    private static int LeadingZeros(decimal size)
    {
        var zeros = 0;
        for (size *= 10; size < 1; size *= 10)
        {
            zeros++;
        }

        return zeros;
    }
}
