using System.Globalization;
using System.Text;
using LlmTelemetry.Usage;

namespace LlmTelemetry.Service;

/// <summary>Prints a price for people: the line of a cost, or all of an explanation.</summary>
internal static class PriceText
{
    private const string Gap = "  ";

    /// <summary>The cost in one line: <c>$0.0312  0.0312 USD  anthropic/claude-sonnet-4-5  prices 2026-09-23.1f2e3d4c</c>.</summary>
    public static string Line(in Cost cost) =>
        $"{CostCalculator.Format(cost.Amount)}  {PriceAnswers.Text(cost.Amount)} USD  {cost.Provider}/{cost.Model}  prices {cost.PriceVersion}";

    /// <summary>Buckets x rates = cost, line by line, the total, and where it all comes from.</summary>
    public static string Render(PriceExplanation explanation, string? provider, string model, DateTimeOffset when)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{model}{(provider is null ? "" : " at " + provider)}, {when.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC: {CostCalculator.Format(explanation.Cost?.Amount)}\n\n");
        if (explanation.Lines.Count != 0)
        {
            Aligned(text, Arithmetic(explanation), "lrlrllr");
            text.Append('\n');
        }

        Aligned(text, [.. Facts(explanation).Where(fact => fact[1].Length != 0)], "ll");
        return text.ToString();
    }

    private static List<string[]> Arithmetic(PriceExplanation explanation)
    {
        var decimals = explanation.Lines.Select(line => Cost.ToUsd(line.CostPico)).Append(explanation.Cost?.Amount ?? 0).Max(cost => Scale(cost));
        var rates = Math.Max(2, explanation.Lines.Max(line => Scale(line.Rate ?? 0)));
        List<string[]> rows = [["bucket", "count", "", "USD", "", "", "USD"]];
        foreach (var line in explanation.Lines)
        {
            rows.Add(line.Rate is { } rate
                ? [Name(line), Number(line.Count, 0), "x", Number(rate, rates), Unit(line), "=", Number(Cost.ToUsd(line.CostPico), decimals)]
                : [Name(line), Number(line.Count, 0), "", "no price", "", "", ""]);
        }

        rows.Add(["total", "", "", "", "", "=", explanation.Cost is { } cost ? Number(cost.Amount, decimals) : CostCalculator.Format(null)]);
        return rows;
    }

    private static IEnumerable<string[]> Facts(PriceExplanation explanation) =>
    [
        ["provider", With(explanation.Provider, explanation.ProviderRule)],
        ["model", With(explanation.Model, explanation.ModelRule)],
        ["price set", explanation.PriceSet ?? ""],
        ["context tier", explanation.Lines.Count == 0 ? "" : explanation.ContextTier ?? "base prices"],
        ["service tier", explanation.Lines.Count == 0 ? "" : explanation.ServiceTier ?? "standard"],
        ["region", explanation.Lines.Count == 0 ? "" : explanation.RegionMultiplier is { } times ? $"token prices x {PriceAnswers.Text(times)}" : "list price"],
        ["source", explanation.Source ?? ""],
        ["checked", explanation.Checked?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) ?? ""],
        ["price version", explanation.PriceVersion],
    ];

    private static string With(string? id, string? rule) => id is null ? "" : rule is null ? id : $"{id} ({rule})";

    private static string Name(in PriceLine line) =>
        line.Bucket.Name() + (line.Kind is null ? "" : " " + line.Kind) + (line.PricedAs == line.Bucket ? "" : $" (as {line.PricedAs.Name()})");

    private static string Unit(in PriceLine line) => line.Per switch
    {
        3_600 => "an hour",
        1_000_000 => "a million",
        _ => "a thousand",
    };

    private static string Number(decimal value, int decimals) => value.ToString("N" + decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    // Digits after the point that say something.
    private static int Scale(decimal value)
    {
        var plain = PriceAnswers.Text(value);
        var point = plain.IndexOf('.', StringComparison.Ordinal);
        return point < 0 ? 0 : plain.Length - point - 1;
    }

    private static void Aligned(StringBuilder text, List<string[]> rows, string columns)
    {
        var widths = columns.Select((_, i) => rows.Max(row => row[i].Length)).ToArray();
        foreach (var row in rows)
        {
            var cells = row.Select((cell, i) => columns[i] == 'r' ? cell.PadLeft(widths[i]) : cell.PadRight(widths[i]));
            text.Append(string.Join(Gap, cells).TrimEnd()).Append('\n');
        }
    }
}
