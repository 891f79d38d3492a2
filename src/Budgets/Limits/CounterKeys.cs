using System.Numerics;

namespace LlmTelemetry.Budgets;

/// <summary>How a limit's counters are named.</summary>
internal static class CounterKeys
{
    // An array: it is walked for each call.
    private static readonly BudgetScope[] Scopes = [.. ScopeWords.InOrder];

    /// <summary>Name, unit and window, and the zone where it matters: <c>daily|usd|day@Europe/Berlin</c>.</summary>
    public static string Series(string name, BudgetUnit unit, BudgetWindow window, TimeZoneInfo zone)
    {
        var series = $"{name}|{unit.Word()}|{window}";
        return window.Kind is WindowKind.Day or WindowKind.Month && !IsUtc(zone) ? $"{series}@{zone.Id}" : series;
    }

    /// <inheritdoc cref="Series(string, BudgetUnit, BudgetWindow, TimeZoneInfo)"/>
    public static string Series(BudgetLimit limit, TimeZoneInfo zone) => Series(limit.Name, limit.Unit, limit.Window, zone);

    /// <summary>Whose the counter is; null: the call does not say one of the scope's values.</summary>
    public static string? Subject(BudgetScope scope, in CallSubject call)
    {
        if (scope == BudgetScope.Global)
        {
            return "";
        }

        if (BitOperations.IsPow2((int)scope))
        {
            return Value(scope, call) is { } value ? ScopeWords.Subject(value) : null;
        }

        var values = new string[BitOperations.PopCount((uint)scope)];
        var count = 0;
        foreach (var one in Scopes)
        {
            if ((scope & one) != 0)
            {
                if (Value(one, call) is not { } value)
                {
                    return null;
                }

                values[count++] = value;
            }
        }

        return ScopeWords.Subject(values);
    }

    /// <summary>What a call says of one scope; null: nothing.</summary>
    public static string? Value(BudgetScope scope, in CallSubject call)
    {
        var value = scope switch
        {
            BudgetScope.User => call.Attribution.User,
            BudgetScope.Tenant => call.Attribution.Tenant,
            BudgetScope.Feature => call.Attribution.Feature,
            BudgetScope.Tier => call.Tier,
            BudgetScope.Provider => call.Provider,
            BudgetScope.Model => call.Model,
            BudgetScope.Session => call.Attribution.Session,
            _ => throw new ArgumentOutOfRangeException(nameof(scope), scope, "One scope has one value."),
        };
        return string.IsNullOrEmpty(value) ? null : value;
    }

    private static bool IsUtc(TimeZoneInfo zone) => zone.Id == TimeZoneInfo.Utc.Id || zone.HasSameRules(TimeZoneInfo.Utc);
}
