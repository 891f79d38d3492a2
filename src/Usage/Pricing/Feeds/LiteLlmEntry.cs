using System.Text.Json;

namespace LlmTelemetry.Usage;

/// <summary>One entry of LiteLLM's map, read key by key. Keys that are about money and have no place in a price file are noted.</summary>
internal sealed class LiteLlmEntry(string name, string mode, FeedBook book)
{
    private readonly FeedPrices _prices = new();
    private readonly SortedDictionary<string, FeedRates> _tiers = new(StringComparer.Ordinal);
    private JsonElement? _offPeak;
    private bool _isBroken;

    private FeedRates Standard => _prices.Rates;

    /// <summary>The price sets of the entry; none where it states no price, null where one of its prices is not to be believed.</summary>
    /// <param name="json">The entry.</param>
    /// <param name="atLeast">Whether the provider's tiers start at their number of tokens rather than above it.</param>
    /// <param name="images">Prices by size and quality, from the entries that are named after them.</param>
    public IReadOnlyList<FeedPrices>? Read(JsonElement json, bool atLeast, SortedDictionary<string, decimal>? images)
    {
        foreach (var field in json.EnumerateObject().Where(f => f.Value.ValueKind != JsonValueKind.Null && LiteLlmKey.LooksLikePrice(f.Name)))
        {
            ReadField(field.Name, field.Value);
        }

        LiteLlmExtras.ReadEntry(name, json, _prices, book);
        _prices.AtLeast = atLeast;
        Finish(images);
        if (_isBroken || IsHalf())
        {
            book.Note(name, "is left out: what it does not price would cost nothing");
            return null;
        }

        if (_prices.IsEmpty)
        {
            return [];
        }

        return _offPeak is { } block && LiteLlmOffPeak.Read(name, block, _prices, book) is { } offPeak ? [_prices, offPeak] : [_prices];
    }

    private void ReadField(string key, JsonElement value)
    {
        switch (key)
        {
            case "tiered_pricing":
                LiteLlmTiers.Read(name, value, Standard, book);
                break;
            case "off_peak_pricing":
                _offPeak = value;
                break;
            case not null when LiteLlmExtras.TryRead(name, key, value, _prices, book):
                break;
            default:
                ReadPrice(key!, value);
                break;
        }
    }

    private void ReadPrice(string text, JsonElement value)
    {
        var key = LiteLlmKey.Parse(text);
        var price = key.Price(mode);
        if (!FeedNumber.TryRead(value, price?.Factor ?? 1, out var usd) || usd < 0)
        {
            book.Note(name, $"{text} is {value.GetRawText()}, which is no price");
            _isBroken |= price is not null;
        }
        else if (price is null)
        {
            NoteUnmapped(text, usd);
        }
        else
        {
            Set(text, key, price.Value.Bucket, usd);
        }
    }

    private void Set(string text, LiteLlmKey key, UsageBucket bucket, decimal usd)
    {
        var isToken = bucket.IsInputTokens() || bucket.IsOutputTokens();
        if (key.Above != 0 && !isToken)
        {
            NoteUnmapped(text, usd);
            return;
        }

        if (usd > PriceUnits.Of(bucket).Highest)
        {
            book.Note(name, $"{text} is more than any provider charges: it is meant for a single unit");
            _isBroken = true;
            return;
        }

        // An output price of 0 beside an input price only says that embeddings and the like have no output.
        if (usd == 0 && bucket == UsageBucket.Output && mode is "embedding" or "rerank" or "moderation" or "audio_transcription" or "ocr")
        {
            return;
        }

        var rates = key.ServiceTier is null ? Standard : _tiers.TryGetValue(key.ServiceTier, out var known) ? known : _tiers[key.ServiceTier] = new FeedRates();
        var prices = rates.Above(key.Above);
        if (prices.TryGetValue(bucket, out var other) && other != usd && other != 0 && usd != 0)
        {
            book.Note(name, $"{text} says {FeedNumber.Normal(usd)} for {bucket.Name()}, another key {FeedNumber.Normal(other)}: the higher one counts");
        }

        prices[bucket] = Math.Max(usd, other);
    }

    private void Finish(SortedDictionary<string, decimal>? images)
    {
        var byToken = Standard.Base.GetValueOrDefault(UsageBucket.OutputImage) != 0;
        if (byToken && Standard.Base.Remove(UsageBucket.Image))
        {
            book.Note(name, "output_cost_per_image is left out: images are charged by their tokens");
        }

        if (images is not null && byToken)
        {
            book.Note(name, "prices by size of image are left out: images are charged by their tokens");
        }
        else if (images is not null)
        {
            AddKinds(images);
        }

        if (_prices.Kinds.TryGetValue(UsageBucket.Image, out var kinds) && Standard.Base.Remove(UsageBucket.Image, out var any))
        {
            kinds.TryAdd("*", any);
        }

        Standard.Complete();
        foreach (var (tier, rates) in _tiers)
        {
            if (rates.Over(Standard) is { Base.Count: > 0 } own)
            {
                _prices.ServiceTiers[tier] = own;
            }
            else
            {
                book.Note(name, $"the prices of service tier {tier} are left out: they say nothing of the base");
            }
        }
    }

    // A model that reads and writes text has a price for both, or none.
    private bool IsHalf() =>
        mode is "chat" or "completion" or "responses" && Standard.Base.ContainsKey(UsageBucket.Input) != Standard.Base.ContainsKey(UsageBucket.Output);

    private void AddKinds(SortedDictionary<string, decimal> images)
    {
        var kinds = _prices.Kinds.TryGetValue(UsageBucket.Image, out var known) ? known : _prices.Kinds[UsageBucket.Image] = new(StringComparer.Ordinal);
        foreach (var (kind, usd) in images)
        {
            kinds[kind] = usd;
        }
    }

    private void NoteUnmapped(string key, decimal number)
    {
        if (number != 0)
        {
            book.Note(name, $"{key} has no place in a price file");
        }
    }
}
