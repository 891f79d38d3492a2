namespace LlmTelemetry.Usage;

/// <summary>What a feed says about an entry and a price file cannot: it is told, never dropped in silence.</summary>
/// <param name="Entry">The feed's own name of the entry.</param>
/// <param name="What">What was left out, and why.</param>
internal readonly record struct FeedNote(string Entry, string What);

/// <summary>A feed as a price file.</summary>
/// <param name="Format">The format that was recognized.</param>
/// <param name="PriceFile">The text of the price file, one line a model.</param>
/// <param name="Models">How many models it has.</param>
/// <param name="WithoutPrices">How many entries of the feed state no price.</param>
/// <param name="Notes">What is not in the price file.</param>
internal sealed record MappedFeed(string Format, byte[] PriceFile, int Models, int WithoutPrices, IReadOnlyList<FeedNote> Notes);
