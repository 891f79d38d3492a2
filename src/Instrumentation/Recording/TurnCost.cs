using LlmTelemetry.Usage;

namespace LlmTelemetry.Instrumentation;

/// <summary>The sum of several calls for one answer. Exact; what is not known of one of them shows in the quality. Not thread-safe.</summary>
internal sealed class TurnCost
{
    private readonly Int128[] _pico = new Int128[UsageBucketExtensions.Count];
    private CallUsage _usage;
    private CostQuality _quality;
    private string? _priceVersion;
    private Int128? _charge;
    private Int128? _saved;
    private long _requests;
    private bool _isPriced;
    private bool _hasCalls;

    public void Add(in UsageEvent call)
    {
        _saved = call.SavedPico is { } saved ? (_saved ?? 0) + saved : _saved;
        if (call.IsCacheHit)
        {
            return;
        }

        _hasCalls = true;
        _isPriced |= call.HasCost;
        _requests += call.Calls;
        _quality = (CostQuality)Math.Max((byte)_quality, (byte)call.Quality);
        _charge = call.ChargePico is { } charge ? (_charge ?? 0) + charge : _charge;
        if (call.HasUsage)
        {
            AddUsage(in call.Usage);
        }

        if (call.HasCost)
        {
            _priceVersion = call.Cost.PriceVersion;
            foreach (var bucket in call.Cost)
            {
                _pico[(int)bucket] += call.Cost.Pico(bucket);
            }
        }
    }

    // Cache hits alone cost nothing, and that is known.
    public UsageCost ToUsageCost() => new(_requests, _quality, in _usage, _isPriced || !_hasCalls ? _pico : null, _priceVersion, _charge, _saved);

    // Capped where it leaves Int64: no real counts.
    private void AddUsage(in CallUsage usage)
    {
        var sum = _usage;
        foreach (var bucket in usage)
        {
            sum[bucket] = (long)Int128.Min((Int128)sum[bucket] + usage[bucket], long.MaxValue);
        }

        _usage = sum;
    }
}
