namespace LlmTelemetry.CostExporter;

/// <summary>Books deliveries, each increment once, however often and through whichever receiver it is delivered. Thread-safe.</summary>
internal interface IUsageReceiver : IAsyncDisposable
{
    /// <summary>
    /// Books a delivery. Once it has answered <see cref="DeliveryReply.IsBooked"/>, the delivery is as durable as the store is. Never throws but for the
    /// token; what it does not answer in time may or may not have been booked, and is delivered again without harm.
    /// </summary>
    Task<DeliveryReply> ReceiveAsync(Delivery delivery, CancellationToken cancellationToken);
}

/// <summary>What became of a delivery.</summary>
/// <param name="IsBooked">Whether it is in the store, but for what was rejected; false: it is to be delivered again, later.</param>
/// <param name="Rejected">How many calls or points cannot be booked, ever: too old to tell whether they are new, say.</param>
/// <param name="Message">What is wrong, for whoever sent it; null for nothing.</param>
/// <param name="RetryAfter">When to deliver it again; null where it is booked.</param>
internal readonly record struct DeliveryReply(bool IsBooked, int Rejected = 0, string? Message = null, TimeSpan? RetryAfter = null);
