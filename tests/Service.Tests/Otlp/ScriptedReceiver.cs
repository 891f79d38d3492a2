using LlmTelemetry.CostExporter;

namespace LlmTelemetry.Service.Tests.Otlp;

/// <summary>Keeps what is delivered, and answers as it is told to: at once and well, if nothing else is said.</summary>
internal sealed class ScriptedReceiver : IUsageReceiver
{
    private readonly Lock _gate = new();
    private readonly List<Delivery> _deliveries = [];

    public Func<Delivery, CancellationToken, Task<DeliveryReply>> Answer { get; set; } = (_, _) => Task.FromResult(new DeliveryReply(IsBooked: true));

    public IReadOnlyList<Delivery> Deliveries
    {
        get
        {
            lock (_gate)
            {
                return [.. _deliveries];
            }
        }
    }

    public IEnumerable<SourceDelivery> Sources => Deliveries.SelectMany(delivery => delivery.Sources);

    public IEnumerable<ReceivedCall> Calls => Sources.SelectMany(source => source.Calls);

    public IEnumerable<ReceivedPoint> Points => Sources.SelectMany(source => source.Points);

    public async Task<DeliveryReply> ReceiveAsync(Delivery delivery, CancellationToken cancellationToken)
    {
        var reply = await Answer(delivery, cancellationToken);
        if (reply.IsBooked)
        {
            lock (_gate)
            {
                _deliveries.Add(delivery);
            }
        }

        return reply;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
