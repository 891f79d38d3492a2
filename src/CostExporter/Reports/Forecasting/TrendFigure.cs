using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter;

/// <summary>A figure now and before.</summary>
public readonly record struct TrendFigure
{
    private const int Digits = 2;

    private TrendFigure(decimal? current, decimal? previous)
    {
        Current = current;
        Previous = previous;
        Change = current - previous;
        Percent = previous > 0 && Change is { } change ? Math.Round((double)change / (double)previous.Value * 100, Digits) : null;
    }

    /// <summary>In the period; null: not known.</summary>
    public decimal? Current { get; }

    /// <summary>In the part of the period before that it is compared with; null: not known.</summary>
    public decimal? Previous { get; }

    /// <summary>By how much it is more, or less; null where either is not known.</summary>
    public decimal? Change { get; }

    /// <summary>The change in percent of what it was, to two decimals; null where that was 0 or either is not known.</summary>
    public double? Percent { get; }

    internal static TrendFigure OfMoney(Int128? current, Int128? previous) => new(Usd(current), Usd(previous));

    internal static TrendFigure OfCount(Int128 current, Int128 previous) => new((decimal)current, (decimal)previous);

    private static decimal? Usd(Int128? pico) => pico is { } known ? Cost.ToUsd(known) : null;
}
