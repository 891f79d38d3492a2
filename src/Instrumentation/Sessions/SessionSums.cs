using LlmTelemetry.Usage;

namespace LlmTelemetry.Instrumentation;

/// <summary>The running sums of a session. Used under its session's lock.</summary>
internal sealed class SessionSums
{
    private CallUsage _all;
    private CallUsage _priced;
    private CallUsage _rest; // What has no cost of its own.
    private Cost _cost;
    private bool _hasCost;
    private bool _isUnpriced; // A part has no price: the whole is not known.
    private bool _hasAudioInTokens;

    public ref readonly CallUsage All => ref _all;

    public ref readonly CallUsage Priced => ref _priced;

    public ref readonly CallUsage Rest => ref _rest;

    public ref readonly Cost PricedCost => ref _cost;

    public bool HasCost => _hasCost;

    /// <summary>In USD; null: not known. Audio that is charged by the token costs nothing by itself, but while the tokens are not there yet that is no 0.</summary>
    /// <param name="isKnown">Whether there are prices for the model: then nothing used is 0.</param>
    public decimal? CostOf(bool isKnown) => _isUnpriced ? null : _hasCost ? _cost.Amount : isKnown && !_hasAudioInTokens ? 0 : null;

    public CostQuality Quality => _isUnpriced ? CostQuality.Unpriced : _hasCost ? CostQuality.Reported : _all.IsEmpty ? CostQuality.Unmeasured : CostQuality.Unpriced;

    /// <exception cref="OverflowException">A sum would not fit in Int64; nothing was added.</exception>
    public void Add(in SessionPart part)
    {
        var (all, priced, rest) = (_all, _priced, _rest);
        all.Add(in part.Priced);
        all.Add(in part.Unpriced);
        all.Add(in part.InTokens);
        priced.Add(in part.Priced);
        rest.Add(in part.Unpriced);
        rest.Add(in part.InTokens);
        (_all, _priced, _rest) = (all, priced, rest);
        _isUnpriced |= !part.Unpriced.IsEmpty;
        _hasAudioInTokens |= !part.InTokens.IsEmpty;
        if (!part.Priced.IsEmpty)
        {
            AddCost(in part.Cost);
        }
    }

    private void AddCost(in Cost cost)
    {
        if (_hasCost)
        {
            _cost.Add(in cost);
        }
        else
        {
            _cost = cost;
        }

        _hasCost = true;
    }
}
