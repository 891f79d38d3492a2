using LlmTelemetry.Usage;

namespace LlmTelemetry.Instrumentation;

/// <summary>
/// What was used of an API that is no model: requests, data, or both. Where a price is given here it is all that is paid, and a unit without one costs
/// nothing; without any the price book is asked for <c>request</c> and <c>data_byte</c> under the key's name. With neither the call is <c>unpriced</c>.
/// </summary>
/// <example><code>meter.RecordApi(new ApiUsage("geocoding") { Requests = 3, Bytes = 12_000, PricePerRequest = 0.005m, MarkupPercent = 10 })</code></example>
/// <param name="Key">The API's name; in the ledger it is the provider.</param>
/// <exception cref="ArgumentException">The key is empty.</exception>
public sealed record ApiUsage(string Key)
{
    private const long BytesInMegabyte = 1_000_000;

    /// <summary>The API's name; in the ledger it is the provider.</summary>
    /// <exception cref="ArgumentException">It is empty.</exception>
    public string Key { get; init => field = Named(value); } = Named(Key);

    /// <summary>How many requests; each counts as a call. Default: 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is below 1, or over a thousand million million.</exception>
    public long Requests
    {
        get;
        init => field = MeteredValues.Units(value, 1, nameof(Requests))!.Value;
    } = 1;

    /// <summary>The size of the data in bytes, sent, received or both, as the API charges. Null: not known.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative, or over a petabyte.</exception>
    public long? Bytes
    {
        get;
        init => field = MeteredValues.Units(value, 0, nameof(Bytes));
    }

    /// <summary>What a request costs, in USD.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative, or over a billion USD.</exception>
    public decimal? PricePerRequest
    {
        get;
        init => field = MeteredValues.Money(value, nameof(PricePerRequest));
    }

    /// <summary>What a megabyte (1,000,000 bytes) costs, in USD; parts of it are paid as parts.</summary>
    /// <inheritdoc cref="PricePerRequest" path="/exception"/>
    public decimal? PricePerMegabyte
    {
        get;
        init => field = MeteredValues.Money(value, nameof(PricePerMegabyte));
    }

    /// <summary>What is charged on for it, in percent more than the cost, in place of what <see cref="UsageTrackingOptions.Markup"/> has. Null: as that has it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not from <see cref="MarkupRules.MinPercent"/> to <see cref="MarkupRules.MaxPercent"/>.</exception>
    public decimal? MarkupPercent
    {
        get;
        init => field = value is null or (>= MarkupRules.MinPercent and <= MarkupRules.MaxPercent) ? value
            : throw new ArgumentOutOfRangeException(nameof(MarkupPercent), value, $"Must be from {MarkupRules.MinPercent} to {MarkupRules.MaxPercent}.");
    }

    /// <summary>The requests and bytes, in their buckets.</summary>
    internal CallUsage ToUsage()
    {
        var usage = default(CallUsage);
        usage[UsageBucket.Request] = Requests;
        if (Bytes is { } bytes)
        {
            usage[UsageBucket.DataByte] = bytes;
        }

        return usage;
    }

    /// <summary>The cost at the prices given here, each rounded once to whole pico-USD; false: none is given.</summary>
    /// <exception cref="ArgumentException">There is a price for data, and no size; or it comes to more than a billion USD.</exception>
    internal bool TryPrice(out Cost cost)
    {
        cost = new Cost(Key, Key, Vocabulary.PriceVersions.Given);
        if (PricePerRequest is { } perRequest)
        {
            cost.Add(UsageBucket.Request, Requests, perRequest);
        }

        if (PricePerMegabyte is { } perMegabyte)
        {
            MeteredValues.Require(Bytes is not null, nameof(Bytes), "There is a price for data, so its size must be known.");
            cost.Add(UsageBucket.DataByte, Bytes!.Value, perMegabyte, BytesInMegabyte);
        }

        MeteredValues.Require(MeteredValues.IsMoney(cost.Amount), nameof(PricePerRequest), "It comes to more than a billion USD.");
        return PricePerRequest is not null || PricePerMegabyte is not null;
    }

    /// <summary>What is charged for a cost by the percentage given here; null: none is.</summary>
    internal Int128? Charge(Int128 pico) =>
        MarkupPercent is { } percent ? new MarkupRules { Default = percent }.ChargePico(pico, feature: null, tenant: null, provider: null) : null;

    private static string Named(string key)
    {
        MeteredValues.Require(MeteredValues.Text(key) is not null, nameof(Key), "An API must have a name.");
        return key.Trim();
    }
}
