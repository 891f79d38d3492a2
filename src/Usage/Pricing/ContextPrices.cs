namespace LlmTelemetry.Usage;

/// <summary>Prices by context tier: the base first, then each tier with all that holds there. Immutable.</summary>
/// <param name="starts">For each the fewest input tokens that it holds for; the first is 0.</param>
/// <param name="sheets">The prices, those of the tiers below included.</param>
internal sealed class ContextPrices(long[] starts, PriceSheet[] sheets)
{
    public static ContextPrices Empty { get; } = new([], []);

    public int Count => sheets.Length;

    public PriceSheet this[int tier] => sheets[tier];

    public long StartOf(int tier) => starts[tier];
}
