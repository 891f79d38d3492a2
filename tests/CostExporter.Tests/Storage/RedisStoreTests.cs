using System.Globalization;
using LlmTelemetry.TestKit;

namespace LlmTelemetry.CostExporter.Tests.Storage;

public sealed class RedisStoreTests : SpendStoreTopTests, IAsyncLifetime
{
    private RedisServer? _redis;

    private protected override string Address => Redis.Address;

    private RedisServer Redis => _redis ?? throw new InvalidOperationException("Not started.");

    public async ValueTask InitializeAsync() => _redis = await RedisServer.StartAsync();

    public async ValueTask DisposeAsync()
    {
        if (_redis is not null)
        {
            await _redis.DisposeAsync();
        }
    }

    [Fact]
    public async Task Every_key_expires()
    {
        await using var store = await OpenAsync(timeZone: TimeZoneInfo.FindSystemTimeZoneById("America/St_Johns"));
        foreach (var tenant in new string?[] { null, "", "acme", "{x}" })
        {
            await ApplyAsync(store, 1, Row(Key(tenant: tenant), (0, 1)), Row(Key(user: "bob", tenant: tenant), (0, 1)), Row(Key(user: null, tenant: tenant), (0, 1)));
            await ApplyAsync(store, 2, Row(Key(tenant: tenant), (0, 1)), new SpendRow(Hour - 24 * 100, Day.AddDays(-100), Key(tenant: tenant), Measures((0, 1))));
        }

        await ReadAsync(store, SpendGrain.Hour, Everything);
        var keys = await KeysAsync();
        Assert.InRange(keys.Count, 50, 200);
        foreach (var key in keys)
        {
            var seconds = await SecondsLeftAsync(key);
            Assert.True(seconds is > 0 and < 4000 * 24 * 3600L, $"{key} lives {seconds} s.");
        }
    }

    [Fact]
    public async Task Session_and_its_hours_expire_as_hours_do_and_an_old_call_does_not_shorten_it()
    {
        await using var store = await OpenAsync();
        await ApplyAsync(store, 1, Row(With(new("gold", Session: "s1"), tenant: "acme"), (0, 1)));
        var old = new SpendRow(Hour - (24 * 7), Day.AddDays(-7), With(new(Session: "s1"), tenant: "acme"), Measures((0, 1)));
        await ApplyAsync(store, 2, old);

        Assert.InRange(await SecondsLeftAsync("llm:{=acme:0}:s:=s1"), (8 * 24 * 3600) - 60, 8 * 24 * 3600);
        Assert.Equal(2, Assert.Single(Assert.Single(await store.ReadSessionsAsync(new SessionRead("s1", AnyTenant: true), Stop)).Rows).Measures[0]);
        foreach (var key in await KeysAsync())
        {
            Assert.True(await SecondsLeftAsync(key) > 0, key);
        }
    }

    [Fact]
    public async Task Rows_of_an_earlier_version_are_added_to_and_read_with_those_of_this_one()
    {
        await using var store = await OpenAsync();
        await ApplyAsync(store, 1, Row(Key(), (0, 1)));
        var fields = await Redis.CommandAsync("HKEYS", $"llm:{{:0}}:d:{Day:yyyyMMdd}:u:=ann");

        // To the byte what the version before wrote: so it is the row that it wrote to.
        Assert.Equal("*1\r\n$24\r\n=anthropic|=claude|=chat\r\n", fields);
        await ApplyAsync(store, 2, Row(Key(), (0, 2)), Row(With(new("gold")), (0, 4)));

        Assert.Equal([(null, 3), ("gold", 4)], (await ReadAsync(store, SpendGrain.Day, SpendDimension.Tier)).Select(row => (row.Key.More?.Parts.Tier, (int)row.Measures[0])).Order());
    }

    [Fact]
    public async Task Store_of_the_earlier_schema_is_raised_and_its_lists_count_once_they_are_whole()
    {
        await using (var store = await OpenAsync())
        {
            await ApplyAsync(store, 1, Row(With(new(Session: "s1")), (0, 1), (64, 5)));
        }

        // As the version before left it, with a list that lacks what it wrote.
        await Redis.CommandAsync("HSET", "llm:settings", "schema", "1");
        await Redis.CommandAsync("DEL", $"llm:{{:0}}:d:{Day:yyyyMMdd}:top_users", $"llm:{{:0}}:h:{DateTimeOffset.FromUnixTimeSeconds(Hour * 3600):yyyyMMddHH}:by_user");
        await using var reader = SpendStores.Create(StoreAddress.Parse(Address), new StoreSettings("llm", TimeZoneInfo.Utc, TimeSpan.FromDays(8), TimeSpan.FromDays(400), TimeSpan.FromDays(3653), TimeSpan.FromSeconds(10), Time, ReadOnly: true));
        await reader.OpenAsync(Stop);
        Assert.Null(await reader.ReadTopAsync(TopOf(Day), Stop));

        await using var raised = await OpenAsync();
        await ApplyAsync(raised, 2, Row(Key(user: "bob"), (0, 2), (64, 1)));
        Assert.Contains("2", await Redis.CommandAsync("HGET", "llm:settings", "schema"), StringComparison.Ordinal);
        Assert.Null(await raised.ReadTopAsync(TopOf(Day), Stop));
        Assert.Null(await raised.ReadTopAsync(TopOf(DateOnly.FromDateTime(Time.GetUtcNow().Date).AddDays(1)), Stop));
        Assert.Equal((3, 3, 1), (await TotalAsync(raised, 0), await TotalAsync(raised, 0, [SpendDimension.User], SpendGrain.Hour), (await ReadAsync(raised, SpendGrain.Hour, SpendDimension.Session)).Count(row => row.Key.More?.Parts.Session == "s1")));

        var whole = DateOnly.FromDateTime(Time.GetUtcNow().Date).AddDays(2);
        var later = new SpendRow((whole.DayNumber - DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber) * 24L, whole, Key(user: "eve"), Measures((0, 8), (64, 3)));
        await ApplyAsync(raised, 3, later);
        Assert.Equal("eve", Assert.Single((await raised.ReadTopAsync(TopOf(whole), Stop))!).Key.User);

        static TopRead TopOf(DateOnly day) => new(
            SpendDimension.User, [new SpendRead(SpendGrain.Day, new DateTimeOffset(day, TimeOnly.MinValue, TimeSpan.Zero), new DateTimeOffset(day, TimeOnly.MinValue, TimeSpan.Zero), new HashSet<SpendDimension>())], 5);
    }

    [Fact]
    public async Task Store_of_another_schema_is_refused_with_both_versions()
    {
        await (await OpenAsync()).DisposeAsync();
        await Redis.CommandAsync("HSET", "llm:settings", "schema", "99");
        var refusal = await Assert.ThrowsAsync<SpendStoreMismatchException>(() => OpenAsync());
        Assert.Contains("'99'", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("'1'", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Forgotten_scripts_are_sent_again()
    {
        await using var store = await OpenAsync();
        await ApplyAsync(store, 1, Row(Key(), (0, 1)));
        Assert.StartsWith("+OK", await Redis.CommandAsync("SCRIPT", "FLUSH"), StringComparison.Ordinal);
        Assert.Equal(BatchStatus.Applied, (await ApplyAsync(store, 2, Row(Key(), (0, 1)))).Status);
        Assert.Equal(2, await TotalAsync(store, 0));
    }

    [Fact]
    public async Task Server_killed_and_restarted_goes_on_where_it_stood()
    {
        await using var store = await OpenAsync();
        await ApplyAsync(store, 1, Row(Key(), (0, 1)));
        await Redis.KillAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => ApplyAsync(store, 2, Row(Key(), (0, 10))));
        await Redis.RestartAsync();

        var status = await UntilAppliedAsync(store, 2, Row(Key(), (0, 10)));
        Assert.Equal(BatchStatus.Applied, status);
        Assert.Equal(11, await TotalAsync(store, 0));
    }

    [Fact]
    public async Task Emptied_server_reports_a_gap_and_is_set_up_anew()
    {
        await using var store = await OpenAsync();
        await ApplyAsync(store, 1, Row(Key(), (0, 1)));
        await Redis.CommandAsync("FLUSHALL");
        Assert.Equal(new BatchReply(BatchStatus.Gap, 0), await ApplyAsync(store, 2, Row(Key(), (0, 1))));
        await ApplyAsync(store, 1, "anew-1", Row(Key(), (0, 5)));
        Assert.Equal(5, await TotalAsync(store, 0));
        Assert.Contains("UTC", await Redis.CommandAsync("HGET", "llm:settings", "time_zone"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task First_batch_sent_again_to_an_emptied_server_can_be_read()
    {
        await using var store = await OpenAsync();
        await ApplyAsync(store, 1, Row(Key(), (0, 3)));
        await Redis.CommandAsync("FLUSHALL");
        Assert.Equal(new BatchReply(BatchStatus.Applied, 1), await ApplyAsync(store, 1, Row(Key(), (0, 3))));
        await ApplyAsync(store, 2, Row(Key(), (0, 4)));
        Assert.Equal(7, await TotalAsync(store, 0));
        Assert.Contains("UTC", await Redis.CommandAsync("HGET", "llm:settings", "time_zone"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Report_of_an_empty_server_says_so_and_leaves_it_empty()
    {
        var error = await Assert.ThrowsAsync<KeyNotFoundException>(() => UsageReports.OpenAsync(Address + "/2", cancellationToken: Stop));
        Assert.Contains("'llm'", error.Message, StringComparison.Ordinal);
        Assert.Contains("database 2", error.Message, StringComparison.Ordinal);

        // The exporter that comes later chooses the zone.
        await using var store = await OpenAsync(Address + "/2", TimeZoneInfo.FindSystemTimeZoneById("Asia/Tokyo"));
        await ApplyAsync(store, 1, Row(Key(), (0, 1)));
        await using var reports = await UsageReports.OpenAsync(Address + "/2", cancellationToken: Stop);
        Assert.Equal("Asia/Tokyo", reports.TimeZone.Id);
    }

    [Fact]
    public async Task Report_can_be_read_from_a_replica()
    {
        await using var store = await OpenAsync();
        await ApplyAsync(store, 1, Row(Key(), (SpendMeasure.Calls, 3)), Row(Key(user: "bob"), (SpendMeasure.Calls, 4)));
        await using var replica = await RedisServer.StartAsync("--replicaof", $"127.0.0.1 {Redis.Port}");
        await Eventually.HoldsAsync(async () => (await replica.CommandAsync("EXISTS", "llm:partitions")).StartsWith(":1", StringComparison.Ordinal), "the replica has the rows");

        await using var reports = await UsageReports.OpenAsync(replica.Address, cancellationToken: Stop);
        foreach (var by in new SpendDimension[][] { [], [SpendDimension.User, SpendDimension.Model] })
        {
            Assert.Equal(7, (await reports.QueryAsync(new() { From = Day, To = Day, By = by }, Stop)).Total.Calls);
        }
    }

    [Fact]
    public async Task Stopped_server_times_out_and_the_same_batch_counts_once()
    {
        await using var store = await OpenAsync();
        await ApplyAsync(store, 1, Row(Key(), (0, 1)));
        Redis.Process.Signal("STOP");
        for (var attempt = 0; attempt < 4; attempt++)
        {
            var pending = ApplyAsync(store, 2, Row(Key(), (0, 10)));
            while (!pending.IsCompleted)
            {
                Time.Advance(TimeSpan.FromSeconds(10));
                await Task.Yield();
            }

            // The fourth meets a new connection, which cannot be made now.
            var error = await Assert.ThrowsAnyAsync<Exception>(() => pending);
            Assert.True(attempt == 3 ? error is TimeoutException or IOException : error is TimeoutException, error.ToString());
        }

        Redis.Process.Signal("CONT");
        await UntilAppliedAsync(store, 2, Row(Key(), (0, 10)));
        Assert.Equal(BatchStatus.AlreadyApplied, (await ApplyAsync(store, 2, Row(Key(), (0, 10)))).Status);
        Assert.Equal(11, await TotalAsync(store, 0));
    }

    [Fact]
    public async Task Password_is_used_and_a_wrong_one_is_named_as_the_trouble()
    {
        await Redis.CommandAsync("CONFIG", "SET", "requirepass", "p@ss:w/rd");
        await using (var store = await OpenAsync($"redis://:p%40ss%3Aw%2Frd@127.0.0.1:{Redis.Port}"))
        {
            await ApplyAsync(store, 1, Row(Key(), (0, 1)));
            Assert.Equal(1, await TotalAsync(store, 0));
        }

        foreach (var wrong in new[] { $"redis://:nonsense@127.0.0.1:{Redis.Port}", $"redis://127.0.0.1:{Redis.Port}" })
        {
            var error = await Assert.ThrowsAnyAsync<Exception>(() => OpenAsync(wrong));
            Assert.Contains("password", error.Message, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("nonsense", error.ToString(), StringComparison.Ordinal);
        }
    }

#if FULL_FEED
    [Fact]
    public async Task Named_user_signs_in_and_needs_no_dangerous_commands()
    {
        await Redis.CommandAsync("ACL", "SETUSER", "ops", "on", ">p@ss", "~*", "&*", "+@all", "-@dangerous");
        await Redis.CommandAsync("ACL", "SETUSER", "default", "off");

        await using var store = await OpenAsync($"redis://ops:p%40ss@127.0.0.1:{Redis.Port}");
        await ApplyAsync(store, 1, Row(Key(), (0, 1)));

        Assert.Equal(1, await TotalAsync(store, 0));

        // At once, not when the time of a call is up.
        var wrong = OpenAsync($"redis://ops:nonsense@127.0.0.1:{Redis.Port}", time: TimeProvider.System, timeout: TimeSpan.FromMinutes(5));
        var error = await Assert.ThrowsAnyAsync<Exception>(() => wrong.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken));
        Assert.Contains("password", error.Message, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("nonsense", error.ToString(), StringComparison.Ordinal);
    }
#endif

    [Fact]
    public async Task Server_that_is_not_there_is_named_in_the_error()
    {
        var port = Server.FreePort();
        var error = await Assert.ThrowsAnyAsync<Exception>(() => OpenAsync($"redis://127.0.0.1:{port}", time: TimeProvider.System, timeout: TimeSpan.FromSeconds(2)));
        Assert.Contains($"127.0.0.1:{port}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Server_that_comes_later_is_found()
    {
        await Redis.KillAsync();
        var settings = new StoreSettings("llm", TimeZoneInfo.Utc, TimeSpan.FromDays(8), TimeSpan.FromDays(400), TimeSpan.FromDays(3653), TimeSpan.FromSeconds(2), TimeProvider.System);
        await using var store = SpendStores.Create(StoreAddress.Parse(Address), settings);
        await Assert.ThrowsAnyAsync<Exception>(() => store.OpenAsync(Stop));
        await Redis.RestartAsync();
        await Eventually.HoldsAsync(async () => await Record.ExceptionAsync(() => store.OpenAsync(Stop)) is null, "the store opens");
        Assert.Equal(BatchStatus.Applied, (await ApplyAsync(store, 1, Row(Key(), (0, 1)))).Status);
    }

    [Fact]
    public async Task Server_out_of_memory_applies_nothing_of_a_batch()
    {
        await using var store = await OpenAsync();
        await ApplyAsync(store, 1, Row(Key(), (0, 1)));
        await Redis.CommandAsync("CONFIG", "SET", "maxmemory", "1");
        var before = await DumpAsync();
        var error = await Assert.ThrowsAnyAsync<Exception>(() => ApplyAsync(store, 2, Row(Key(), (0, 10)), Row(Key(user: "new"), (0, 100))));
        Assert.Contains("OOM", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, await DumpAsync());

        await Redis.CommandAsync("CONFIG", "SET", "maxmemory", "0");
        Assert.Equal(BatchStatus.Applied, (await ApplyAsync(store, 2, Row(Key(), (0, 10)), Row(Key(user: "new"), (0, 100)))).Status);
        Assert.Equal(111, await TotalAsync(store, 0));
    }

    [Fact]
    public async Task Damaged_row_stops_a_batch_before_its_first_write()
    {
        await using var store = await OpenAsync();
        await ApplyAsync(store, 1, Row(Key(user: "zoe"), (0, 1)));
        var rows = (await KeysAsync()).Single(key => key.Contains(":m:", StringComparison.Ordinal) && key.EndsWith(":u:=zoe", StringComparison.Ordinal));
        await Redis.CommandAsync("HSET", rows, "=anthropic|=claude|=chat", "\u0001\u0001\u0009x");
        var before = await DumpAsync();
        var error = await Assert.ThrowsAnyAsync<Exception>(() => ApplyAsync(store, 2, Row(Key(), (0, 1)), Row(Key(user: "zoe"), (0, 1))));
        Assert.Equal(before, await DumpAsync());
        Assert.DoesNotContain("NullReference", error.ToString(), StringComparison.Ordinal);

        await Redis.CommandAsync("DEL", rows);
        await Redis.CommandAsync("SET", rows, "a string");
        before = await DumpAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => ApplyAsync(store, 2, Row(Key(), (0, 1)), Row(Key(user: "zoe"), (0, 1))));
        Assert.Equal(before, await DumpAsync());
    }

    [Fact]
    public async Task Prefixes_keep_stores_apart()
    {
        await using var store = await OpenAsync();
        var settings = new StoreSettings("other", TimeZoneInfo.FindSystemTimeZoneById("Asia/Tokyo"), TimeSpan.FromDays(8), TimeSpan.FromDays(400), TimeSpan.FromDays(3653), TimeSpan.FromSeconds(10), Time);
        await using var other = SpendStores.Create(StoreAddress.Parse(Address + "/0"), settings);
        await other.OpenAsync(Stop);
        await ApplyAsync(store, 1, Row(Key(), (0, 1)));
        await ApplyAsync(other, 1, Row(Key(), (0, 10)));
        Assert.Equal(1, await TotalAsync(store, 0));
        Assert.Equal(10, await TotalAsync(other, 0));
    }

    [Fact]
    public async Task Database_of_the_address_is_used()
    {
        await using var store = await OpenAsync(Address + "/3");
        await ApplyAsync(store, 1, Row(Key(), (0, 1)));
        Assert.Empty(await KeysAsync());
        Assert.Equal(1, await TotalAsync(store, 0));
    }

    [Theory]
    [InlineData("llm:settings")]
    [InlineData("llm:partitions")]
    public async Task What_rows_rely_on_is_renewed_daily(string key)
    {
        await using var store = await OpenAsync();
        await ApplyAsync(store, 1, Row(Key(), (0, 1)));
        await Redis.CommandAsync("EXPIRE", key, "60");
        await ApplyAsync(store, 2, Row(Key(), (0, 1)));
        Assert.InRange(await SecondsLeftAsync(key), 1, 60);
        Time.Advance(TimeSpan.FromDays(1));
        await ApplyAsync(store, 3, Row(Key(), (0, 1)));
        Assert.InRange(await SecondsLeftAsync(key), 3653 * 24 * 3600, 3700 * 24 * 3600);
    }

    [Fact]
    public async Task Server_is_found_by_its_name()
    {
        await using var store = await OpenAsync($"redis://localhost:{Redis.Port}");
        Assert.Equal(BatchStatus.Applied, (await ApplyAsync(store, 1, Row(Key(), (0, 1)))).Status);
    }

    [Fact]
    public async Task Many_users_and_models_are_read_whole()
    {
        // Past one page of HSCAN, one group of users, and the 128 fields of a listpack.
        await using var store = await OpenAsync();
        var rows = Enumerable.Range(0, 2600).Select(i => Row(Key(user: i < 2400 ? $"user-{i}" : "wide", model: $"m{(i < 2400 ? 0 : i)}"), (0, 1), (64, i))).ToList();
        var number = 0;
        foreach (var some in rows.Chunk(SpendBatch.MaxRows))
        {
            await ApplyAsync(store, ++number, some);
        }

        foreach (var by in new SpendDimension[][] { [], [SpendDimension.User], [SpendDimension.Model], [SpendDimension.User, SpendDimension.Model] })
        {
            foreach (var grain in SpendPeriods.Grains)
            {
                var read = await ReadAsync(store, grain, by);
                Assert.Equal(2600, read.Aggregate((Int128)0, (a, r) => a + r.Measures[0]));
                Assert.Equal(2600 * 2599 / 2, read.Aggregate((Int128)0, (a, r) => a + r.Measures[64]));
                Assert.Equal(by.Contains(SpendDimension.User) ? 2401 : by.Length == 0 ? 1 : 201, read.Select(r => by.Contains(SpendDimension.User) ? r.Key.User : r.Key.Model).Distinct().Count());
            }
        }
    }

    private static async Task<BatchStatus> UntilAppliedAsync(ISpendStore store, long number, params SpendRow[] rows)
    {
        BatchStatus? status = null;
        await Eventually.HoldsAsync(
            async () =>
            {
                try
                {
                    status = (await ApplyAsync(store, number, rows)).Status;
                }
                catch (Exception cause) when (cause is TimeoutException or IOException or StackExchange.Redis.RedisException)
                {
                    return false;
                }

                return status != BatchStatus.Gap;
            },
            "the batch is applied");
        return status!.Value;
    }

    private async Task<long> SecondsLeftAsync(string key) =>
        long.Parse((await Redis.CommandAsync("TTL", key)).Trim(':', '\r', '\n'), CultureInfo.InvariantCulture);

    private async Task<List<string>> KeysAsync()
    {
        var keys = new List<string>();
        var cursor = "0";
        do
        {
            // *2, the cursor and an array of keys, each as $length and text.
            var lines = (await Redis.CommandAsync("SCAN", cursor, "COUNT", "1000")).Split("\r\n");
            cursor = lines[2];
            keys.AddRange(lines.Skip(4).Where((_, i) => i % 2 == 1));
        }
        while (cursor != "0");
        return [.. keys.Where(key => key.Length > 0).Distinct().Order()];
    }

    private async Task<List<string>> DumpAsync()
    {
        var dump = new List<string>();
        foreach (var key in await KeysAsync())
        {
            dump.Add(key + await Redis.CommandAsync("DUMP", key));
        }

        return dump;
    }
}
