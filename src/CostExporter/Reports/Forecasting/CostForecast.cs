namespace LlmTelemetry.CostExporter;

/// <summary>What a day or a month will have cost when it is over. Money is in USD.</summary>
public sealed record CostForecast
{
    /// <summary>The first day.</summary>
    public required DateOnly From { get; init; }

    /// <summary>The last day, inclusive.</summary>
    public required DateOnly To { get; init; }

    /// <summary>What is spent already, exact.</summary>
    public required decimal Spent { get; init; }

    /// <summary>What is expected for the whole period: never less than <see cref="Spent"/>. Null: too little is known.</summary>
    public decimal? Expected { get; init; }

    /// <summary>The lower end of the band that was wide enough for 80 % of past forecasts; never less than <see cref="Spent"/>.</summary>
    public decimal? Low { get; init; }

    /// <summary>The upper end of it.</summary>
    public decimal? High { get; init; }

    /// <summary>Why there is no forecast, and what it would need; null where there is one.</summary>
    public string? TooLittle { get; init; }

    /// <summary>How many finished days it is made of.</summary>
    public int DaysOfHistory { get; init; }

    /// <summary>How many past forecasts the band is made of.</summary>
    public int PastForecasts { get; init; }
}
