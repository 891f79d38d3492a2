using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter.Tests;

/// <summary>Points of metrics that are delivered: each increment in the ledger once, with the state that says so.</summary>
public sealed class PointReceiverTests
{
    private static readonly byte Input = SpendMeasure.Usage(UsageBucket.Input);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Sums_and_differences_are_booked_once_however_often_they_are_delivered()
    {
        await using var receiver = ReceiverUnderTest.Start();
        foreach (var value in new[] { 100, 100, 250, 100, 250 })
        {
            Assert.True((await receiver.ReceiveAsync(Points(receiver, Sum(receiver, "alice", value, second: value)))).IsBooked);
        }

        foreach (var second in new[] { 1, 2, 1, 3, 2 })
        {
            Assert.True((await receiver.ReceiveAsync(Points(receiver, Difference(receiver, "bob", 7, second)))).IsBooked);
        }

        Assert.Equal((250, 21), (receiver.Store.Sum(Input, key => key.User == "alice"), receiver.Store.Sum(Input, key => key.User == "bob")));
    }

    [Fact]
    public async Task Two_receivers_of_one_source_book_each_increment_once()
    {
        var store = new ModelReceiptStore();
        await using var one = ReceiverUnderTest.Start(store);
        await using var other = ReceiverUnderTest.Start(store);

        // Each of them knows a state that the other one has changed since.
        for (var round = 1; round <= 20; round++)
        {
            var delivery = Points(one, Enumerable.Range(0, 50).Select(user => Sum(one, $"u{user}", round * 10, second: round)).ToArray());
            var replies = Task.WhenAll(Enumerable.Range(0, 4).Select(i => Task.Run(() => (i % 2 == 0 ? one : other).ReceiveAsync(delivery), Token)));
            await one.PassTimeUntilAsync(() => { other.Time.Advance(TimeSpan.FromMilliseconds(100)); return replies.IsCompleted; }, "all are answered");
            Assert.All(await replies, reply => Assert.True(reply.IsBooked, reply.Message));
            one.Time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal((50 * 200, 50), (store.Sum(Input), store.Rows.Count));
    }

    [Theory]
    [InlineData(nameof(ReceiptFault.Refuse))]
    [InlineData(nameof(ReceiptFault.BookAndLoseTheAnswer))]
    public async Task State_that_was_worked_out_for_a_booking_that_failed_is_not_gone_on_with(string fault)
    {
        await using var receiver = ReceiverUnderTest.Start();
        await receiver.ReceiveAsync(Points(receiver, Sum(receiver, "alice", 100, second: 1)));
        receiver.Store.Meet(Enum.Parse<ReceiptFault>(fault));

        Assert.False((await receiver.ReceiveAsync(Points(receiver, Sum(receiver, "alice", 150, second: 2)))).IsBooked);
        Assert.True((await receiver.ReceiveAsync(Points(receiver, Sum(receiver, "alice", 150, second: 2)))).IsBooked);

        Assert.Equal(150, receiver.Store.Sum(Input));
    }

    [Fact]
    public async Task More_rows_than_a_receipt_may_have_are_booked_with_several()
    {
        await using var receiver = ReceiverUnderTest.Start();
        var delivery = Points(receiver, Enumerable.Range(0, 3000).Select(i => Sum(receiver, $"u{i % 1500}", 10 + i, second: 1, series: i)).ToArray());

        Assert.True((await receiver.ReceiveAsync(delivery)).IsBooked);
        Assert.True((await receiver.ReceiveAsync(delivery)).IsBooked);

        Assert.Equal((1500, Enumerable.Range(0, 3000).Sum(i => 10 + i)), (receiver.Store.Rows.Count, receiver.Store.Sum(Input)));
    }

    [Fact]
    public async Task Metric_that_events_are_booked_instead_of_adds_nothing_then_and_not_all_of_it_when_it_is_booked_later()
    {
        await using var receiver = ReceiverUnderTest.Start();
        await receiver.ReceiveAsync(Calls.Make(user: "event", at: receiver.Time.GetUtcNow(), input: 100));
        await receiver.ReceiveAsync(Points(receiver, Sum(receiver, "metric", 100, second: 1)));
        Assert.Equal(0, receiver.Store.Sum(Input, key => key.User == "metric"));

        // Events stopped. In the next hour they may only be late; in the one after it the metric is booked, from there on.
        receiver.Time.Advance(TimeSpan.FromHours(1));
        await receiver.ReceiveAsync(Points(receiver, Sum(receiver, "metric", 130, second: 3600)));
        receiver.Time.Advance(TimeSpan.FromHours(1));
        await receiver.ReceiveAsync(Points(receiver, Sum(receiver, "metric", 175, second: 7200)));

        Assert.Equal((100, 45), (receiver.Store.Sum(Input, key => key.User == "event"), receiver.Store.Sum(Input, key => key.User == "metric")));
    }

    [Fact]
    public async Task Service_that_sends_every_form_of_the_same_calls_is_counted_once_in_each_of_three_hours_whatever_arrives_first()
    {
        for (var seed = 0; seed < 20; seed++)
        {
            var (random, told) = (new Random(seed), 0);
            await using var receiver = ReceiverUnderTest.Start(configure: o => o.Prices = PriceBook.Embedded);
            for (var hour = 0; hour < 3; hour++)
            {
                var at = receiver.Time.GetUtcNow();
                told += 1000;
                var calls = Enumerable.Range(0, 10).Select(_ => Calls.Make(at: at, input: 100, output: 0)).ToArray();
                Delivery[] forms =
                [
                    ReceiverUnderTest.Of(calls),
                    ReceiverUnderTest.Of(UsageSourceKind.Spans, ReceiverUnderTest.Shop, [.. calls.Select(call => call with { CallId = Guid.NewGuid() })]),
                    Points(receiver, Sum(receiver, "alice", told, hour * 3600)),
                    Points(receiver, Sum(receiver, "alice", told, hour * 3600, series: 77, kind: UsageSourceKind.TokenUsage)),
                ];
                random.Shuffle(forms);
                foreach (var form in forms.Concat(forms))
                {
                    Assert.True((await receiver.ReceiveAsync(form)).IsBooked);
                }

                receiver.Time.Advance(TimeSpan.FromHours(1));
            }

            Assert.True(receiver.Store.Sum(Input) == 3000, $"seed {seed}: {receiver.Store.Sum(Input)}");
        }
    }

    [Fact]
    public async Task Points_of_two_tenants_are_booked_apart_and_those_of_a_key_under_its_tenant()
    {
        await using var receiver = ReceiverUnderTest.Start();
        var (a, b) = (Sum(receiver, "alice", 10, 1), Sum(receiver, "alice", 20, 1, series: 2));
        await receiver.ReceiveAsync(Points(receiver, a with { Tags = a.Tags with { Tenant = "a" } }, b with { Tags = b.Tags with { Tenant = "b" } }));

        var keyed = new Delivery { Tenant = "k" };
        keyed.Sources.AddRange(Points(receiver, a with { Tags = a.Tags with { Tenant = "mallory" } }, b with { Tags = new PointTags { IsOverflow = true, UsageType = "input" } }).Sources);
        await receiver.ReceiveAsync(keyed);

        Assert.Equal([("a", 10), ("b", 20), ("k", 30)], receiver.Store.Rows.GroupBy(row => row.Key.Key.Tenant!).Select(some => (some.Key, (int)some.Aggregate((Int128)0, (sum, row) => sum + row.Value[Input]))).Order());
    }

    [Fact]
    public async Task Point_so_old_that_nobody_knows_what_was_booked_then_is_rejected_and_what_it_told_comes_with_the_next()
    {
        await using var receiver = ReceiverUnderTest.Start();

        var reply = await receiver.ReceiveAsync(Points(receiver, Sum(receiver, "alice", 10, second: -30 * 86400), Sum(receiver, "alice", 25, second: 1)));

        Assert.Equal((true, 1), (reply.IsBooked, reply.Rejected));
        Assert.Equal(25, receiver.Store.Sum(Input));
    }

    [Fact]
    public async Task Points_and_calls_that_the_store_lost_are_booked_anew_though_another_receiver_has_gone_on()
    {
        var store = new ModelReceiptStore { DurableAfter = TimeSpan.FromSeconds(3) };
        await using var one = ReceiverUnderTest.Start(store);
        await using var other = ReceiverUnderTest.Start(store);
        await one.ReceiveAsync(Points(one, Difference(one, "alice", 7, second: 1)));
        await one.ReceiveAsync(Points(one, Difference(one, "alice", 7, second: 2)));
        store.LoseLast(1);

        // Its state has the version now that the lost one had.
        await other.ReceiveAsync(Points(other, Difference(other, "alice", 7, second: 3)));
        one.Time.Advance(TimeSpan.FromSeconds(1.5));
        var reply = one.ReceiveAsync(Points(one, Difference(one, "alice", 7, second: 4)));
        await one.PassTimeUntilAsync(reply);

        await one.PassTimeUntilAsync(() => store.Sum(Input) == 28, "all four are there");
    }

    [Fact]
    public async Task Point_that_cannot_be_booked_is_rejected_and_does_not_block_the_rest()
    {
        await using var receiver = ReceiverUnderTest.Start();
        var points = Enumerable.Range(0, 40).Select(i => Sum(receiver, i == 17 ? ModelReceiptStore.Poison : $"u{i}", 10, second: 1, series: i)).ToArray();

        var reply = await receiver.ReceiveAsync(Points(receiver, points));

        Assert.Equal((true, 1, 390), (reply.IsBooked, reply.Rejected, receiver.Store.Sum(Input)));
    }

    [Fact]
    public async Task State_of_a_newer_version_is_not_overwritten_and_stops_its_source_alone()
    {
        await using var receiver = ReceiverUnderTest.Start();
        var shop = Points(receiver, Sum(receiver, "alice", 10, second: 1, series: 0));
        var key = $"{SourceIdentity.Of(null, ReceiverUnderTest.Shop)}/0";
        await receiver.Store.BookAsync([new SpendReceipt("", [], [], [new NextState(key, 0, new byte[] { 250, 1, 2 })])], Token);
        var bakery = Points(receiver, Sum(receiver, "bob", 20, second: 1, series: 0));
        var both = new Delivery();
        both.Sources.AddRange([shop.Sources[0], Renamed(bakery.Sources[0])]);

        Assert.False((await receiver.ReceiveAsync(both)).IsBooked);

        Assert.Equal(20, receiver.Store.Sum(Input));
    }

    private static SourceDelivery Renamed(SourceDelivery said)
    {
        var other = new SourceDelivery(said.Source with { Service = "bakery" });
        other.Points.AddRange(said.Points);
        return other;
    }

    private static Delivery Points(ReceiverUnderTest receiver, params ReceivedPoint[] points)
    {
        Assert.NotNull(receiver);
        var delivery = new Delivery();
        delivery.Sources.Add(new SourceDelivery(ReceiverUnderTest.Shop));
        delivery.Sources[0].Points.AddRange(points);
        return delivery;
    }

    /// <summary>All input tokens of a user since an hour before noon, told so many seconds after noon.</summary>
    private static ReceivedPoint Sum(ReceiverUnderTest receiver, string user, long value, int second, int? series = null, UsageSourceKind kind = UsageSourceKind.OwnMetrics) =>
        Point(receiver, user, value, -3600, second, isDelta: false, series, kind);

    /// <summary>The input tokens of a user in the second after this one.</summary>
    private static ReceivedPoint Difference(ReceiverUnderTest receiver, string user, long value, int second) =>
        Point(receiver, user, value, second, second + 1, isDelta: true, series: null, UsageSourceKind.OwnMetrics);

    private static ReceivedPoint Point(ReceiverUnderTest receiver, string user, long value, int from, int to, bool isDelta, int? series, UsageSourceKind kind)
    {
        Assert.NotNull(receiver);
        PointSum sum;
        var isOwn = kind == UsageSourceKind.OwnMetrics;
        Assert.True(isOwn ? PointSum.TryMake(value, out sum) : PointSum.TryMake(value, value / 100, out sum));
        var tags = new PointTags { Provider = "anthropic", ResponseModel = "claude-sonnet-4-5", User = user, UsageType = isOwn ? "input" : null, TokenType = isOwn ? null : "input" };
        return new ReceivedPoint(
            kind, isOwn ? "llm.usage.tokens" : "gen_ai.client.token.usage", tags, (UInt128)(series ?? Math.Abs(user.GetHashCode(StringComparison.Ordinal))), isDelta, Nano(from), Nano(to), sum);
    }

    private static ulong Nano(int second) => (ulong)(Calls.Noon.AddSeconds(second).ToUnixTimeSeconds() * 1_000_000_000);
}
