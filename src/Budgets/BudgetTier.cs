namespace LlmTelemetry.Budgets;

/// <summary>What each user of a tier may use; null: unlimited.</summary>
public sealed record BudgetTier
{
    /// <summary>Requests in the last minute.</summary>
    public long? RequestsPerMinute { get; init; }

    /// <summary>Requests of the calendar's day.</summary>
    public long? RequestsPerDay { get; init; }

    /// <summary>Requests of the calendar's month.</summary>
    public long? RequestsPerMonth { get; init; }

    /// <summary>Input and output tokens in the last hour.</summary>
    public long? TokensPerHour { get; init; }

    /// <summary>Input and output tokens of the calendar's day.</summary>
    public long? TokensPerDay { get; init; }

    /// <summary>Input and output tokens of the calendar's month.</summary>
    public long? TokensPerMonth { get; init; }

    /// <summary>US dollars of the calendar's day.</summary>
    public decimal? UsdPerDay { get; init; }

    /// <summary>US dollars of the calendar's month.</summary>
    public decimal? UsdPerMonth { get; init; }

    /// <summary>How long one session may last, from its first call.</summary>
    public TimeSpan? SessionLength { get; init; }

    /// <summary>Tools that the answers of one session may ask for.</summary>
    public long? ToolCallsPerSession { get; init; }

    /// <summary>10 requests a minute and 10,000 tokens an hour.</summary>
    public static BudgetTier Free { get; } = new() { RequestsPerMinute = 10, TokensPerHour = 10_000 };

    /// <summary>60 requests a minute and 100,000 tokens an hour.</summary>
    public static BudgetTier Standard { get; } = new() { RequestsPerMinute = 60, TokensPerHour = 100_000 };

    /// <summary>As <see cref="Standard"/>, with 10,000 requests a day and 300,000 a month.</summary>
    public static BudgetTier Premium { get; } = Standard with { RequestsPerDay = 10_000, RequestsPerMonth = 300_000 };

    /// <summary>500 requests a minute and 1,000,000 tokens an hour.</summary>
    public static BudgetTier Enterprise { get; } = new() { RequestsPerMinute = 500, TokensPerHour = 1_000_000 };
}
