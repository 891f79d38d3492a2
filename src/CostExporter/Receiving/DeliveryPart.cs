namespace LlmTelemetry.CostExporter;

/// <summary>What one source of a delivery says for one partition, on its way into the store. But for <see cref="Over"/> used by its lane alone, once that has it.</summary>
/// <param name="delivery">The delivery.</param>
internal abstract class DeliveryPart(DeliveryProgress delivery)
{
    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _done;

    public DeliveryProgress Delivery => delivery;

    /// <summary>Ends when every item is settled, whatever became of it.</summary>
    public Task Over => _over.Task;

    /// <summary>Whether nothing is to be done for it any more.</summary>
    public bool IsMoot => _over.Task.IsCompleted || delivery.IsAbandoned;

    /// <summary>Whether every item was settled, and not given up.</summary>
    public bool IsDone => _done == Count;

    /// <summary>Whether it was booked and answered already, and is booked anew: it is tried until it is in the store.</summary>
    public bool IsAgain { get; init; }

    public abstract int Count { get; }

    /// <summary>About what it takes in memory.</summary>
    public abstract long Bytes { get; }

    /// <summary>Some of its items are settled.</summary>
    public void Settle(int items = 1)
    {
        delivery.Step(items);
        if ((_done += items) == Count)
        {
            _over.TrySetResult();
        }
    }

    /// <summary>It is not in the store as a whole.</summary>
    public void Fail(Exception cause)
    {
        delivery.Fail(cause);
        _over.TrySetResult();
    }

    /// <summary>Nobody waits for it any more.</summary>
    public void GiveUp() => _over.TrySetResult();

    /// <summary>The same once more, for nobody who waits.</summary>
    public abstract DeliveryPart Anew();
}

/// <summary>Calls of one partition.</summary>
internal sealed class CallPart(DeliveryProgress delivery, List<PlannedCall> calls) : DeliveryPart(delivery)
{
    // Measured with records of a few names and buckets.
    public const long BytesEach = 1536;

    public List<PlannedCall> Calls => calls;

    public override int Count => calls.Count;

    public override long Bytes => calls.Count * BytesEach;

    public override DeliveryPart Anew() => new CallPart(new DeliveryProgress(), calls) { IsAgain = true };
}

/// <summary>Points of one source and partition.</summary>
internal sealed class PointPart(DeliveryProgress delivery, PointOrigin origin, List<PlannedPoint> points) : DeliveryPart(delivery)
{
    public const long BytesEach = 384;

    public PointOrigin Origin => origin;

    public List<PlannedPoint> Points => points;

    public override int Count => points.Count;

    public override long Bytes => points.Count * BytesEach;

    public override DeliveryPart Anew() => new PointPart(new DeliveryProgress(), origin, points) { IsAgain = true };
}

/// <summary>Whose points they are.</summary>
/// <param name="Source">What states are kept under (<see cref="SourceIdentity"/>).</param>
/// <param name="Sender">Who sent them.</param>
/// <param name="Tenant">The tenant that all are booked under; null: as they say.</param>
internal sealed record PointOrigin(string Source, TelemetrySource Sender, string? Tenant);

/// <summary>A call that is to be booked.</summary>
/// <param name="Kind">What told of it.</param>
/// <param name="Record">The call.</param>
/// <param name="At">The moment that it is booked at.</param>
internal readonly record struct PlannedCall(UsageSourceKind Kind, UsageRecord Record, DateTimeOffset At)
{
    /// <summary>Under the day that it says itself, which is the same each time it is delivered.</summary>
    public ReceiptId Id => new(Record.Id, DateOnly.FromDateTime(Record.EndedAt.UtcDateTime));
}

/// <summary>A point that its series is to be taken on to.</summary>
/// <param name="Point">The point.</param>
/// <param name="Booked">The form of telemetry that is booked of its source for the hour.</param>
/// <param name="Hour">The UTC hour that it is booked in.</param>
/// <param name="Calls">What the calls of its source are counted by in that hour; null: no point says.</param>
internal readonly record struct PlannedPoint(ReceivedPoint Point, UsageSourceKind Booked, long Hour, CallsFrom? Calls)
{
    /// <summary>Whether what it adds is booked.</summary>
    public bool IsBooked => Booked.Takes(Point.Kind);
}
