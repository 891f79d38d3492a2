using System.Text;
using System.Text.Json;
using LlmTelemetry.Budgets;

namespace LlmTelemetry.Service.Tests;

/// <summary>Limits that are far from used up, nearly so, and passed; as the service writes them. The first has what <see cref="SpendStory"/> spent today.</summary>
internal static class LimitStates
{
    private static readonly DateTimeOffset Midnight = new(2026, 11, 23, 0, 0, 0, TimeSpan.Zero);

    private static readonly BudgetState[] States =
    [
        new("all-daily", BudgetUnit.Usd, BudgetWindow.Day, BudgetScope.Global, "", 5m, 0.7773789m, 0m, Midnight),
        new("user-daily", BudgetUnit.Usd, BudgetWindow.Day, BudgetScope.User, "<b>ada</b>", 0.5m, 0.4500001m, 0.01m, Midnight),
        new("tokens", BudgetUnit.Tokens, BudgetWindow.Month, BudgetScope.User, "bob", 1_000_000m, 1_000_001m, 0m, Midnight.AddDays(8)),
    ];

    /// <summary>The answer of <c>/api/budgets</c>.</summary>
    public static (string Path, string Json) Answer { get; } = ("/api/budgets*", Render());

    private static string Render()
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WritePropertyName("items");
            BudgetJson.Write(json, States);
            json.WriteBoolean("has_more", false);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
