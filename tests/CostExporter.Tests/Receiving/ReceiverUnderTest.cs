using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter.Tests;

/// <summary>A receiver with a clock and a log of its own, by default on a store in memory.</summary>
internal sealed class ReceiverUnderTest : IAsyncDisposable
{
    public static readonly TelemetrySource Shop = new("acme", "shop", "1", "test");

    private ReceiverUnderTest(UsageReceiver receiver, ModelReceiptStore store, ManualTime time, ListLogger<UsageReceiver> log) =>
        (Receiver, Store, Time, Log) = (receiver, store, time, log);

    public UsageReceiver Receiver { get; }

    public ModelReceiptStore Store { get; }

    public ManualTime Time { get; }

    public ListLogger<UsageReceiver> Log { get; }

    public static ReceiverUnderTest Start(
        ModelReceiptStore? store = null, Action<CostExporterOptions>? configure = null, IRecordStore? records = null, ReceiverLimits? limits = null, ManualTime? time = null)
    {
        store ??= new ModelReceiptStore();
        time ??= new ManualTime(Calls.Noon);
        var options = new CostExporterOptions { TimeProvider = time };
        configure?.Invoke(options);
        var log = new ListLogger<UsageReceiver>();
        return new ReceiverUnderTest(UsageReceiver.Start(options, store, records, log, limits, new Random(1)), store, time, log);
    }

    /// <summary>A delivery of one source's calls.</summary>
    public static Delivery Of(params UsageEvent[] calls) => Of(UsageSourceKind.Events, Shop, calls);

    public static Delivery Of(UsageSourceKind kind, TelemetrySource source, params UsageEvent[] calls)
    {
        var delivery = new Delivery();
        Add(delivery, kind, source, calls);
        return delivery;
    }

    public static void Add(Delivery delivery, UsageSourceKind kind, TelemetrySource source, params UsageEvent[] calls)
    {
        var said = new SourceDelivery(source);
        said.Calls.AddRange(calls.Select(call => new ReceivedCall(kind, UsageRecord.Of(in call))));
        delivery.Sources.Add(said);
    }

    public Task<DeliveryReply> ReceiveAsync(Delivery delivery) => Receiver.ReceiveAsync(delivery, TestContext.Current.CancellationToken);

    public Task<DeliveryReply> ReceiveAsync(params UsageEvent[] calls) => ReceiveAsync(Of(calls));

    /// <summary>Moves the clock on, a little at a time as pauses and limits begin while it moves, until the task ends.</summary>
    public async Task<T> PassTimeUntilAsync<T>(Task<T> task)
    {
        await PassTimeUntilAsync(() => task.IsCompleted, "it ends");
        return await task;
    }

    public Task PassTimeUntilAsync(Func<bool> condition, string what) => Eventually.HoldsAsync(
        () =>
        {
            if (condition())
            {
                return Task.FromResult(true);
            }

            Time.Advance(TimeSpan.FromSeconds(0.25));
            return Task.FromResult(false);
        },
        what);

    public async ValueTask DisposeAsync()
    {
        var ending = Receiver.DisposeAsync().AsTask();
        await PassTimeUntilAsync(() => ending.IsCompleted, "the receiver ends");
        await ending;
    }
}
