using Microsoft.Extensions.Logging;

namespace LlmTelemetry.CostExporter;

/// <summary>
/// Which life of the store a lane books in, what was booked so lately that it ends with that life, and what is therefore to be booked anew. Not thread-safe.
/// </summary>
internal sealed class LaneLife(string partition, ReceiverContext context)
{
    // A store does not restart, and others do not book twice in it, in less.
    private static readonly TimeSpan Holds = TimeSpan.FromSeconds(1);

    private readonly TimeProvider _time = context.Options.TimeProvider;
    private readonly long _begin = context.Options.TimeProvider.GetTimestamp();
    private readonly KeptParts _kept = new(context.Receipts.DurableAfter, context.Limits.MaxBytes / 2, context.Gate.Free);
    private readonly List<DeliveryPart> _again = [];
    private TimeSpan _answered;

    /// <summary>The life's name; null: not known yet.</summary>
    public string? Name { get; private set; }

    /// <summary>Whether something is to be booked anew.</summary>
    public bool HasAgain => _again.Count > 0;

    /// <summary>Whether something was booked that may still be lost.</summary>
    public bool HasKept => !_kept.IsEmpty;

    /// <summary>Whether it is to be asked for before states that were read in it are relied on.</summary>
    public bool IsInDoubt => Name is null || (IsForgetful && Now - _answered > Holds);

    /// <summary>The time by which <see cref="Confirm"/> is told when the store was asked.</summary>
    public TimeSpan Now => _time.GetElapsedTime(_begin);

    // Else nothing that the store has acknowledged is ever lost.
    private bool IsForgetful => context.Receipts.DurableAfter > TimeSpan.Zero;

    /// <summary>Asks the store.</summary>
    /// <exception cref="Exception">The store's.</exception>
    public async Task LearnAsync()
    {
        var asked = Now;
        Confirm(asked, IsForgetful ? await context.CallAsync((store, token) => store.LifeAsync(partition, token)).ConfigureAwait(false) : "");
    }

    /// <summary>The store has said it.</summary>
    /// <param name="asked">When it was asked.</param>
    /// <param name="life">The life.</param>
    public void Confirm(TimeSpan asked, string life)
    {
        life = IsForgetful ? life : "";
        var overflown = _kept.Overflown;
        var lost = _kept.Confirm(asked, life);
        var isOther = Name is not null && Name != life;
        (Name, _answered) = (life, Now);
        if (!isOther)
        {
            return;
        }

        context.Restarted();
        _again.AddRange(lost.Select(part => part.Anew()));
        ReceiverMetrics.CountRebooked(lost.Sum(part => (long)part.Count));
        context.Logger.LogWarning(
            "The store of {Partition} was restarted, or another took its place: {Items} calls and points that it may have lost are booked anew; {Overflown} more were booked so lately, and there was no room to keep them.",
            partition, lost.Sum(part => (long)part.Count), overflown);
    }

    /// <summary>A part is over: kept for as long as it may be lost, or, where it was booked before and could not be now, tried again.</summary>
    public void Keep(DeliveryPart part)
    {
        if (part.IsAgain && part.Delivery.Failure is not null)
        {
            _again.Add(part.Anew());
        }
        else
        {
            _kept.Add(part, Now, Name ?? "");
        }
    }

    /// <summary>Hands out what is to be booked anew.</summary>
    public List<DeliveryPart> TakeAgain()
    {
        List<DeliveryPart> taken = [.. _again];
        _again.Clear();
        return taken;
    }

    /// <summary>Nothing is kept any more.</summary>
    public void End() => _kept.Clear();
}
