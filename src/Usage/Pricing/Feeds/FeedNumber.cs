using System.Globalization;
using System.Text.Json;

namespace LlmTelemetry.Usage;

/// <summary>Reads prices as a feed writes them, in exact decimals.</summary>
internal static class FeedNumber
{
    // What a double holds for sure. More digits are the trace of arithmetic in doubles: 2.9999999999999997e-06 was meant as 3e-06.
    private const int MeantDigits = 15;

    // What the price of a unit keeps: more than any provider's has.
    private const int Decimals = 12;

    /// <summary>The number times a factor, from a JSON number or a text that is one; false when it is neither, or too large or too small for any price.</summary>
    public static bool TryRead(JsonElement value, decimal factor, out decimal product)
    {
        product = 0;
        var text = value.ValueKind switch
        {
            JsonValueKind.Number => value.GetRawText(),
            JsonValueKind.String => value.GetString(),
            _ => null,
        };
        if (!decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) || Math.Abs(number) > 1e15m)
        {
            return false;
        }

        product = Normal(Math.Round(Meant(number) * factor, Decimals));
        return product != 0 || !IsMoreThanZero(text);
    }

    /// <summary>The same number without zeros at its end: 2.500 as 2.5.</summary>
    public static decimal Normal(decimal number) => number / 1.0000000000000000000000000000m;

    // Also where a decimal has no room for it: 1e-30.
    private static bool IsMoreThanZero(string number) => number.AsSpan(0, (number + "e").IndexOf('e', StringComparison.OrdinalIgnoreCase)).ContainsAnyInRange('1', '9');

    private static decimal Meant(decimal number)
    {
        var digits = Normal(Math.Abs(number)).ToString(CultureInfo.InvariantCulture).Replace(".", "", StringComparison.Ordinal).TrimStart('0').Length;
        var decimals = Normal(number).Scale - (digits - MeantDigits);
        return digits <= MeantDigits || decimals < 0 ? number : Math.Round(number, decimals);
    }
}
