using System.Globalization;
using System.Text;
using System.Text.Json;
using LlmTelemetry.CostExporter;
using LlmTelemetry.Usage;

namespace LlmTelemetry.Service;

/// <summary>Renders what a reprice changes, and the corrections in force.</summary>
internal static class RepriceText
{
    private const string NotSaid = "(none)";

    public static string Table(RepricePlan plan, TimeZoneInfo zone, string outcome)
    {
        var table = new TextTable(wordColumns: 2);
        table.Add(["provider", "model", "calls", "old cost USD", "new cost USD", "difference", "newly priced", "unpriced"]);
        foreach (var model in plan.Models)
        {
            Add(table, model.Provider ?? NotSaid, model.Model ?? NotSaid, model);
        }

        Add(table, "total", "", Total(plan));
        return string.Create(
            CultureInfo.InvariantCulture, $"{OutlookJson.Day(plan.From)} to {OutlookJson.Day(plan.To)} ({zone.Id}), from {plan.Source}, at the prices {plan.PriceVersion}\n\n{table.Render()}{outcome}\n");
    }

    public static string Json(RepricePlan plan, TimeZoneInfo zone, string? correction, bool applied) => Encoding.UTF8.GetString(OutlookJson.Write(json =>
    {
        json.WriteString("from", OutlookJson.Day(plan.From));
        json.WriteString("to", OutlookJson.Day(plan.To));
        json.WriteString("time_zone", zone.Id);
        json.WriteString("currency", Cost.Currency);
        json.WriteString("source", plan.Source);
        json.WriteString("price_version", plan.PriceVersion);
        json.WriteString("correction", correction);
        json.WriteBoolean("applied", applied);
        json.WriteNumber("rows", plan.Rows.Count);
        json.WriteStartArray("models");
        foreach (var model in plan.Models)
        {
            json.WriteStartObject();
            json.WriteString(SpendDimension.Provider.Name(), model.Provider);
            json.WriteString(SpendDimension.Model.Name(), model.Model);
            Figures(json, model);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartObject("total");
        Figures(json, Total(plan));
        json.WriteEndObject();
    })) + "\n";

    public static string List(IReadOnlyList<SpendCorrection> corrections)
    {
        if (corrections.Count == 0)
        {
            return "No correction is in force.\n";
        }

        var table = new TextTable(wordColumns: 4, totals: 0);
        table.Add(["id", "at", "by", "what"]);
        foreach (var correction in corrections)
        {
            table.Add([correction.Id, correction.At.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture), correction.By, correction.Why]);
        }

        return table.Render();
    }

    public static string ListJson(IReadOnlyList<SpendCorrection> corrections) => Encoding.UTF8.GetString(OutlookJson.Write(json =>
    {
        json.WriteStartArray("corrections");
        foreach (var correction in corrections)
        {
            json.WriteStartObject();
            json.WriteString("id", correction.Id);
            json.WriteString("at", correction.At.UtcDateTime);
            json.WriteString("by", correction.By);
            json.WriteString("what", correction.Why);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    })) + "\n";

    private static void Figures(Utf8JsonWriter json, RepriceModel model)
    {
        json.Number("calls", model.Calls.ToString(CultureInfo.InvariantCulture));
        Money(json, "old_cost", model.Before, UnpricedBefore(model));
        Money(json, "new_cost", model.After, model.Unpriced);
        json.Number("difference", OutlookJson.Usd(Cost.ToUsd(model.Difference)));
        json.Number("newly_priced", model.NewlyPriced.ToString(CultureInfo.InvariantCulture));
        json.Number("unpriced", model.Unpriced.ToString(CultureInfo.InvariantCulture));
    }

    private static RepriceModel Total(RepricePlan plan) => plan.Models.Aggregate(
        new RepriceModel(null, null, 0, 0, 0, 0, 0),
        (sum, model) => sum with
        {
            Calls = sum.Calls + model.Calls,
            Before = sum.Before + model.Before,
            After = sum.After + model.After,
            NewlyPriced = sum.NewlyPriced + model.NewlyPriced,
            Unpriced = sum.Unpriced + model.Unpriced,
        });

    private static void Add(TextTable table, string provider, string name, RepriceModel model) => table.Add(
    [
        provider, name, Count(model.Calls), Money(model.Before, UnpricedBefore(model)), Money(model.After, model.Unpriced), (model.Difference > 0 ? "+" : "") + Money(model.Difference), Count(model.NewlyPriced), Count(model.Unpriced),
    ]);

    private static Int128 UnpricedBefore(RepriceModel model) => model.NewlyPriced + model.Unpriced;

    // Where nothing has a price that is known, the cost is not 0.
    private static bool IsUnknown(Int128 cost, Int128 unpriced) => cost == 0 && unpriced > 0;

    private static void Money(Utf8JsonWriter json, string name, Int128 cost, Int128 unpriced)
    {
        if (IsUnknown(cost, unpriced))
        {
            json.WriteNull(name);
        }
        else
        {
            json.Number(name, OutlookJson.Usd(Cost.ToUsd(cost)));
        }
    }

    private static string Money(Int128 cost, Int128 unpriced) => IsUnknown(cost, unpriced) ? "unknown" : Money(cost);

    private static string Count(Int128 count) => count.ToString("N0", CultureInfo.InvariantCulture);

    private static string Money(Int128 pico) => Cost.ToUsd(pico).ToString("#,##0.000000######", CultureInfo.InvariantCulture);
}
