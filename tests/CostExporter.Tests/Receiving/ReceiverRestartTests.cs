namespace LlmTelemetry.CostExporter.Tests;

/// <summary>A store that comes back without what it had acknowledged last.</summary>
public sealed class ReceiverRestartTests
{
    private static readonly TimeSpan DurableAfter = TimeSpan.FromSeconds(3);

    [Fact]
    public async Task What_the_store_lost_is_booked_anew_when_the_next_delivery_shows_it()
    {
        await using var receiver = ReceiverUnderTest.Start(new ModelReceiptStore { DurableAfter = DurableAfter });
        await receiver.ReceiveAsync(Calls.Make(user: "kept"));
        await receiver.ReceiveAsync(Calls.Make(user: "lost"), Calls.Make(user: "lost"));
        receiver.Store.LoseLast(1);

        await receiver.ReceiveAsync(Calls.Make(user: "next"));

        await receiver.PassTimeUntilAsync(() => receiver.Store.Sum(SpendMeasure.Calls) == 4, "what was lost is there again");
        Assert.Equal(2, receiver.Store.Sum(SpendMeasure.Calls, key => key.User == "lost"));
        Assert.Contains(receiver.Log.Lines, line => line.Text.Contains("booked anew", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_the_store_lost_is_booked_anew_though_nothing_more_is_delivered()
    {
        await using var receiver = ReceiverUnderTest.Start(new ModelReceiptStore { DurableAfter = DurableAfter });
        await receiver.ReceiveAsync(Calls.Make(), Calls.Make());
        receiver.Store.LoseLast(1);
        receiver.Store.IsDown = true;
        receiver.Time.Advance(TimeSpan.FromSeconds(20));
        receiver.Store.IsDown = false;

        await receiver.PassTimeUntilAsync(() => receiver.Store.Sum(SpendMeasure.Calls) == 2, "what was lost is there again");
    }

    [Fact]
    public async Task What_is_booked_anew_is_tried_until_it_is_in_the_store()
    {
        await using var receiver = ReceiverUnderTest.Start(new ModelReceiptStore { DurableAfter = DurableAfter });
        await receiver.ReceiveAsync(Calls.Make(), Calls.Make());
        receiver.Store.LoseLast(1);
        receiver.Store.Meet(ReceiptFault.None, ReceiptFault.Refuse, ReceiptFault.BookAndLoseTheAnswer, ReceiptFault.Refuse);

        Assert.True((await receiver.ReceiveAsync(Calls.Make())).IsBooked);

        await receiver.PassTimeUntilAsync(() => receiver.Store.Sum(SpendMeasure.Calls) == 3, "what was lost is there again");
    }

    [Fact]
    public async Task What_is_on_disk_for_sure_is_not_kept()
    {
        await using var receiver = ReceiverUnderTest.Start(
            new ModelReceiptStore { DurableAfter = DurableAfter }, limits: new ReceiverLimits { MaxBytes = 4 * CallPart.BytesEach });
        for (var i = 0; i < 20; i++)
        {
            // Each takes most of the room there is: it is let in once what is kept of the one before is let go.
            while (!(await receiver.ReceiveAsync(Calls.Make(), Calls.Make(), Calls.Make())).IsBooked)
            {
                receiver.Time.Advance(TimeSpan.FromSeconds(0.5));
            }
        }

        Assert.Equal(60, receiver.Store.Sum(SpendMeasure.Calls));
    }

    [Fact]
    public async Task Store_that_loses_nothing_is_not_asked_again()
    {
        await using var receiver = ReceiverUnderTest.Start();
        await receiver.ReceiveAsync(Calls.Make());
        var bookings = receiver.Store.Bookings;

        receiver.Time.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal((1, bookings), (receiver.Store.Bookings, bookings));
    }
}
