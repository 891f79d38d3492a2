using LlmTelemetry.CostExporter;

namespace LlmTelemetry.Service;

/// <summary>Takes nothing: whoever delivers keeps it, and comes again.</summary>
internal sealed class UnavailableReceiver : IUsageReceiver
{
    private static readonly TimeSpan Later = TimeSpan.FromSeconds(30);

    public Task<DeliveryReply> ReceiveAsync(Delivery delivery, CancellationToken cancellationToken) => Task.FromResult(new DeliveryReply(IsBooked: false, RetryAfter: Later));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
