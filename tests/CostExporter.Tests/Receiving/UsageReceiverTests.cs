using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter.Tests;

/// <summary>Calls that are delivered, in the ledger once. On the store's model: the real stores have tests of their own.</summary>
public sealed class UsageReceiverTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Call_that_is_delivered_is_booked_as_the_sink_books_it()
    {
        await using var receiver = ReceiverUnderTest.Start();
        var call = Calls.Make(tenant: "acme", charge: 5);

        var reply = await receiver.ReceiveAsync(call);

        Assert.Equal(new DeliveryReply(IsBooked: true), reply);
        var folder = new SpendFolder(TimeZoneInfo.Utc, receiver.Time);
        folder.Record(in call);
        var (expected, (at, measures)) = (Assert.Single(folder.Drain(out _)), Assert.Single(receiver.Store.Rows));
        Assert.Equal((expected.Hour, expected.Day, expected.Key), at);
        Assert.Equal(expected.Measures.ToBytes(), measures.ToBytes());
    }

    [Fact]
    public async Task Delivery_that_comes_again_adds_nothing()
    {
        await using var receiver = ReceiverUnderTest.Start();
        var delivery = ReceiverUnderTest.Of(Calls.Make(), Calls.Make(), Calls.Make(user: "bob"));

        for (var i = 0; i < 3; i++)
        {
            Assert.True((await receiver.ReceiveAsync(delivery)).IsBooked);
        }

        Assert.Equal(3, receiver.Store.Sum(SpendMeasure.Calls));
    }

    [Fact]
    public async Task Same_delivery_ten_times_at_once_through_two_receivers_is_booked_once()
    {
        var store = new ModelReceiptStore();
        await using var one = ReceiverUnderTest.Start(store);
        await using var other = ReceiverUnderTest.Start(store);
        var delivery = ReceiverUnderTest.Of([.. Enumerable.Range(0, 500).Select(i => Calls.Make(user: $"u{i % 300}"))]);

        var replies = await Task.WhenAll(Enumerable.Range(0, 10).Select(i => Task.Run(() => (i % 2 == 0 ? one : other).ReceiveAsync(delivery), Token)));

        Assert.All(replies, reply => Assert.True(reply.IsBooked));
        Assert.Equal((500, 300), (store.Sum(SpendMeasure.Calls), store.Rows.Count));
    }

    [Fact]
    public async Task Call_that_is_twice_in_one_delivery_is_booked_once()
    {
        await using var receiver = ReceiverUnderTest.Start();
        var call = Calls.Make();

        Assert.True((await receiver.ReceiveAsync(call, Calls.Make(), call)).IsBooked);

        Assert.Equal(2, receiver.Store.Sum(SpendMeasure.Calls));
    }

    [Fact]
    public async Task Delivery_of_which_some_is_known_books_the_rest()
    {
        await using var receiver = ReceiverUnderTest.Start();
        var known = Enumerable.Range(0, 50).Select(_ => Calls.Make()).ToArray();
        await receiver.ReceiveAsync(known);

        Assert.True((await receiver.ReceiveAsync([Calls.Make(), .. known, Calls.Make()])).IsBooked);

        Assert.Equal(52, receiver.Store.Sum(SpendMeasure.Calls));
    }

    [Fact]
    public async Task Hundred_thousand_calls_in_one_delivery_are_all_booked()
    {
        await using var receiver = ReceiverUnderTest.Start();
        var calls = Enumerable.Range(0, 100_000).Select(i => Calls.Make(user: $"u{i % 1000}", input: i)).ToArray();

        var reply = await receiver.ReceiveAsync(calls);

        Assert.Equal(new DeliveryReply(IsBooked: true), reply);
        Assert.Equal((100_000, 100_000L * 99_999 / 2), (receiver.Store.Sum(SpendMeasure.Calls), receiver.Store.Sum(SpendMeasure.Usage(UsageBucket.Input))));
        Assert.True(receiver.Store.Bookings < 100, $"{receiver.Store.Bookings} round trips.");
    }

    [Fact]
    public async Task Deliveries_that_wait_at_the_same_time_go_together()
    {
        var (store, release) = (new ModelReceiptStore(), new TaskCompletionSource());
        store.Booking = () => release.Task;
        await using var receiver = ReceiverUnderTest.Start(store);

        // Each of a source of its own, so that each is seen to come as far as the store that keeps the first one waiting.
        var replies = Enumerable.Range(0, 200)
            .Select(i => receiver.ReceiveAsync(ReceiverUnderTest.Of(UsageSourceKind.Events, ReceiverUnderTest.Shop with { Instance = $"shop-{i}" }, Calls.Make()))).ToList();
        await Eventually.HoldsAsync(() => Task.FromResult(store.Claims >= 200), "all are under way");
        release.SetResult();

        Assert.All(await Task.WhenAll(replies), reply => Assert.True(reply.IsBooked));
        Assert.Equal(200, store.Sum(SpendMeasure.Calls));
        Assert.True(store.Bookings < 100, $"{store.Bookings} round trips.");
    }

    [Fact]
    public async Task Answer_that_is_lost_books_nothing_twice_when_the_delivery_comes_again()
    {
        await using var receiver = ReceiverUnderTest.Start();
        var delivery = ReceiverUnderTest.Of(Calls.Make(), Calls.Make());
        receiver.Store.Meet(ReceiptFault.BookAndLoseTheAnswer);

        var first = await receiver.ReceiveAsync(delivery);
        var second = await receiver.ReceiveAsync(delivery);

        Assert.Equal((false, true), (first.IsBooked, second.IsBooked));
        Assert.InRange(first.RetryAfter!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30));
        Assert.Equal(2, receiver.Store.Sum(SpendMeasure.Calls));
    }

    [Fact]
    public async Task Store_that_never_answers_is_not_waited_for_longer_than_its_time()
    {
        await using var receiver = ReceiverUnderTest.Start();
        var delivery = ReceiverUnderTest.Of(Calls.Make());
        receiver.Store.Meet(ReceiptFault.BookAndNeverAnswer);
        var begun = receiver.Time.GetUtcNow();

        var first = await receiver.PassTimeUntilAsync(receiver.ReceiveAsync(delivery));

        Assert.False(first.IsBooked);
        Assert.InRange(receiver.Time.GetUtcNow() - begun, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(9));
        Assert.True((await receiver.ReceiveAsync(delivery)).IsBooked);
        Assert.Equal(1, receiver.Store.Sum(SpendMeasure.Calls));
    }

    [Fact]
    public async Task Store_that_is_down_at_the_start_takes_deliveries_once_it_is_there()
    {
        var store = new ModelReceiptStore { IsDown = true };
        await using var receiver = ReceiverUnderTest.Start(store);
        Assert.False((await receiver.ReceiveAsync(Calls.Make())).IsBooked);
        Assert.NotNull(receiver.Receiver.Error);

        store.IsDown = false;

        Assert.True((await receiver.ReceiveAsync(Calls.Make())).IsBooked);
        Assert.Null(receiver.Receiver.Error);
        Assert.Equal(1, store.Sum(SpendMeasure.Calls));
    }

    [Fact]
    public async Task Retry_after_grows_to_half_a_minute_while_the_store_is_down_and_is_a_second_again_after_it()
    {
        var store = new ModelReceiptStore { IsDown = true };
        await using var receiver = ReceiverUnderTest.Start(store);
        var waits = new List<double>();
        for (var i = 0; i < 9; i++)
        {
            var reply = await receiver.ReceiveAsync(Calls.Make());
            waits.Add(reply.RetryAfter!.Value.TotalSeconds);
            receiver.Time.Advance(reply.RetryAfter.Value);
        }

        Assert.Equal([1, 2, 4, 8, 16, 30, 30, 30, 30], waits);
        store.IsDown = false;
        await receiver.ReceiveAsync(Calls.Make());
        store.IsDown = true;
        Assert.Equal(1, (await receiver.ReceiveAsync(Calls.Make())).RetryAfter!.Value.TotalSeconds);
    }

    [Fact]
    public async Task More_deliveries_than_there_is_room_for_are_sent_away_at_once()
    {
        var (store, release) = (new ModelReceiptStore(), new TaskCompletionSource());
        store.Booking = () => release.Task;
        await using var receiver = ReceiverUnderTest.Start(store, limits: new ReceiverLimits { MaxDeliveries = 3 });
        var waiting = Enumerable.Range(0, 3).Select(_ => receiver.ReceiveAsync(Calls.Make())).ToList();

        var reply = await receiver.ReceiveAsync(Calls.Make());

        Assert.Equal((false, TimeSpan.FromSeconds(1)), (reply.IsBooked, reply.RetryAfter));
        release.SetResult();
        Assert.All(await Task.WhenAll(waiting), one => Assert.True(one.IsBooked));
        Assert.True((await receiver.ReceiveAsync(Calls.Make())).IsBooked);
    }

    [Fact]
    public async Task More_bytes_than_there_is_room_for_are_sent_away_but_one_delivery_alone_is_always_taken()
    {
        var (store, release) = (new ModelReceiptStore(), new TaskCompletionSource());
        store.Booking = () => release.Task;
        await using var receiver = ReceiverUnderTest.Start(store, limits: new ReceiverLimits { MaxBytes = 10 * CallPart.BytesEach });
        var large = receiver.ReceiveAsync([.. Enumerable.Range(0, 50).Select(_ => Calls.Make())]);

        Assert.False((await receiver.ReceiveAsync(Calls.Make())).IsBooked);

        release.SetResult();
        Assert.True((await large).IsBooked);
        await Eventually.HoldsAsync(async () => (await receiver.ReceiveAsync(Calls.Make())).IsBooked, "there is room again");
    }

    [Fact]
    public async Task Partition_that_is_down_does_not_stop_the_others()
    {
        var store = new ModelReceiptStore { DownPartition = "gone" };
        await using var receiver = ReceiverUnderTest.Start(store);

        var replies = await Task.WhenAll(
            receiver.ReceiveAsync(Calls.Make(tenant: "gone")), receiver.ReceiveAsync(Calls.Make(tenant: "here")), receiver.ReceiveAsync(Calls.Make(tenant: "gone"), Calls.Make(tenant: "there")));

        Assert.Equal([false, true, false], replies.Select(reply => reply.IsBooked));
        Assert.Equal((0, 1, 1), (store.Sum(SpendMeasure.Calls, key => key.Tenant == "gone"), store.Sum(SpendMeasure.Calls, key => key.Tenant == "here"), store.Sum(SpendMeasure.Calls, key => key.Tenant == "there")));
    }

    [Fact]
    public async Task Tenant_of_the_key_overrides_what_the_telemetry_says()
    {
        await using var receiver = ReceiverUnderTest.Start();
        var delivery = new Delivery { Tenant = "acme" };
        ReceiverUnderTest.Add(delivery, UsageSourceKind.Events, ReceiverUnderTest.Shop, Calls.Make(tenant: "mallory"), Calls.Make());

        Assert.True((await receiver.ReceiveAsync(delivery)).IsBooked);

        Assert.Equal("acme", Assert.Single(receiver.Store.Rows).Key.Key.Tenant);
    }

    [Fact]
    public async Task What_one_tenants_services_send_decides_nothing_for_those_of_another_that_have_the_same_name()
    {
        await using var receiver = ReceiverUnderTest.Start();
        var (one, other) = (new Delivery { Tenant = "a" }, new Delivery { Tenant = "b" });
        ReceiverUnderTest.Add(one, UsageSourceKind.Events, ReceiverUnderTest.Shop, Calls.Make());
        ReceiverUnderTest.Add(other, UsageSourceKind.Spans, ReceiverUnderTest.Shop, Calls.Make());

        Assert.True((await receiver.ReceiveAsync(one)).IsBooked);
        Assert.True((await receiver.ReceiveAsync(other)).IsBooked);

        Assert.Equal(2, receiver.Store.Sum(SpendMeasure.Calls));
    }

    [Fact]
    public async Task Call_that_one_tenant_sends_under_the_id_of_anothers_takes_nothing_from_it_and_counts_once()
    {
        await using var receiver = ReceiverUnderTest.Start();
        var call = Calls.Make();
        foreach (var tenant in new[] { "mallory", "acme", "acme" })
        {
            var delivery = new Delivery { Tenant = tenant };
            ReceiverUnderTest.Add(delivery, UsageSourceKind.Events, ReceiverUnderTest.Shop, call);
            Assert.True((await receiver.ReceiveAsync(delivery)).IsBooked);
        }

        Assert.Equal((1, 1), (receiver.Store.Sum(SpendMeasure.Calls, key => key.Tenant == "mallory"), receiver.Store.Sum(SpendMeasure.Calls, key => key.Tenant == "acme")));
    }

    [Fact]
    public async Task Call_older_than_ids_are_remembered_is_rejected_and_the_others_are_booked()
    {
        await using var receiver = ReceiverUnderTest.Start();

        var reply = await receiver.ReceiveAsync(Calls.Make(at: Calls.Noon.AddDays(-9)), Calls.Make(at: Calls.Noon.AddDays(-8)), Calls.Make());

        Assert.Equal((true, 1, "1 not booked: older than 8 days: the store does not remember for longer what it has booked."), (reply.IsBooked, reply.Rejected, reply.Message));
        Assert.Equal(2, receiver.Store.Sum(SpendMeasure.Calls));
    }

    [Fact]
    public async Task Call_a_little_ahead_of_the_clock_is_booked_as_told_one_far_ahead_when_it_came_and_one_of_days_ahead_never()
    {
        await using var receiver = ReceiverUnderTest.Start(time: new ManualTime(Calls.Noon.AddMinutes(55)));
        var now = receiver.Time.GetUtcNow();
        var far = Calls.Make(at: now.AddHours(12), user: "far");

        var reply = await receiver.ReceiveAsync(Calls.Make(at: now.AddMinutes(9), user: "little"), far, Calls.Make(at: now.AddDays(2), user: "days"));
        receiver.Time.Advance(TimeSpan.FromHours(13));
        var again = await receiver.ReceiveAsync(far);

        Assert.Equal((true, 1, true), (reply.IsBooked, reply.Rejected, again.IsBooked));
        var noon = Calls.Noon.ToUnixTimeSeconds() / 3600;
        Assert.Equal([("far", noon), ("little", noon + 1)], receiver.Store.Rows.Keys.Select(row => (row.Key.User!, row.Hour)).Order());
        Assert.Equal(2, receiver.Store.Sum(SpendMeasure.Calls));
    }

    [Fact]
    public async Task Clock_that_steps_back_and_forth_books_each_call_once()
    {
        await using var receiver = ReceiverUnderTest.Start();
        var delivered = new List<Delivery>();
        foreach (var step in new[] { 0, -3, 5, -2, 30, -30 })
        {
            // The sender's clock is right: seen from here its calls are hours old, or hours ahead.
            receiver.Time.Advance(TimeSpan.FromHours(step));
            delivered.Add(ReceiverUnderTest.Of(Calls.Make(at: Calls.Noon.AddMinutes(delivered.Count))));
            foreach (var delivery in delivered)
            {
                Assert.Equal((true, 0), (await receiver.ReceiveAsync(delivery)) is var reply ? (reply.IsBooked, reply.Rejected) : default);
            }
        }

        Assert.Equal(6, receiver.Store.Sum(SpendMeasure.Calls));
    }

    [Fact]
    public async Task Call_that_no_store_can_add_up_is_rejected_and_does_not_block_the_rest()
    {
        await using var receiver = ReceiverUnderTest.Start();
        var poison = new UsageRecord { Id = Guid.NewGuid(), EndedAt = Calls.Noon, Operation = "chat", Calls = 1, Duration = TimeSpan.Zero };
        var delivery = ReceiverUnderTest.Of([.. Enumerable.Range(0, 30).Select(_ => Calls.Make())]);
        delivery.Sources[0].Calls.Insert(11, new ReceivedCall(UsageSourceKind.Events, poison with { Attribution = new Attribution(User: ModelReceiptStore.Poison) }));

        var reply = await receiver.ReceiveAsync(delivery);

        Assert.Equal((true, 1), (reply.IsBooked, reply.Rejected));
        Assert.Equal(30, receiver.Store.Sum(SpendMeasure.Calls));
        Assert.True((await receiver.ReceiveAsync(Calls.Make())).IsBooked);
    }

    [Fact]
    public async Task Calls_whose_amounts_pass_all_numbers_together_are_rejected_each_and_not_booked_as_nothing()
    {
        await using var receiver = ReceiverUnderTest.Start();
        var huge = Int128.One << 126;
        var calls = new[] { Calls.Make() with { SavedPico = huge }, Calls.Make() with { ChargePico = huge } };
        var costly = Calls.Make();
        costly.SetCost(Calls.Cost((UsageBucket.Input, huge)));

        var reply = await receiver.ReceiveAsync([.. Enumerable.Repeat(calls.Append(costly), 4).SelectMany(some => some).Select(call => call with { CallId = Guid.NewGuid() }), Calls.Make()]);

        Assert.Equal((true, 12), (reply.IsBooked, reply.Rejected));
        Assert.Equal(1, receiver.Store.Sum(SpendMeasure.Calls));
    }

    [Fact]
    public async Task Day_of_a_zone_off_the_hour_is_that_of_the_moment()
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById("Asia/Kathmandu");
        await using var receiver = ReceiverUnderTest.Start(configure: o => o.TimeZone = zone, time: new ManualTime(Calls.Noon.AddHours(8)));

        // Midnight there is 18:15 UTC.
        await receiver.ReceiveAsync(Calls.Make(at: Calls.Noon.AddHours(6).AddMinutes(14)), Calls.Make(at: Calls.Noon.AddHours(6).AddMinutes(16)));

        Assert.Equal([new DateOnly(2026, 11, 22), new DateOnly(2026, 11, 23)], receiver.Store.Rows.Keys.Select(row => row.Day).Order());
    }

    [Fact]
    public async Task Receiver_beats_as_exporters_do_and_says_when_it_ends()
    {
        var store = new ModelReceiptStore();
        await using (var receiver = ReceiverUnderTest.Start(store))
        {
            await Eventually.HoldsAsync(() => Task.FromResult(!store.Beats.IsEmpty), "the first beat");
            receiver.Time.Advance(TimeSpan.FromSeconds(10));
            await Eventually.HoldsAsync(() => Task.FromResult(store.Beats.Count >= 2), "the second beat");
        }

        Assert.True(store.Beats.Last().Ends);
        Assert.Single(store.Beats.Select(beat => beat.Instance).Distinct());
    }

    [Fact]
    public async Task Delivery_after_the_end_is_to_come_again()
    {
        var receiver = ReceiverUnderTest.Start();
        await receiver.DisposeAsync();

        Assert.False((await receiver.ReceiveAsync(Calls.Make())).IsBooked);
        Assert.Empty(receiver.Store.Rows);
    }

    [Fact]
    public void Store_that_takes_no_deliveries_is_refused_at_the_start_by_its_name()
    {
        var error = Assert.Throws<NotSupportedException>(() => UsageReceiver.Start(new CostExporterOptions(), new FlakySpendStore(), records: null, new ListLogger<UsageReceiver>()));
        Assert.Contains("llmtelemetry.db takes no deliveries; it must be redis://HOST:PORT", error.Message, StringComparison.Ordinal);
    }
}
