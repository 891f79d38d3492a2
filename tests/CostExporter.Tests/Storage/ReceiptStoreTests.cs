namespace LlmTelemetry.CostExporter.Tests.Storage;

/// <summary>What every store must do that receipts are booked in. Each store's own class runs it.</summary>
public abstract class ReceiptStoreTests : SpendStoreTests
{
    private protected DateOnly Today => DateOnly.FromDateTime(Time.GetUtcNow().UtcDateTime);

    [Fact]
    public async Task Receipt_is_booked_once_and_known_when_it_comes_again()
    {
        await using var store = await OpenAsync();
        var receipt = Receipt(store, 5, [Id(1), Id(2)], State("a/0", 0, "one"), State("a/1", 0, "two"));

        Assert.Equal(ReceiptStatus.Booked, (await BookAsync(store, receipt)).Status);
        var again = await BookAsync(store, receipt);

        Assert.Equal(ReceiptStatus.Refused, again.Status);
        Assert.Equal([Id(1).Id, Id(2).Id], again.Known);
        Assert.Equal(["a/0", "a/1"], again.Changed);
        Assert.Equal([5, 5, 5], await TotalsAsync(store));
        Assert.Equal(["1:one", "1:two"], await StatesAsync(store, "a/0", "a/1"));
    }

    [Fact]
    public async Task Sixteen_identical_receipts_at_once_are_booked_once()
    {
        await using var store = await OpenAsync();
        await using var other = await OpenOtherAsync();
        for (var round = 0; round < 5; round++)
        {
            var receipt = Receipt(store, 1, [Id(round)], State("a/0", round, $"{round}"));
            var replies = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => Task.Run(() => BookAsync(i % 2 == 0 ? store : other ?? store, receipt))));
            Assert.Equal(1, replies.Count(reply => reply.Status == ReceiptStatus.Booked));
        }

        Assert.Equal([5, 5, 5], await TotalsAsync(store));
    }

    [Fact]
    public async Task One_known_id_refuses_all_of_a_receipt_and_changes_nothing()
    {
        await using var store = await OpenAsync();
        await BookAsync(store, Receipt(store, 1, [Id(1)], State("a/0", 0, "one")));

        var reply = await BookAsync(store, Receipt(store, 100, [Id(2), Id(1), Id(3)], State("a/0", 1, "two"), State("a/1", 0, "new")));

        Assert.Equal((ReceiptStatus.Refused, 0), (reply.Status, reply.Changed.Count));
        Assert.Equal([Id(1).Id], reply.Known);
        Assert.Equal([1, 1, 1], await TotalsAsync(store));
        Assert.Equal(["1:one", "0:"], await StatesAsync(store, "a/0", "a/1"));
        Assert.Equal(ReceiptStatus.Booked, (await BookAsync(store, Receipt(store, 10, [Id(2), Id(3)], State("a/0", 1, "two")))).Status);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(long.MaxValue - 1)]
    public async Task State_of_another_version_refuses_all_of_a_receipt_and_changes_nothing(long version)
    {
        await using var store = await OpenAsync();
        await BookAsync(store, Receipt(store, 1, [], State("a/0", 0, "one")));
        await BookAsync(store, Receipt(store, 1, [], State("a/0", 1, "two")));

        var reply = await BookAsync(store, Receipt(store, 100, [Id(1)], State("a/1", 0, "new"), State("a/0", version, "wrong")));

        Assert.Equal((ReceiptStatus.Refused, 0), (reply.Status, reply.Known.Count));
        Assert.Equal(["a/0"], reply.Changed);
        Assert.Equal([2, 2, 2], await TotalsAsync(store));
        Assert.Equal(["2:two", "0:"], await StatesAsync(store, "a/0", "a/1"));
        Assert.Equal(ReceiptStatus.Booked, (await BookAsync(store, Receipt(store, 10, [Id(1)], State("a/1", 0, "new")))).Status);
    }

    [Fact]
    public async Task State_that_is_not_there_has_version_0_alone()
    {
        await using var store = await OpenAsync();
        var reply = await BookAsync(store, Receipt(store, 1, [Id(1)], State("a/0", 7, "wrong")));

        Assert.Equal(ReceiptStatus.Refused, reply.Status);
        Assert.Equal(["a/0"], reply.Changed);
        Assert.Equal(["0:"], await StatesAsync(store, "a/0"));
    }

    [Fact]
    public async Task Receipts_of_ids_alone_of_states_alone_of_rows_alone_and_of_nothing_are_booked()
    {
        await using var store = await OpenAsync();
        var partition = store.PartitionOf(Key());
        SpendReceipt[] receipts =
        [
            new(partition, [], [Id(1)], []), new(partition, [], [], [State("a/0", 0, "one")]), new(partition, [Row(Key(), (0, 3))], [], []), new(partition, [], [], []),
        ];

        Assert.All(await BookAsync(store, receipts), reply => Assert.Equal(ReceiptStatus.Booked, reply.Status));
        Assert.Equal([Id(1).Id], (await BookAsync(store, receipts[0])).Known);
        Assert.Equal(["a/0"], (await BookAsync(store, receipts[1])).Changed);
        Assert.Equal([3, 3, 3], await TotalsAsync(store));
    }

    [Fact]
    public async Task Receipts_of_one_call_are_answered_in_their_order_each_on_its_own()
    {
        await using var store = await OpenAsync();
        await BookAsync(store, Receipt(store, 1, [Id(0), Id(3), Id(6)]));
        SpendReceipt[] receipts = [.. Enumerable.Range(0, 100).Select(i => Receipt(store, 1, [Id(i)], State($"s{i}/0", i % 7 == 0 ? 1 : 0, "x")))];

        var replies = await BookAsync(store, receipts);

        Assert.Equal(Enumerable.Range(0, 100).Select(i => i is 0 or 3 or 6 || i % 7 == 0), replies.Select(reply => reply.Status == ReceiptStatus.Refused));
        Assert.Equal(Enumerable.Range(0, 100).Where(i => i % 7 == 0).Select(i => $"s{i}/0"), replies.SelectMany(reply => reply.Changed));
        Assert.Equal([Id(0).Id, Id(3).Id, Id(6).Id], replies.SelectMany(reply => reply.Known));
        var booked = 1 + replies.Count(reply => reply.Status == ReceiptStatus.Booked);
        Assert.Equal([booked, booked, booked], await TotalsAsync(store));
    }

    [Fact]
    public async Task Of_receipts_of_one_call_that_go_on_from_one_state_one_is_booked()
    {
        await using var store = await OpenAsync();
        var replies = await BookAsync(store, [.. Enumerable.Range(0, 20).Select(i => Receipt(store, 1, [Id(i)], State("a/0", 0, $"{i}")))]);

        Assert.Equal(1, replies.Count(reply => reply.Status == ReceiptStatus.Booked));
        Assert.Equal([1, 1, 1], await TotalsAsync(store));
    }

    [Fact]
    public async Task Increments_past_their_retention_are_counted_and_kept_nowhere()
    {
        await using var store = await OpenAsync();
        var old = new SpendRow(Hour - (24 * 100), Day.AddDays(-100), Key(), Measures((0, 7)));
        var receipt = new SpendReceipt(store.PartitionOf(Key()), [old, Row(Key(), (0, 1))], [Id(1)], []);

        // The hour alone: days and months are kept for longer.
        Assert.Equal((ReceiptStatus.Booked, 1), ((await BookAsync(store, receipt)) is var reply ? reply.Status : default, reply.ExpiredRows));
        Assert.Equal(0, (await BookAsync(store, receipt)).ExpiredRows);
        Assert.Equal([1, 8, 8], await TotalsAsync(store));
    }

    [Fact]
    public async Task Thousands_of_ids_and_hundreds_of_large_states_are_kept_to_the_byte()
    {
        await using var store = await OpenAsync();
        ReceiptId[] ids = [.. Enumerable.Range(0, 2500).Select(i => Id(i, Today.AddDays(-(i % 3))))];
        var random = new Random(7);
        NextState[] states = [.. Enumerable.Range(0, 150).Select(i => new NextState($"abc-{i}/1", 0, RandomBytes(random, i * 150)))];

        Assert.Equal(ReceiptStatus.Booked, (await BookAsync(store, Receipt(store, 1, ids, states))).Status);
        var read = await Receipts(store).ReadStatesAsync(store.PartitionOf(Key()), [.. states.Select(state => state.Key).Reverse().Prepend("none")], Stop);

        Assert.Equal((0, 0), (read[0].Version, read[0].Content.Length));
        Assert.All(read.Skip(1).Zip(states.Reverse()), pair => Assert.True(pair.First.Version == 1 && pair.First.Content.Span.SequenceEqual(pair.Second.Content.Span)));
        var reply = await BookAsync(store, Receipt(store, 1, [.. ids, Id(9999)]));
        Assert.Equal(ids.Select(id => id.Id).Order(), reply.Known.Order());
    }

    [Fact]
    public async Task Sum_that_cannot_be_kept_books_nothing_of_its_receipt()
    {
        await using var store = await OpenAsync();
        await BookAsync(store, new SpendReceipt(store.PartitionOf(Key()), [Row(Key(), (64, (Int128.One << 96) - 1))], [Id(1)], []));
        var receipt = new SpendReceipt(store.PartitionOf(Key()), [Row(Key(user: "bob"), (64, 1)), Row(Key(), (64, 1))], [Id(2)], [State("a/0", 0, "new")]);

        await Assert.ThrowsAnyAsync<Exception>(() => BookAsync(store, receipt));

        Assert.Equal((Int128.One << 96) - 1, await TotalAsync(store, 64, [SpendDimension.User]));
        Assert.Equal(["0:"], await StatesAsync(store, "a/0"));
        Assert.Equal(ReceiptStatus.Booked, (await BookAsync(store, receipt with { Rows = [] })).Status);
    }

    [Fact]
    public async Task Erased_user_stays_erased_when_a_call_is_delivered_again()
    {
        await using var store = await OpenAsync();
        var receipt = new SpendReceipt(store.PartitionOf(Key()), [Row(Key(user: "ann-7f3a"), (0, 1))], [Id(1)], [State("5b1f/3", 0, "x")]);
        await BookAsync(store, receipt);

        Assert.Equal(3, await store.EraseUserAsync("ann-7f3a", Stop));

        Assert.Equal(ReceiptStatus.Refused, (await BookAsync(store, receipt)).Status);
        Assert.Equal("_erased", Assert.Single(await ReadAsync(store, SpendGrain.Day, SpendDimension.User)).Key.User);
        Assert.Equal(["1:x"], await StatesAsync(store, "5b1f/3"));
    }

    [Fact]
    public async Task Pruned_store_still_knows_what_it_booked_and_a_cleared_one_nothing()
    {
        await using var store = await OpenAsync();
        var receipt = Receipt(store, 1, [Id(1)], State("a/0", 0, "one"));
        await BookAsync(store, receipt);
        await Receipts(store).ClaimAsync("a", Hour, UsageSourceKind.Spans, Stop);

        await store.PruneAsync(SpendGrain.Day, Today.AddDays(1), Stop);
        Assert.Equal(ReceiptStatus.Refused, (await BookAsync(store, receipt)).Status);

        await store.ClearAsync(Stop);
        Assert.Equal(["0:"], await StatesAsync(store, "a/0"));
        Assert.Equal(UsageSourceKind.Events, await Receipts(store).ClaimAsync("a", Hour, UsageSourceKind.Events, Stop));
        Assert.Equal(ReceiptStatus.Booked, (await BookAsync(store, receipt)).Status);
        Assert.Equal([1, 1, 1], await TotalsAsync(store));
    }

    /// <summary>Another process's view of the same store; null where there is none.</summary>
    private protected virtual async Task<ISpendStore?> OpenOtherAsync() => await OpenAsync();

    private protected static IReceiptStore Receipts(ISpendStore store) => (IReceiptStore)store;

    private protected ReceiptId Id(int number, DateOnly? day = null)
    {
        Span<byte> bytes = stackalloc byte[16];
        new Random(number).NextBytes(bytes);
        return new ReceiptId(new Guid(bytes), day ?? Today);
    }

    private protected static NextState State(string key, long version, string content) => new(key, version, System.Text.Encoding.UTF8.GetBytes(content));

    private protected SpendReceipt Receipt(ISpendStore store, int calls, ReceiptId[] ids, params NextState[] states) =>
        new(store.PartitionOf(Key()), [Row(Key(), (0, calls))], ids, states);

    private protected static async Task<ReceiptReply> BookAsync(ISpendStore store, SpendReceipt receipt) => Assert.Single(await BookAsync(store, [receipt]));

    private protected static Task<IReadOnlyList<ReceiptReply>> BookAsync(ISpendStore store, SpendReceipt[] receipts) => Receipts(store).BookAsync(receipts, Stop);

    /// <summary>Calls, by hours, days and months.</summary>
    private protected static async Task<Int128[]> TotalsAsync(ISpendStore store) =>
        [await TotalAsync(store, 0, grain: SpendGrain.Hour), await TotalAsync(store, 0), await TotalAsync(store, 0, [SpendDimension.User], SpendGrain.Month)];

    private protected static async Task<string[]> StatesAsync(ISpendStore store, params string[] keys) =>
        [.. (await Receipts(store).ReadStatesAsync(store.PartitionOf(Key()), keys, Stop)).Select(state => $"{state.Version}:{System.Text.Encoding.UTF8.GetString(state.Content.Span)}")];

    private static byte[] RandomBytes(Random random, int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }
}
