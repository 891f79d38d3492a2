using System.Diagnostics.CodeAnalysis;

namespace LlmTelemetry.Usage;

/// <summary>Prices of models at a time: the whole door to pricing. Immutable and thread-safe.</summary>
public sealed class PriceBook
{
    private PriceBook() => Version = "0";

    /// <summary>The book that is built into this assembly.</summary>
    public static PriceBook Embedded { get; } = new();

    /// <summary>Date and content hash: <c>2026-09-23.1f2e3d4c</c>.</summary>
    public string Version { get; }

    /// <summary>Whether the book has an entry for the model.</summary>
    [SuppressMessage("Performance", "CA1822", Justification = "Replaced by the price engine.")]
    public bool Knows(string? provider, string? model) => false;

    /// <summary>Prices one call.</summary>
    public Cost? Quote(string? provider, string? model, in CallUsage usage, DateTimeOffset when, string? serviceTier = null) =>
        TryQuote(provider, model, in usage, when, serviceTier, out var cost) ? cost : null;

    /// <summary>Prices one call without copying the result twice. False: no price is known for this model.</summary>
    [SuppressMessage("Performance", "CA1822", Justification = "Replaced by the price engine.")]
    public bool TryQuote(string? provider, string? model, in CallUsage usage, DateTimeOffset when, string? serviceTier, out Cost cost)
    {
        cost = default;
        return false;
    }
}
