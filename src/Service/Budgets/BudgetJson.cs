using System.Text.Json;
using LlmTelemetry.Budgets;

namespace LlmTelemetry.Service;

/// <summary>Prints budgets for programs. Null: unlimited unless it is not known, and of a time: never by itself.</summary>
internal static class BudgetJson
{
    /// <summary>What was changed of a limit; a subject of null: everybody's.</summary>
    public static string Change(string limit, string? subject, Action<Utf8JsonWriter>? more = null) => CommandJson.Object(json =>
    {
        json.WriteString("limit", limit);
        json.WriteString("subject", subject);
        more?.Invoke(json);
    });

    public static void Write(Utf8JsonWriter json, IEnumerable<BudgetState> states)
    {
        json.WriteStartArray();
        foreach (var state in states)
        {
            Write(json, state);
        }

        json.WriteEndArray();
    }

    public static void Write(Utf8JsonWriter json, BudgetQuota quota)
    {
        json.WriteStartObject();
        json.WriteString("user", quota.User);
        json.WriteString("tier", quota.Tier);
        json.WriteString("daily", quota.Daily?.Name);
        json.WriteString("monthly", quota.Monthly?.Name);
        json.WritePropertyName("limits");
        Write(json, quota.Limits);
        json.WriteEndObject();
    }

    public static void Write(Utf8JsonWriter json, BudgetState state)
    {
        json.WriteStartObject();
        json.WriteString("name", state.Name);
        json.WriteString("per", state.Scope.Word());
        json.WriteString("subject", state.Subject);
        json.WriteString("unit", state.Unit.Word());
        json.WriteString("window", state.Window.ToString());
        Write(json, "limit", state.Limit);
        json.WriteBoolean("limit_known", state.IsLimitKnown);
        Write(json, "used", state.Used);
        Write(json, "held", state.Held);
        Write(json, "remaining", state.Remaining);
        if (state.ResetsAt is { } resetsAt)
        {
            json.WriteString("resets_at", resetsAt.ToUniversalTime());
        }
        else
        {
            json.WriteNull("resets_at");
        }

        json.WriteEndObject();
    }

    /// <summary>An amount; null: null.</summary>
    public static void Write(Utf8JsonWriter json, string name, decimal? amount)
    {
        if (amount is { } number)
        {
            json.WriteNumber(name, number);
        }
        else
        {
            json.WriteNull(name);
        }
    }
}
