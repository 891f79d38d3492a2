using LlmTelemetry.CostExporter;

namespace LlmTelemetry.Service;

/// <summary>How much memory all requests together take while they are read and booked. What would pass it is to be sent again. Thread-safe.</summary>
internal sealed class OtlpMemory(long limit)
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private long _taken;

    /// <summary>Bytes that are taken now.</summary>
    public long Taken => Volatile.Read(ref _taken);

    /// <exception cref="OtlpRefusal">There is not so much left; nothing was taken.</exception>
    public void Take(long bytes)
    {
        if (Interlocked.Add(ref _taken, bytes) > limit)
        {
            Interlocked.Add(ref _taken, -bytes);
            ReceiverMetrics.CountDelivery(Vocabulary.DeliveryResults.Busy);
            throw new OtlpRefusal(StatusCodes.Status503ServiceUnavailable, "There are more requests than there is memory for at the moment.", RetryAfter);
        }
    }

    public void Return(long bytes) => Interlocked.Add(ref _taken, -bytes);
}
