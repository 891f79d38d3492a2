using LlmTelemetry.CostExporter.Tests.Records;

namespace LlmTelemetry.CostExporter.Tests;

/// <summary>Records of calls that are delivered.</summary>
public sealed class ReceivedRecordTests
{
    [Fact]
    public async Task Records_of_what_is_booked_are_there_when_it_is_answered_and_each_once()
    {
        var records = new FlakyRecordStore();
        await using var receiver = ReceiverUnderTest.Start(records: records);
        var delivery = ReceiverUnderTest.Of([.. Enumerable.Range(0, 450).Select(_ => Calls.Make(tenant: "acme"))]);

        await receiver.ReceiveAsync(delivery);
        await receiver.ReceiveAsync(delivery);

        Assert.Equal(450, records.Count);
        Assert.Equal(delivery.Sources[0].Calls.Select(call => call.Record.Id).Order(), records.Written.Select(record => record.Id).Distinct().Order());
    }

    [Fact]
    public async Task Record_store_that_is_down_or_hangs_costs_records_and_no_money()
    {
        var records = new FlakyRecordStore { Down = true };
        await using var receiver = ReceiverUnderTest.Start(records: records);

        var down = await receiver.ReceiveAsync(Calls.Make());
        (records.Down, records.Hangs) = (false, true);
        var hangs = await receiver.PassTimeUntilAsync(receiver.ReceiveAsync(Calls.Make()));
        records.Hangs = false;
        var well = await receiver.ReceiveAsync(Calls.Make());

        Assert.Equal((true, true, true), (down.IsBooked, hangs.IsBooked, well.IsBooked));
        Assert.Equal((3, 1), (receiver.Store.Sum(SpendMeasure.Calls), records.Count));
        Assert.Equal(["Records of what is delivered are not being kept; spend is not touched by it.", "Records are being kept again."], receiver.Log.Lines.Select(line => line.Text));
    }

    [Fact]
    public async Task Record_of_a_call_whose_telemetry_is_ignored_or_that_is_rejected_is_not_kept()
    {
        var records = new FlakyRecordStore();
        await using var receiver = ReceiverUnderTest.Start(records: records);
        await receiver.ReceiveAsync(Calls.Make());

        await receiver.ReceiveAsync(ReceiverUnderTest.Of(UsageSourceKind.Spans, ReceiverUnderTest.Shop, Calls.Make()));
        await receiver.ReceiveAsync(Calls.Make(at: Calls.Noon.AddDays(-30)));

        Assert.Equal(1, records.Count);
    }

    [Fact]
    public async Task Record_has_the_tenant_of_the_key_that_it_was_delivered_with()
    {
        var records = new FlakyRecordStore();
        await using var receiver = ReceiverUnderTest.Start(records: records);
        var delivery = new Delivery { Tenant = "acme" };
        ReceiverUnderTest.Add(delivery, UsageSourceKind.Events, ReceiverUnderTest.Shop, Calls.Make(tenant: "mallory"));

        await receiver.ReceiveAsync(delivery);

        Assert.Equal("acme", Assert.Single(records.Written).Attribution.Tenant);
    }
}
