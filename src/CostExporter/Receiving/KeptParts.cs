namespace LlmTelemetry.CostExporter;

/// <summary>
/// What is booked, until the store has surely written it to disk: a store that comes back in another life may have lost it, and then it is booked anew, in which
/// what is still there adds nothing. Not thread-safe.
/// </summary>
/// <param name="durableAfter">See <see cref="IReceiptStore.DurableAfter"/>.</param>
/// <param name="maxBytes">More are not kept; the oldest go.</param>
/// <param name="free">Told of the bytes that are not kept any more.</param>
internal sealed class KeptParts(TimeSpan durableAfter, long maxBytes, Action<long> free)
{
    private readonly Queue<(DeliveryPart Part, TimeSpan At, string Life)> _parts = [];
    private long _bytes;

    public bool IsEmpty => _parts.Count == 0;

    /// <summary>How many items of a life had to go before it was sure that they need not be kept.</summary>
    public long Overflown { get; private set; }

    /// <param name="part">A part that is over.</param>
    /// <param name="at">When it was booked, at the latest.</param>
    /// <param name="life">The life of the store in which it was.</param>
    public void Add(DeliveryPart part, TimeSpan at, string life)
    {
        if (durableAfter <= TimeSpan.Zero || !part.IsDone || part.Delivery.Failure is not null)
        {
            // What is not answered as booked is delivered again by whoever sent it.
            free(part.Bytes);
            return;
        }

        _parts.Enqueue((part, at, life));
        _bytes += part.Bytes;
        while (_bytes > maxBytes)
        {
            Overflown += _parts.Peek().Part.Count;
            Drop();
        }
    }

    /// <summary>The store has answered.</summary>
    /// <param name="asked">When it was asked.</param>
    /// <param name="life">The life in which it answered.</param>
    /// <returns>What it may have lost.</returns>
    public List<DeliveryPart> Confirm(TimeSpan asked, string life)
    {
        var lost = new List<DeliveryPart>();

        // In the order in which they were booked: those of an earlier life come first.
        while (_parts.TryPeek(out var kept) && (kept.Life != life || asked - kept.At >= durableAfter))
        {
            if (kept.Life == life)
            {
                Drop();
                continue;
            }

            // Whoever books it anew holds its bytes from now on.
            lost.Add(kept.Part);
            _bytes -= kept.Part.Bytes;
            _parts.Dequeue();
        }

        Overflown = lost.Count > 0 ? 0 : Overflown;
        return lost;
    }

    public void Clear()
    {
        while (_parts.Count > 0)
        {
            Drop();
        }
    }

    private void Drop()
    {
        var (part, _, _) = _parts.Dequeue();
        _bytes -= part.Bytes;
        free(part.Bytes);
    }
}
