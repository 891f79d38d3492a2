using LlmTelemetry.TestKit;
using static LlmTelemetry.Budgets.Tests.RedisBudgets;

namespace LlmTelemetry.Budgets.Tests;

/// <summary>Callers that come while Redis stands still: the first two are on their way alone, all others go together.</summary>
public sealed class RedisBatchTests
{
    private const int Alone = 2;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Callers_that_come_together_are_admitted_as_far_as_there_is_room_by_few_scripts()
    {
        await using var redis = await RedisServer.StartAsync("--appendonly", "no");
        await using var ledger = Open(redis.Address);
        await ledger.ReadAsync([Line(Session, 70)], Stop);
        await redis.CommandAsync("CONFIG", "RESETSTAT");

        var answers = await TogetherAsync(redis, Enumerable.Range(0, 50).Select(i => (Func<Task<LedgerAnswer>>)(() => ledger.HoldAsync(Hold(Guid.NewGuid(), Line(Session, 70, 10), Line(Minute, 1000, 1, "b", $"u{i % 10}")), Stop))));

        Assert.Equal((7, 43), (answers.Count(answer => answer.Status == LedgerStatus.Done), answers.Count(answer => answer.Status == LedgerStatus.Refused)));
        Assert.All(answers.Where(answer => answer.Status == LedgerStatus.Refused), answer => Assert.Equal((70, true), (answer.Lines[0].Held, answer.Lines[0].IsOver)));
        Assert.Equal(70, (await ledger.ReadAsync([Line(Session, 70)], Stop)).Lines[0].Held);
        Assert.Equal(7, await redis.NumberAsync("ZCARD", "t:{budgets}:holds"));
        Assert.Matches(@"cmdstat_eval(sha)?:calls=[1-5],", await redis.CommandAsync("INFO", "commandstats"));
    }

    [Fact]
    public async Task Broken_key_of_one_caller_is_nobody_elses_trouble()
    {
        await using var redis = await RedisServer.StartAsync("--appendonly", "no");
        await using var ledger = Open(redis.Address);
        var (held, other) = (Guid.NewGuid(), Guid.NewGuid());
        await ledger.HoldAsync(Hold(held, Line(Session, 100, 10)), Stop);
        await redis.CommandAsync("RPUSH", "t:{budgets}:c:broken|tokens|w|=", "mine");
        await redis.CommandAsync("SET", "t:{budgets}:c:odd|tokens|w|=", "17");
        await redis.CommandAsync("SET", $"t:{{budgets}}:hold:{other:N}", "17");

        Exception? broken = null, odd = null, strange = null;
        var answers = await InOneBatchAsync(redis, ledger,
        [
            async () => Failed(broken = await Record.ExceptionAsync(() => ledger.HoldAsync(Hold(Guid.NewGuid(), Line(Session, 100, 50), Line(Session, 100, 1, "broken")), Stop))),
            () => ledger.HoldAsync(Hold(Guid.NewGuid(), Line(Session, 100, 20)), Stop),
            async () => Failed(odd = await Record.ExceptionAsync(() => ledger.SettleAsync(Charge(new ChargeLine(Line(Session, 100), 50), new ChargeLine(Line(Session, 100, name: "odd"), 1)), Stop))),
            async () => Failed(strange = await Record.ExceptionAsync(() => ledger.SettleAsync(Settle(other, new ChargeLine(Line(Session, 100), 50)), Stop))),
            () => ledger.SettleAsync(Settle(held, new ChargeLine(Line(Session, 100), 7)), Stop),
        ]);

        Assert.StartsWith("WRONGTYPE", Assert.IsType<LedgerKeyException>(broken).Message, StringComparison.Ordinal);
        Assert.Equal("t:{budgets}:c:odd|tokens|w|= is no counter of a budget", Assert.IsType<LedgerKeyException>(odd).Message);
        Assert.Equal($"t:{{budgets}}:hold:{other:N} is no hold of a budget", Assert.IsType<LedgerKeyException>(strange).Message);
        Assert.Equal((LedgerStatus.Done, LedgerStatus.Done), (answers[1].Status, answers[4].Status));
        var state = Assert.Single((await ledger.ReadAsync([Line(Session, 100)], Stop)).Lines);
        Assert.Equal((7, 20), (state.Used, state.Held));
    }

    [Theory]
    [InlineData("maxmemory", "1", "OOM")]
    [InlineData("min-replicas-to-write", "1", "NOREPLICAS")]
    public async Task Who_has_no_room_is_refused_also_where_redis_takes_no_writes_of_the_others(string setting, string value, string refusal)
    {
        await using var redis = await RedisServer.StartAsync("--appendonly", "no", "--maxmemory-policy", "noeviction");
        await using var ledger = Open(redis.Address);
        await ledger.HoldAsync(Hold(Guid.NewGuid(), Line(Session, 100, 90)), Stop);
        await redis.CommandAsync("CONFIG", "SET", setting, value);

        Exception? unwritten = null;
        var answers = await InOneBatchAsync(redis, ledger,
        [
            async () => Failed(unwritten = await Record.ExceptionAsync(() => ledger.HoldAsync(Hold(Guid.NewGuid(), Line(Session, 100, 10)), Stop))),
            () => ledger.HoldAsync(Hold(Guid.NewGuid(), Line(Session, 100, 11)), Stop),
            () => ledger.ReadAsync([Line(Session, 100)], Stop),
        ]);

        Assert.StartsWith(refusal, Assert.IsType<IOException>(unwritten).Message, StringComparison.Ordinal);
        Assert.Equal([LedgerStatus.Refused, LedgerStatus.Done], answers.Skip(1).Select(answer => answer.Status));
        Assert.Equal(90, answers[2].Lines[0].Held);
        Assert.Equal(1, await redis.NumberAsync("ZCARD", "t:{budgets}:holds"));
    }

    /// <summary>A settlement writes before those after it are decided: nothing of theirs may end the script.</summary>
    [Fact]
    public async Task Hold_that_cannot_be_read_loses_nobodys_settlement()
    {
        await using var redis = await RedisServer.StartAsync("--appendonly", "no");
        await using var ledger = Open(redis.Address);
        var id = Guid.NewGuid();
        await ledger.HoldAsync(Hold(id, Line(Session, 100, 60)), Stop);
        await redis.CommandAsync("SET", "t:{budgets}:hold:odd", "H1\0\0\0\0\0\0\0\0odd");
        await redis.CommandAsync("ZADD", "t:{budgets}:holds", "9000000000000", "odd");

        var answers = await InOneBatchAsync(redis, ledger,
        [
            () => ledger.SettleAsync(Settle(id, new ChargeLine(Line(Session, 100), 40)), Stop),
            () => ledger.HoldAsync(Hold(Guid.NewGuid(), Line(Session, 100, 61)), Stop),
        ]);

        Assert.Equal([LedgerStatus.Done, LedgerStatus.Refused], answers.Select(answer => answer.Status));
        await redis.CommandAsync("ZADD", "t:{budgets}:holds", "1", "odd");
        var stands = Assert.Single((await ledger.ReadAsync([Line(Session, 100)], Stop)).Lines);
        Assert.Equal((40, 0), (stands.Used, stands.Held));
        Assert.Equal(0, await redis.NumberAsync("ZCARD", "t:{budgets}:holds"));
    }

    [Fact]
    public async Task What_gives_room_back_is_decided_before_what_asks_for_it()
    {
        await using var redis = await RedisServer.StartAsync("--appendonly", "no");
        await using var ledger = Open(redis.Address);
        var id = Guid.NewGuid();
        await ledger.HoldAsync(Hold(id, Line(Session, 100, 100)), Stop);

        var answers = await InOneBatchAsync(redis, ledger,
        [
            () => ledger.HoldAsync(Hold(Guid.NewGuid(), Line(Session, 100, 60)), Stop),
            () => ledger.SettleAsync(Settle(id, new ChargeLine(Line(Session, 100), 40)), Stop),
            () => ledger.HoldAsync(Hold(Guid.NewGuid(), Line(Session, 100, 1)), Stop),
        ]);

        Assert.Equal([LedgerStatus.Done, LedgerStatus.Done, LedgerStatus.Refused], answers.Select(answer => answer.Status));
        Assert.Equal((40, 0), (answers[1].Lines[0].Used, answers[1].Lines[0].Held));
    }

    [Fact]
    public async Task Caller_whose_clock_is_in_another_period_asks_again_and_the_others_need_not()
    {
        await using var redis = await RedisServer.StartAsync("--appendonly", "no");
        await using var ledger = Open(redis.Address);
        var day = await DayAsync(redis);
        var (yesterday, tomorrow) = (day with { Start = day.Start - 86_400_000, End = day.Start }, day with { Start = day.End, End = day.End + 86_400_000 });
        await ledger.SettleAsync(Charge(new ChargeLine(Line(day, 100), 5)), Stop);

        var answers = await InOneBatchAsync(redis, ledger,
        [
            () => ledger.HoldAsync(Hold(Guid.NewGuid(), Line(tomorrow, 100, 60)), Stop),
            () => ledger.HoldAsync(Hold(Guid.NewGuid(), Line(day, 100, 60)), Stop),
            () => ledger.HoldAsync(Hold(Guid.NewGuid(), Line(yesterday, 100, 10)), Stop),
        ]);

        Assert.Equal([LedgerStatus.OtherPeriod, LedgerStatus.Done, LedgerStatus.OtherPeriod], answers.Select(answer => answer.Status));
        Assert.Equal((5, 60), (await ledger.ReadAsync([Line(day, 100)], Stop)).Lines[0] is var state ? (state.Used, state.Held) : default);
    }

    [Fact]
    public async Task Live_holds_are_remembered_as_long_as_the_longest_of_those_that_come_together()
    {
        await using var redis = await RedisServer.StartAsync("--appendonly", "no");
        await using var ledger = Open(redis.Address);
        await TogetherAsync(redis, Enumerable.Range(0, 5).Select(i => (Func<Task<LedgerAnswer>>)(() =>
            ledger.HoldAsync(new HoldRequest(Guid.NewGuid(), TimeSpan.FromMinutes(i == 3 ? 600 : 1), [Line(Session, 100, 1)]), Stop))));

        Assert.InRange(await redis.NumberAsync("TTL", "t:{budgets}:holds"), 86_400 + 36_000 - 60, 86_400 + 36_000 + 120);
    }

    /// <summary>Whatever comes together is decided as the embedded ledger decides it one after the other.</summary>
    [Fact]
    public async Task Decisions_together_are_those_of_one_after_the_other()
    {
        await using var redis = await RedisServer.StartAsync("--appendonly", "no");
        var first = Environment.TickCount;
        TestContext.Current.TestOutputHelper?.WriteLine($"first seed {first}");
        for (var seed = first; seed < first + 40; seed++)
        {
            await using var together = Open(redis.Address, prefix: $"t{seed}");
            await using var alone = new MemoryBudgetLedger(TimeProvider.System);
            var script = new BatchScript(new Random(seed));
            await together.ReadAsync([Line(Session, 100)], Stop); // What waits for the connection comes in no order.
            for (var round = 0; round < 4; round++)
            {
                var steps = script.Round();
                var answers = await TogetherAsync(redis, steps.Select(step => (Func<Task<LedgerAnswer>>)(() => step.AskAsync(together))));
                LedgerAnswer[] expected = new LedgerAnswer[steps.Count];
                foreach (var (step, i) in steps.Select((step, i) => (step, i)).OrderBy(pair => pair.i < Alone ? pair.i - Alone : pair.step.Order))
                {
                    expected[i] = await step.AskAsync(alone);
                }

                for (var i = 0; i < steps.Count; i++)
                {
                    Assert.True(Text(expected[i]) == Text(answers[i]), $"seed {seed}, round {round}, {i}: {steps[i]}: {Text(answers[i])} where one after the other is {Text(expected[i])}");
                }
            }
        }
    }

    private static string Text(LedgerAnswer answer) =>
        $"{answer.Status}: {string.Join(", ", answer.Lines.Select(line => $"{line.Limit} {line.Used}.{line.UsedPico} {line.Held} {line.IsOver} {line.FreeAt is not null}"))}";

    private static LedgerAnswer Failed(Exception? cause) => cause is null ? throw new InvalidOperationException("It did not fail.") : new LedgerAnswer(LedgerStatus.Known, 0, [], []);

    // After the two that are on their way alone, of whose answers nothing is said.
    private static async Task<LedgerAnswer[]> InOneBatchAsync(RedisServer redis, RedisBudgetLedger ledger, IEnumerable<Func<Task<LedgerAnswer>>> asks) =>
        (await TogetherAsync(redis, Enumerable.Repeat<Func<Task<LedgerAnswer>>>(() => ledger.ReadAsync([Line(Session, 100)], Stop), Alone).Concat(asks)))[Alone..];

    // All are asked before Redis goes on.
    private static Task<LedgerAnswer[]> TogetherAsync(RedisServer redis, IEnumerable<Func<Task<LedgerAnswer>>> asks)
    {
        redis.Process.Signal("STOP");
        try
        {
            return Task.WhenAll(asks.Select(static ask => ask()).ToArray());
        }
        finally
        {
            redis.Process.Signal("CONT");
        }
    }
}
