using LlmTelemetry.TestKit;

namespace LlmTelemetry.CostExporter.Tests;

/// <summary>What a receiver says of itself. Counters are the process's: what other tests do meanwhile would be in them.</summary>
[Collection<ProcessWide>]
public sealed class ReceiverMetricsTests
{
    private static readonly string[] All =
    [
        "llm.receiver.deliveries", "llm.receiver.booked", "llm.receiver.duplicates", "llm.receiver.ignored", "llm.receiver.rejected", "llm.receiver.conflicts",
        "llm.receiver.rebooked", "llm.receiver.booking.duration", "llm.receiver.waiting",
    ];

    [Fact]
    public async Task Deliveries_and_items_are_counted_by_what_became_of_them()
    {
        using var meter = new MeasurementRecorder("LlmTelemetry.Receiver");
        await using var receiver = ReceiverUnderTest.Start(limits: new ReceiverLimits { MaxDeliveries = 1 });
        var known = Calls.Make();
        await receiver.ReceiveAsync(known, Calls.Make());
        await receiver.ReceiveAsync(known, Calls.Make(at: Calls.Noon.AddDays(-30)));
        await receiver.ReceiveAsync(ReceiverUnderTest.Of(UsageSourceKind.Spans, ReceiverUnderTest.Shop, Calls.Make(), Calls.Make(), Calls.Make()));
        receiver.Store.Meet(ReceiptFault.Refuse);
        await receiver.ReceiveAsync(Calls.Make());
        var release = new TaskCompletionSource();
        receiver.Store.Booking = () => release.Task;
        var waiting = receiver.ReceiveAsync(Calls.Make());
        await receiver.ReceiveAsync(Calls.Make());
        Assert.Equal(1, Assert.Single(meter.Of("llm.receiver.waiting")).Value);
        release.SetResult();
        await waiting;

        Assert.Equal([("booked", 3), ("busy", 1), ("later", 1), ("partial", 1)], Sums(meter, "llm.receiver.deliveries", "llm.receiver.result"));
        Assert.Equal([("events", 3)], Sums(meter, "llm.receiver.booked", "llm.receiver.form"));
        Assert.Equal([("events", 1)], Sums(meter, "llm.receiver.duplicates", "llm.receiver.form"));
        Assert.Equal([("precedence", 3)], Sums(meter, "llm.receiver.ignored", "llm.receiver.reason"));
        Assert.Equal([("too_old", 1)], Sums(meter, "llm.receiver.rejected", "llm.receiver.reason"));
        Assert.Equal(4, meter.Of("llm.receiver.booking.duration").Count);
        Assert.Equal(0, Assert.Single(meter.Of("llm.receiver.waiting")).Value);
    }

    [Fact]
    public void Every_metric_of_the_receiver_is_documented_with_its_unit()
    {
        var documented = DocumentedMetrics.All.Where(metric => metric.Name.StartsWith("llm.receiver.", StringComparison.Ordinal)).ToDictionary(metric => metric.Name, metric => metric.Unit);
        Assert.Equal(All.Order(), documented.Keys.Order());
    }

    private static IEnumerable<(string Value, double Sum)> Sums(MeasurementRecorder meter, string counter, string tag) =>
        meter.Of(counter).GroupBy(one => (string)one.Tags[tag]!).Select(one => (one.Key, one.Sum(measured => measured.Value))).OrderBy(one => one.Key);
}
