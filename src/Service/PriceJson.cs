using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using LlmTelemetry.Usage;

namespace LlmTelemetry.Service;

/// <summary>An explanation as one JSON object, for programs. Amounts and rates are decimals in text, exact.</summary>
internal static class PriceJson
{
    private static readonly JsonSerializerOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Render(PriceExplanation explanation) => new JsonObject
    {
        ["cost_usd"] = Text(explanation.Cost?.Amount),
        ["problem"] = explanation.Problem,
        ["matched_provider"] = explanation.Provider,
        ["provider_rule"] = explanation.ProviderRule,
        ["matched_model"] = explanation.Model,
        ["model_rule"] = explanation.ModelRule,
        ["price_set"] = explanation.PriceSet,
        ["context_tier"] = explanation.ContextTier,
        ["service_tier"] = explanation.ServiceTier,
        ["region_multiplier"] = Text(explanation.RegionMultiplier),
        ["source"] = explanation.Source,
        ["checked"] = explanation.Checked?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        ["price_version"] = explanation.PriceVersion,
        ["lines"] = new JsonArray([.. explanation.Lines.Select(Line)]),
    }.ToJsonString(Options);

    private static JsonObject Line(PriceLine line) => new()
    {
        ["bucket"] = line.Bucket.Name(),
        ["kind"] = line.Kind,
        ["count"] = line.Count,
        ["rate_usd"] = Text(line.Rate),
        ["per"] = line.Per,
        ["priced_as"] = line.PricedAs.Name(),
        ["cost_usd"] = line.Rate is null ? null : Text(Cost.ToUsd(line.CostPico)),
    };

    private static string? Text(decimal? amount) => amount is { } value ? PriceAnswers.Text(value) : null;
}
