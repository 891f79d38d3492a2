using LlmTelemetry.TestKit;

namespace LlmTelemetry.CostExporter.Tests.Storage;

public sealed class RedisReceiptTests : ReceiptClaimTests, IAsyncLifetime
{
    private RedisServer? _redis;

    private protected override string Address => Redis.Address;

    private RedisServer Redis => _redis ?? throw new InvalidOperationException("Not started.");

    private static string Tag => $"llm:{{{Keys.Partition(null)}}}";

    public async ValueTask InitializeAsync() => _redis = await RedisServer.StartAsync();

    public async ValueTask DisposeAsync()
    {
        if (_redis is not null)
        {
            await _redis.DisposeAsync();
        }
    }

    [Fact]
    public async Task Every_key_expires_ids_with_their_day_and_states_when_they_were_not_written_for_long()
    {
        await using var store = await OpenAsync();
        await BookAsync(store, Receipt(store, 1, [Id(1), Id(2, Today.AddDays(-8)), Id(3, DateOnly.MinValue), Id(4, DateOnly.MaxValue)], State("a/0", 0, "one")));
        await Receipts(store).ClaimAsync("a", Hour, UsageSourceKind.Spans, Stop);

        var dayEnds = new DateTimeOffset(Today.AddDays(1).ToDateTime(TimeOnly.MinValue), TimeSpan.Zero).ToUnixTimeSeconds();
        Assert.Equal(dayEnds + (8 * 24 * 3600), await Redis.NumberAsync("EXPIRETIME", $"{Tag}:ids:{Today:yyyyMMdd}"));
        Assert.Equal(dayEnds, await Redis.NumberAsync("EXPIRETIME", $"{Tag}:ids:{Today.AddDays(-8):yyyyMMdd}"));
        Assert.InRange(await Redis.NumberAsync("TTL", $"{Tag}:state:a/0"), (40 * 24 * 3600) - 60, 40 * 24 * 3600);
        Assert.InRange(await Redis.NumberAsync("TTL", "llm:source:a"), (11 * 24 * 3600) - 60, 11 * 24 * 3600);
        foreach (var key in await Redis.KeysAsync())
        {
            Assert.True(await Redis.NumberAsync("TTL", key) > 0, $"{key} never expires.");
        }

        // Too old to be told for long, but not forgotten in the step that writes them.
        Assert.Equal(4, (await BookAsync(store, Receipt(store, 1, [Id(1), Id(2, Today.AddDays(-8)), Id(3, DateOnly.MinValue), Id(4, DateOnly.MaxValue)]))).Known.Count);
    }

    [Theory]
    [InlineData("{0}:ids:{1:yyyyMMdd}")]
    [InlineData("{0}:state:a/0")]
    [InlineData("{0}:received")]
    [InlineData("{0}:m:{1:yyyyMM}:by_user")]
    [InlineData("{0}:m:{1:yyyyMM}:top_users")]
    [InlineData("{0}:s:=s1")]
    public async Task Key_of_another_type_stops_a_receipt_before_its_first_write(string name)
    {
        await using var store = await OpenAsync();
        var row = Row(With(new(Session: "s1")), (0, 1));
        var receipt = new SpendReceipt(store.PartitionOf(Key()), [row], [Id(1)], [State("a/0", 0, "one")]);
        await BookAsync(store, receipt with { Ids = [], States = [] });
        var key = string.Format(System.Globalization.CultureInfo.InvariantCulture, name, Tag, name.Contains(":ids:", StringComparison.Ordinal) ? Today : Day);
        await Redis.CommandAsync("DEL", key);
        await Redis.CommandAsync("RPUSH", key, "a list");
        await Redis.CommandAsync("EXPIRE", key, "1000");
        var before = await RedisContents.KeysAsync([Redis.Port], "llm");

        Assert.Contains("WRONGTYPE", (await Assert.ThrowsAnyAsync<Exception>(() => BookAsync(store, receipt))).ToString(), StringComparison.Ordinal);

        Assert.Equal(before, await RedisContents.KeysAsync([Redis.Port], "llm"));
        await Redis.CommandAsync("DEL", key);
        Assert.Equal(ReceiptStatus.Booked, (await BookAsync(store, receipt)).Status);
    }

    [Theory]
    [InlineData("")]
    [InlineData("ids")]
    [InlineData("states")]
    public async Task Server_out_of_memory_books_nothing_of_a_receipt(string alone)
    {
        await using var store = await OpenAsync();
        await BookAsync(store, Receipt(store, 1, [Id(1)], State("a/0", 0, "one")));
        var receipt = Receipt(store, 10, alone == "states" ? [] : [Id(2)], alone == "ids" ? [] : [State("a/0", 1, "two")]);
        receipt = receipt with { Rows = alone.Length == 0 ? receipt.Rows : [] };
        await Redis.CommandAsync("CONFIG", "SET", "maxmemory", "1");
        var before = await RedisContents.KeysAsync([Redis.Port], "llm");

        Assert.Contains("OOM", (await Assert.ThrowsAnyAsync<Exception>(() => BookAsync(store, receipt))).Message, StringComparison.Ordinal);

        Assert.Equal(before, await RedisContents.KeysAsync([Redis.Port], "llm"));
        await Redis.CommandAsync("CONFIG", "SET", "maxmemory", "0");
        Assert.Equal(ReceiptStatus.Booked, (await BookAsync(store, receipt)).Status);
        Assert.Equal(ReceiptStatus.Refused, (await BookAsync(store, receipt)).Status);
    }

    [Fact]
    public async Task Damaged_state_is_an_error_and_neither_read_nor_replaced()
    {
        await using var store = await OpenAsync();
        await Redis.CommandAsync("SET", $"{Tag}:state:a/0", "nonsense", "EX", "1000");

        await Assert.ThrowsAnyAsync<Exception>(() => BookAsync(store, Receipt(store, 1, [Id(1)], State("a/0", 0, "one"))));
        await Assert.ThrowsAsync<InvalidDataException>(() => StatesAsync(store, "a/0"));
        Assert.Contains("nonsense", await Redis.CommandAsync("GET", $"{Tag}:state:a/0"), StringComparison.Ordinal);
        Assert.Equal([0, 0, 0], await TotalsAsync(store));
    }

    [Fact]
    public async Task Forgotten_script_is_sent_again()
    {
        await using var store = await OpenAsync();
        await BookAsync(store, Receipt(store, 1, [Id(1)]));
        await Redis.CommandAsync("SCRIPT", "FLUSH");

        Assert.All(await BookAsync(store, [.. Enumerable.Range(2, 40).Select(i => Receipt(store, 1, [Id(i)]))]), reply => Assert.Equal(ReceiptStatus.Booked, reply.Status));
        Assert.Equal([41, 41, 41], await TotalsAsync(store));
    }

    [Fact]
    public async Task Emptied_server_is_set_up_anew_by_the_next_receipt()
    {
        await using var store = await OpenAsync();
        await BookAsync(store, Receipt(store, 1, [Id(1)], State("a/0", 0, "one")));
        await Redis.CommandAsync("FLUSHALL");

        Assert.Equal(["a/0"], (await BookAsync(store, Receipt(store, 4, [Id(2)], State("a/0", 1, "two")))).Changed);
        Assert.Equal(ReceiptStatus.Booked, (await BookAsync(store, Receipt(store, 5, [Id(2)], State("a/0", 0, "two")))).Status);
        Assert.Equal([5, 5, 5], await TotalsAsync(store));
    }

    [Fact]
    public async Task Receipts_and_batches_of_one_store_are_both_found_when_it_is_cleared()
    {
        await using var store = await OpenAsync();
        await BookAsync(store, Receipt(store, 1, [Id(1)], State("a/0", 0, "one")));
        await ApplyAsync(store, 1, Row(Key(), (0, 1)));
        await Receipts(store).ClaimAsync("a", Hour, UsageSourceKind.Spans, Stop);
        await Redis.CommandAsync("SET", "llm2:settings", "theirs");

        await store.ClearAsync(Stop);

        Assert.Equal(["llm2:settings"], await Redis.KeysAsync());
    }

    [Fact]
    public async Task Keys_hold_nothing_of_a_user_but_rows()
    {
        await using var store = await OpenAsync();
        await BookAsync(store, new SpendReceipt(store.PartitionOf(Key()), [Row(Key(user: "ann-7f3a"), (0, 1))], [Id(1)], [State("5b1f/3", 0, "x")]));

        await store.EraseUserAsync("ann-7f3a", Stop);

        var left = await RedisContents.KeysAsync([Redis.Port], "llm");
        Assert.Contains(left, key => key.Contains(":ids:", StringComparison.Ordinal));
        Assert.DoesNotContain(left, key => key.Contains("7f3a", StringComparison.Ordinal));
    }

    private protected override async Task<long?> HoursKeptAsync(string source) => await Redis.NumberAsync("HLEN", $"llm:source:{source}");
}
