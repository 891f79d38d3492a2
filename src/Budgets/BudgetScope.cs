using System.Text.Json.Serialization;

namespace LlmTelemetry.Budgets;

/// <summary>Whom a limit is for: each value, or each combination of values, has the whole limit for itself.</summary>
[JsonConverter(typeof(BudgetScopeConverter))]
[Flags]
public enum BudgetScope
{
    /// <summary>All calls together.</summary>
    Global = 0,

    /// <summary>Each user. Calls that say none are not limited.</summary>
    User = 1,

    /// <summary>Each tenant.</summary>
    Tenant = 2,

    /// <summary>Each feature.</summary>
    Feature = 4,

    /// <summary>All calls of a tier together.</summary>
    Tier = 8,

    /// <summary>Each provider.</summary>
    Provider = 16,

    /// <summary>Each model, as it was asked for.</summary>
    Model = 32,

    /// <summary>Each session.</summary>
    Session = 64,
}
