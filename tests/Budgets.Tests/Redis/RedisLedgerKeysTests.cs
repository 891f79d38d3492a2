using LlmTelemetry.TestKit;
using static LlmTelemetry.Budgets.Tests.RedisBudgets;

namespace LlmTelemetry.Budgets.Tests;

/// <summary>What the ledger leaves in Redis, and for how long.</summary>
public sealed class RedisLedgerKeysTests
{
    private const int Day = 86_400;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_key_has_a_time_to_live_and_one_slot()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var ledger = Open(redis.Address);
        var day = await DayAsync(redis);
        LedgerLine[] lines = [Line(day, 100, 10), Line(Minute, 100, 10, "b", "ada"), Line(Session, 100, 10, "c"), Line(SessionAge, 100, 1, "d")];
        var (settled, expires) = (Guid.NewGuid(), Guid.NewGuid());
        await ledger.HoldAsync(Hold(settled, lines), Stop);
        await ledger.SettleAsync(Settle(settled, [.. lines.Select(line => new ChargeLine(line, 7, 3))]), Stop);
        await ledger.HoldAsync(Hold(Guid.NewGuid(), lines), Stop);
        await ledger.HoldAsync(new HoldRequest(expires, TimeSpan.FromMilliseconds(1), lines), Stop);
        await ledger.HoldAsync(Hold(Guid.NewGuid(), lines[0] with { Amount = 1000 }), Stop);
        await ledger.SettleAsync(Charge(new ChargeLine(Line(Minute, 100, name: "new"), 5)), Stop);
        await ledger.ClaimWarningAsync(Line(day, 100, name: "warned"), 80, Stop);
        await ledger.ResetAsync(lines, Stop);
        await ledger.SetOverrideAsync("a", "ada", new(5), Stop);
        await ledger.AnnounceAsync(new Dictionary<string, string> { ["a"] = "{}" }, Stop);

        await AssertEveryKeyExpiresAsync(redis);
        Assert.All(await redis.KeysAsync(), key => Assert.StartsWith("t:{budgets}:", key, StringComparison.Ordinal));
        Assert.Equal(
            ["c:a|tokens|w|=", "c:b|tokens|w|=ada", "c:c|tokens|w|=", "c:d|tokens|w|=", "c:new|tokens|w|=", "c:warned|tokens|w|=", "holds", "limits", "overrides"],
            (await redis.KeysAsync()).Select(key => key[12..]).Where(key => key[0] is 'c' or 'l' or 'o' or 'h' && !key.StartsWith("hold:", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Counter_that_nothing_is_held_in_expires_a_day_after_its_period()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var ledger = Open(redis.Address);
        var day = await DayAsync(redis);
        await ledger.SettleAsync(Charge(new ChargeLine(Line(day, 100), 5), new ChargeLine(Line(Minute, 100, name: "b"), 5), new ChargeLine(Line(Session, 100, name: "c"), 5)), Stop);

        var now = await redis.ClockAsync();
        Assert.InRange(day.End + (Day * 1000) - now - await redis.NumberAsync("PTTL", "t:{budgets}:c:a|tokens|w|="), -1000, 1000);
        Assert.InRange(await redis.NumberAsync("TTL", "t:{budgets}:c:b|tokens|w|="), 50, 130);
        Assert.InRange(await redis.NumberAsync("TTL", "t:{budgets}:c:c|tokens|w|="), (2 * Day) - 10, (2 * Day) + 70);
    }

    [Fact]
    public async Task Counter_outlives_its_holds_by_the_grace()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var ledger = Open(redis.Address);
        var id = Guid.NewGuid();
        await ledger.HoldAsync(Hold(id, Line(Minute, 100, 5)), Stop);

        Assert.InRange(await redis.NumberAsync("TTL", "t:{budgets}:c:a|tokens|w|="), Day + 50, Day + 130);
        Assert.InRange(await redis.NumberAsync("TTL", $"t:{{budgets}}:hold:{id:N}"), Day + 50, Day + 60);
        Assert.InRange(await redis.NumberAsync("TTL", "t:{budgets}:holds"), Day + 50, Day + 130);

        await ledger.SettleAsync(Settle(id), Stop);

        Assert.InRange(await redis.NumberAsync("TTL", $"t:{{budgets}}:hold:{id:N}"), 1, 60);
        Assert.Equal(0, await redis.NumberAsync("EXISTS", "t:{budgets}:holds"));
    }

    [Fact]
    public async Task What_is_used_again_is_kept_as_long_as_the_longest_use_asks_for()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var ledger = Open(redis.Address);
        await ledger.SettleAsync(Charge(new ChargeLine(Line(Minute, 100, subject: "ada"), 5)), Stop);
        foreach (var lifetime in new[] { TimeSpan.FromSeconds(1), TimeSpan.FromDays(1), TimeSpan.FromSeconds(1) })
        {
            await ledger.HoldAsync(new HoldRequest(Guid.NewGuid(), lifetime, [Line(Minute, 100, 5, subject: "ada"), Line(Minute, 100, 5, subject: lifetime.TotalDays >= 1 ? "bob" : "eve")]), Stop);
        }

        Assert.InRange(await redis.NumberAsync("TTL", "t:{budgets}:c:a|tokens|w|=ada"), (2 * Day) - 10, (2 * Day) + 130);
        await ledger.SettleAsync(Charge(new ChargeLine(Line(Minute, 100, subject: "ada"), 5), new ChargeLine(Line(Minute, 100, subject: "new"), 5)), Stop);

        Assert.InRange(await redis.NumberAsync("TTL", "t:{budgets}:c:a|tokens|w|=ada"), (2 * Day) - 10, (2 * Day) + 130);
        Assert.InRange(await redis.NumberAsync("TTL", "t:{budgets}:holds"), (2 * Day) - 10, (2 * Day) + 130);
        Assert.InRange(await redis.NumberAsync("TTL", "t:{budgets}:subjects:a|tokens|w"), (3 * Day) - 10, (3 * Day) + 130);
    }

    [Fact]
    public async Task Calls_of_one_step_and_names_of_those_that_are_gone_take_no_room()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var ledger = Open(redis.Address);
        var hour = new LedgerSpan(SpanKind.Sliding, Length: 3_600_000);
        await redis.CommandAsync("ZADD", "t:{budgets}:subjects:a|tokens|w", "1000", "=gone");
        for (var i = 0; i < 50; i++)
        {
            await ledger.SettleAsync(Charge(new ChargeLine(Line(hour, 100), 1)), Stop);
        }

        // Two steps, where the minute ends just now.
        Assert.InRange(await redis.NumberAsync("STRLEN", "t:{budgets}:c:a|tokens|w|="), 66 + 18, 66 + (2 * 18));
        Assert.Equal(1, await redis.NumberAsync("ZCARD", "t:{budgets}:subjects:a|tokens|w"));
    }

    [Fact]
    public async Task Override_that_nobody_changed_for_too_long_does_not_count_and_goes_with_the_next_change()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var ledger = Open(redis.Address);
        await redis.CommandAsync("HSET", "t:{budgets}:overrides", "a", "1000 5");

        Assert.Equal(100, (await ledger.ReadAsync([Line(Minute, 100)], Stop)).Lines[0].Limit);
        Assert.Empty(await ledger.OverridesAsync(Stop));
        await ledger.SetOverrideAsync("b", null, new(7), Stop);
        Assert.Equal(1, await redis.NumberAsync("HLEN", "t:{budgets}:overrides"));
    }

    [Theory]
    [InlineData("holds", "hold", "settle", "read")]
    [InlineData("overrides", "hold", "settle", "read", "override")]
    [InlineData("hold:0000000a000000000000000000000000", "hold", "settle")]
    [InlineData("c:b|tokens|w|=", "hold", "settle", "read", "claim", "reset")]
    [InlineData("subjects:b|tokens|w", "hold", "settle", "claim", "delete")]
    [InlineData("limits", "announce")]
    public async Task Key_of_somebody_else_is_an_error_and_nothing_is_written(string key, params string[] calls)
    {
        await using var redis = await RedisServer.StartAsync();
        await using var ledger = Open(redis.Address);
        var day = await DayAsync(redis);
        var id = new Guid(10, 0, 0, new byte[8]);
        LedgerLine[] lines = [Line(day, 100, 10), Line(day, 100, 10, "b")];
        Dictionary<string, Func<Task>> all = new()
        {
            ["hold"] = () => ledger.HoldAsync(Hold(id, lines), Stop),
            ["settle"] = () => ledger.SettleAsync(Settle(id, [.. lines.Select(line => new ChargeLine(line, 1))]), Stop),
            ["read"] = () => ledger.ReadAsync(lines, Stop),
            ["claim"] = () => ledger.ClaimWarningAsync(lines[1], 80, Stop),
            ["reset"] = () => ledger.ResetAsync(lines, Stop),
            ["delete"] = () => ledger.DeleteAsync([lines[0].Counter, lines[1].Counter], Stop),
            ["override"] = () => ledger.SetOverrideAsync("a", null, new(1), Stop),
            ["announce"] = () => ledger.AnnounceAsync(new Dictionary<string, string> { ["a"] = "" }, Stop),
        };
        await redis.CommandAsync("RPUSH", "t:{budgets}:" + key, "mine");
        foreach (var call in calls)
        {
            Assert.NotNull(await Record.ExceptionAsync(all[call]));
            Assert.Equal(["t:{budgets}:" + key], await redis.KeysAsync());
        }

        Assert.StartsWith("*1\r\n$4\r\nmine", await redis.CommandAsync("LRANGE", "t:{budgets}:" + key, "0", "-1"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Text_that_is_no_counter_is_an_error_that_names_it()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var ledger = Open(redis.Address);
        await redis.CommandAsync("SET", "t:{budgets}:c:a|tokens|w|=", "17");

        var error = await Record.ExceptionAsync(() => ledger.HoldAsync(Hold(Guid.NewGuid(), Line(Minute, 100, 1)), Stop));

        Assert.Contains("t:{budgets}:c:a|tokens|w|= is no counter of a budget", error?.Message, StringComparison.Ordinal);
        Assert.Single(await redis.KeysAsync());
    }

    [Fact]
    public async Task Subject_that_has_no_counter_any_more_is_not_listed()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var ledger = Open(redis.Address);
        await ledger.SettleAsync(Charge([.. Enumerable.Range(0, 600).Select(i => new ChargeLine(Line(Minute, 100, subject: $"u{i}"), 1))]), Stop);
        for (var i = 0; i < 600; i += 2)
        {
            await redis.CommandAsync("DEL", $"t:{{budgets}}:c:a|tokens|w|=u{i}");
        }

        Assert.Equal(300, (await ledger.SubjectsAsync("a|tokens|w", 1000, Stop)).Count);
        Assert.Equal(7, (await ledger.SubjectsAsync("a|tokens|w", 7, Stop)).Count);
    }
}
