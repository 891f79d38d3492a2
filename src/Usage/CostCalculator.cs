namespace LlmTelemetry.Usage;

/// <summary>
/// Answers the questions that people have about prices, on top of a <see cref="PriceBook"/>: what a call will cost, what the cache saved, what a session
/// cost, which model would be cheaper. Where the book knows no price the answer is null, never 0. Amounts are USD. Thread-safe; not for the hot path.
/// </summary>
/// <example>
/// <code>
/// var calculator = new CostCalculator();
/// var estimate = calculator.Estimate("anthropic", "claude-sonnet-4-5", CostCalculator.TokensOf(prompt), maxOutputTokens: 1_000);
/// Console.WriteLine($"at most {CostCalculator.Format(estimate?.AtMost)}");
/// </code>
/// </example>
/// <param name="book">The prices; null: <see cref="PriceBook.Embedded"/>.</param>
/// <param name="time">Says when a call is made that is not given a time; null: the system's clock.</param>
public sealed class CostCalculator(PriceBook? book = null, TimeProvider? time = null)
{
    // OpenAI's and Anthropic's rule of thumb for English; scripts that are not Latin take up to a token a character.
    private const int CharactersInToken = 4;

    private readonly PriceBook _book = book ?? PriceBook.Embedded;
    private readonly TimeProvider _time = time ?? TimeProvider.System;

    /// <summary>Estimates a prompt's tokens without a tokenizer: a token for 4 ASCII characters or for 1 other one, rounded up.</summary>
    public static long TokensOf(ReadOnlySpan<char> text)
    {
        var ascii = 0L;
        foreach (var character in text)
        {
            ascii += char.IsAscii(character) ? 1 : 0;
        }

        return TokensOf(ascii, text.Length - ascii);
    }

    /// <summary>The same for a text that comes in pieces, by the characters of all of them.</summary>
    /// <param name="ascii">How many characters are ASCII.</param>
    /// <param name="others">How many are not.</param>
    /// <exception cref="ArgumentOutOfRangeException">A count is negative.</exception>
    public static long TokensOf(long ascii, long others)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(ascii);
        ArgumentOutOfRangeException.ThrowIfNegative(others);
        return checked((ascii / CharactersInToken) + (ascii % CharactersInToken == 0 ? 0 : 1) + others);
    }

    /// <inheritdoc cref="CostText.Of"/>
    public static string Format(decimal? usd) => CostText.Of(usd);

    /// <summary>What a call will cost: its prompt for certain, and its answer at most. Searches and other tools are not foreseen.</summary>
    /// <param name="provider">As for <see cref="PriceBook.Quote"/>.</param>
    /// <param name="model">As for <see cref="PriceBook.Quote"/>.</param>
    /// <param name="promptTokens">All tokens of the prompt, cached ones included; <see cref="TokensOf(ReadOnlySpan{char})"/> estimates them.</param>
    /// <param name="maxOutputTokens">The most tokens that the answer may have, reasoning included.</param>
    /// <param name="cachedShare">The share of the prompt that will be read from the cache, 0 to 1.</param>
    /// <param name="when">When the call will be made; null: now.</param>
    /// <param name="serviceTier">As for <see cref="PriceBook.Quote"/>.</param>
    /// <param name="region">As for <see cref="PriceBook.Quote"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">A count is negative, or the share is not between 0 and 1.</exception>
    public CostEstimate? Estimate(
        string? provider,
        string? model,
        long promptTokens,
        long maxOutputTokens,
        decimal cachedShare = 0,
        DateTimeOffset? when = null,
        string? serviceTier = null,
        string? region = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(promptTokens);
        ArgumentOutOfRangeException.ThrowIfNegative(maxOutputTokens);
        ArgumentOutOfRangeException.ThrowIfNegative(cachedShare);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(cachedShare, 1);

        // Rounded down: an estimate had better not be too low.
        var cached = (long)(promptTokens * cachedShare);
        var usage = default(CallUsage);
        usage[UsageBucket.Input] = promptTokens - cached;
        usage[UsageBucket.CacheRead] = cached;
        usage[UsageBucket.Output] = maxOutputTokens;

        // All of the answer may be reasoning, which some models charge more for.
        var reasoned = usage;
        reasoned[UsageBucket.Output] = 0;
        reasoned[UsageBucket.Reasoning] = maxOutputTokens;
        var at = when ?? _time.GetUtcNow();
        return _book.TryQuote(provider, model, in usage, at, serviceTier, region, out var cost)
            && _book.TryQuote(provider, model, in reasoned, at, serviceTier, region, out var thought)
            ? new CostEstimate(Cost.ToUsd(cost.TotalPico - cost.Pico(UsageBucket.Output)), Math.Max(cost[UsageBucket.Output], thought[UsageBucket.Reasoning]))
            : null;
    }

    /// <summary>Each bucket of a call with its count, rate and cost; null: no price is known. <see cref="PriceBook.Explain"/> says more.</summary>
    /// <inheritdoc cref="CacheSavings"/>
    public IReadOnlyList<PriceLine>? Breakdown(
        string? provider, string? model, in CallUsage usage, DateTimeOffset? when = null, string? serviceTier = null, string? region = null) =>
        _book.Explain(provider, model, in usage, when ?? _time.GetUtcNow(), serviceTier, region) is { Cost: not null } explanation ? explanation.Lines : null;

    /// <summary>What the prompt cache saved: what the same call would have cost without it, beside what it cost.</summary>
    /// <param name="provider">As for <see cref="PriceBook.Quote"/>.</param>
    /// <param name="model">As for <see cref="PriceBook.Quote"/>.</param>
    /// <param name="usage">What one call used.</param>
    /// <param name="when">When the call was made; null: now.</param>
    /// <param name="serviceTier">As for <see cref="PriceBook.Quote"/>.</param>
    /// <param name="region">As for <see cref="PriceBook.Quote"/>.</param>
    /// <exception cref="OverflowException">The input tokens do not fit in Int64 together.</exception>
    public CacheSavings? CacheSavings(
        string? provider, string? model, in CallUsage usage, DateTimeOffset? when = null, string? serviceTier = null, string? region = null)
    {
        var at = when ?? _time.GetUtcNow();
        var uncached = CachedBuckets.Without(in usage);
        return _book.TryQuote(provider, model, in usage, at, serviceTier, region, out var cost)
            && _book.TryQuote(provider, model, in uncached, at, serviceTier, region, out var full)
            ? new CacheSavings(cost.Amount, full.Amount)
            : null;
    }

    /// <summary>What a session cost, by what it was spent on. It is priced as one call: for models with context tiers, sum calls instead.</summary>
    /// <param name="provider">As for <see cref="PriceBook.Quote"/>.</param>
    /// <param name="model">As for <see cref="PriceBook.Quote"/>.</param>
    /// <param name="tokens">What the session used, as far as it is counted in tokens (and anything else that is neither of the following).</param>
    /// <param name="audio">How long the session's audio is; a started second counts. Zero where audio is counted in tokens.</param>
    /// <param name="toolCalls">
    /// How often each tool of the provider's was called: <c>web_search</c>, <c>file_search</c>, <c>code_execution</c>, and others by the price book's name.
    /// </param>
    /// <param name="when">When the session was; null: now.</param>
    /// <param name="serviceTier">As for <see cref="PriceBook.Quote"/>.</param>
    /// <param name="region">As for <see cref="PriceBook.Quote"/>.</param>
    /// <returns>The cost; null: no price is known, be it only for the audio or a tool.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The duration or a count is negative.</exception>
    public SessionCost? Session(
        string? provider,
        string? model,
        in CallUsage tokens,
        TimeSpan audio = default,
        IReadOnlyDictionary<string, long>? toolCalls = null,
        DateTimeOffset? when = null,
        string? serviceTier = null,
        string? region = null)
    {
        var usage = SessionUsage.Of(in tokens, audio, toolCalls);
        if (_book.Explain(provider, model, in usage, when ?? _time.GetUtcNow(), serviceTier, region) is not { Cost: { } cost } explanation)
        {
            return null;
        }

        // A bucket that the model has no price for is free in a call; but whoever gives a duration or a tool's name asks for its price.
        return SessionUsage.IsPriced(explanation.Lines, audio, toolCalls) ? SessionCost.Of(in cost) : null;
    }

    /// <summary>What the same usage would cost with each of the models: the cheapest first, those without a known price last. Equals stay in their order.</summary>
    /// <param name="usage">What one call used.</param>
    /// <param name="models">The models, with the provider or null.</param>
    /// <param name="when">When the call is made; null: now.</param>
    /// <param name="serviceTier">As for <see cref="PriceBook.Quote"/>.</param>
    /// <param name="region">As for <see cref="PriceBook.Quote"/>.</param>
    public IReadOnlyList<ModelCost> Compare(
        in CallUsage usage,
        IEnumerable<(string? Provider, string Model)> models,
        DateTimeOffset? when = null,
        string? serviceTier = null,
        string? region = null)
    {
        ArgumentNullException.ThrowIfNull(models);
        var at = when ?? _time.GetUtcNow();
        List<ModelCost> costs = [];
        foreach (var (provider, model) in models)
        {
            costs.Add(new ModelCost(provider, model, _book.Quote(provider, model, in usage, at, serviceTier, region)?.Amount));
        }

        return [.. costs.OrderBy(c => c.Cost is null).ThenBy(c => c.Cost)];
    }
}
