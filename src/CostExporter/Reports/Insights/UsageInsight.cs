namespace LlmTelemetry.CostExporter;

/// <summary>Something in the ledger that is worth a look: what, with its figures, and the rule that found it.</summary>
public sealed record UsageInsight
{
    /// <summary>The rule's name: <c>unpriced</c>, <c>failures</c>, <c>prompt_growth</c>, <c>reasoning</c>, <c>caching</c>, <c>cheaper_model</c>.</summary>
    public required string Rule { get; init; }

    /// <summary>Whose calls it is about; null: those that did not say.</summary>
    public required IReadOnlyList<KeyValuePair<SpendDimension, string?>> Of { get; init; }

    /// <summary>What it is, in a sentence.</summary>
    public required string Text { get; init; }

    /// <summary>When the rule holds, and what it assumes.</summary>
    public required string Because { get; init; }

    /// <summary>The figures that it is made of, by name, in the order of their making. Money is in USD.</summary>
    public required IReadOnlyList<KeyValuePair<string, decimal>> Figures { get; init; }

    /// <summary>What it is about in USD: spent, or to be saved; null where that is not known.</summary>
    public decimal? Usd { get; init; }
}
