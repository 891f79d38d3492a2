using System.Globalization;

namespace LlmTelemetry.CostExporter;

/// <summary>A correction as one text: when, who, why.</summary>
internal static class CorrectionText
{
    private const string Time = "O";

    public static string Of(SpendCorrection correction) =>
        KeyText.Join(correction.At.ToUniversalTime().ToString(Time, CultureInfo.InvariantCulture), correction.By, correction.Why);

    public static SpendCorrection Read(string id, string text)
    {
        var parts = new string?[3];
        _ = KeyText.Split(text, parts);
        return new SpendCorrection(id, DateTimeOffset.ParseExact(parts[0]!, Time, CultureInfo.InvariantCulture), parts[1] ?? "", parts[2] ?? "");
    }
}
