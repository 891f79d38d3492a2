using System.CommandLine;
using System.Globalization;
using LlmTelemetry.Budgets;
using LlmTelemetry.CostExporter;

namespace LlmTelemetry.Service;

/// <summary>Prints budgets for people.</summary>
internal static class BudgetText
{
    // Of a tier that the application alone knows.
    private const string Unknown = "?";

    private static readonly string[] Heading = ["limit", "per", "subject", "unit", "window", "amount", "used", "held", "remaining", "used %", "resets (UTC)"];

    public static Option<string?> Subject(string description) => new("--subject") { Description = description, HelpName = "subject" };

    public static string Whose(string? subject) => subject is null ? "of everybody" : $"of '{subject}'";

    public static string Render(IEnumerable<BudgetState> states)
    {
        var table = new TextTable(wordColumns: 5, totals: 0);
        table.Add(Heading);
        foreach (var state in states)
        {
            table.Add(
            [
                state.Name, state.Scope.Word(), state.Subject, state.Unit.Word(), state.Window.ToString(),
                state.IsLimitKnown ? Number(state.Limit) : Unknown, Number(state.Used), Number(state.Held), state.IsLimitKnown ? Number(state.Remaining) : Unknown,
                state.PercentUsed?.ToString("0.0", CultureInfo.InvariantCulture) ?? "",
                state.ResetsAt?.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) ?? "",
            ]);
        }

        return table.Render();
    }

    public static string Render(BudgetQuota quota, bool isTierKnown) =>
        $"user {quota.User}, {(quota.Tier is { } tier ? $"tier {tier}" : "no tier")}{(isTierKnown ? "" : ", of which no application has limits")}\n\n" + (quota.Limits.Count == 0 ? "No limit applies.\n" : Render(quota.Limits));

    private static string Number(decimal? amount) => amount?.ToString("#,0.#########", CultureInfo.InvariantCulture) ?? "unlimited";
}
