using LlmTelemetry.TestKit;

namespace LlmTelemetry.Budgets.Tests;

/// <summary>Who goes with whom, and who is not sent.</summary>
public sealed class RedisDecisionsTests
{
    private readonly ManualTime _time = new();
    private readonly List<(IReadOnlyList<RedisDecision> Decisions, TaskCompletionSource Done)> _sent = [];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private RedisDecisions Decisions => field ??= new RedisDecisions("Redis at r:1", SendAsync, TimeSpan.FromSeconds(1), _time);

    [Fact]
    public async Task Who_is_alone_is_sent_at_once_and_those_who_wait_go_together_what_gives_back_first()
    {
        var asked = Ask(RedisDecisionKind.Hold, RedisDecisionKind.Read, RedisDecisionKind.Read, RedisDecisionKind.Hold, RedisDecisionKind.Settle, RedisDecisionKind.Hold, RedisDecisionKind.Settle);
        Assert.Equal([1, 1], _sent.Select(sent => sent.Decisions.Count));

        Answer(0);
        await SentAsync(3);
        Assert.Equal([asked[4], asked[6], asked[3], asked[5], asked[2]], _sent[2].Decisions);

        Answer(1);
        Answer(2);
        await Task.WhenAll(asked.Select(decision => decision.Answer));
        _ = Ask(RedisDecisionKind.Hold);
        await SentAsync(4);
    }

    [Fact]
    public async Task Batch_that_fails_fails_each_of_its_own_and_no_other()
    {
        var asked = Ask(RedisDecisionKind.Hold, RedisDecisionKind.Hold, RedisDecisionKind.Hold, RedisDecisionKind.Settle);
        _sent[0].Done.SetException(new IOException("away"));
        await SentAsync(3);
        _sent[2].Done.SetException(new IOException("still away"));
        Answer(1);

        Assert.Equal("away", (await Assert.ThrowsAsync<IOException>(() => asked[0].Answer)).Message);
        await asked[1].Answer;
        Assert.Equal("still away", (await Assert.ThrowsAsync<IOException>(() => asked[2].Answer)).Message);
        Assert.Equal("still away", (await Assert.ThrowsAsync<IOException>(() => asked[3].Answer)).Message);
    }

    [Fact]
    public async Task Who_is_gone_or_waited_too_long_is_not_sent()
    {
        using var gone = new CancellationTokenSource();
        _ = Ask(RedisDecisionKind.Hold, RedisDecisionKind.Hold);
        var late = Ask(RedisDecisionKind.Settle)[0];
        _time.Advance(TimeSpan.FromSeconds(1));
        var cancelled = Decision(RedisDecisionKind.Hold, gone.Token);
        _ = Decisions.AskAsync(cancelled);
        var last = Ask(RedisDecisionKind.Hold)[0];
        await gone.CancelAsync();

        Answer(0);
        await SentAsync(3);
        Assert.Equal([last], _sent[2].Decisions);
        var error = await Assert.ThrowsAsync<TimeoutException>(() => late.Answer);
        Assert.Equal("Redis at r:1 did not come to this within 00:00:01: it waited for others, and was not sent.", error.Message);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled.Answer);
    }

    /// <summary>Nothing is charged as when a provider is down: thousands of calls end at once, and none used anything.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Many_are_divided_and_none_is_lost(bool charges)
    {
        var asked = Enumerable.Range(0, 302).Select(_ => Decision(RedisDecisionKind.Settle, Stop, charges ? 1 : 0)).ToArray();
        foreach (var decision in asked)
        {
            _ = Decisions.AskAsync(decision);
        }

        for (var i = 0; i < 4; i++)
        {
            await SentAsync(i + 1);
            Answer(i);
        }

        await Task.WhenAll(asked.Select(decision => decision.Answer));
        Assert.Equal([1, 1, 50, 250], _sent.Select(sent => sent.Decisions.Count).Order());
    }

    [Fact]
    public async Task Nobodys_own_context_goes_with_what_is_sent()
    {
        var mine = new AsyncLocal<string> { Value = "mine" };
        var seen = new List<string?>();
        var decisions = new RedisDecisions(
            "Redis at r:1",
            async asked =>
            {
                await Task.Yield();
                seen.Add(mine.Value);
                Tell(asked);
            },
            TimeSpan.FromSeconds(1),
            _time);
        using (ExecutionContext.SuppressFlow())
        {
            _ = decisions.AskAsync(Decision(RedisDecisionKind.Hold, Stop));
        }

        await decisions.AskAsync(Decision(RedisDecisionKind.Hold, Stop));
        await decisions.AskAsync(Decision(RedisDecisionKind.Hold, Stop));
        Assert.Equal("mine", mine.Value);
        Assert.All(seen, Assert.Null);
    }

    private static RedisDecision Decision(RedisDecisionKind kind, CancellationToken stop, int lines = 1) =>
        new(kind, Guid.NewGuid(), [.. Enumerable.Repeat(new LedgerLine(new CounterKey("a|tokens|w", ""), new LedgerSpan(SpanKind.Session), 1), lines)], [], default, 0, stop);

    private static void Tell(IReadOnlyList<RedisDecision> decisions)
    {
        foreach (var decision in decisions)
        {
            decision.Set(new LedgerAnswer(LedgerStatus.Done, 0, [], []));
        }
    }

    private RedisDecision[] Ask(params RedisDecisionKind[] kinds)
    {
        var asked = kinds.Select(kind => Decision(kind, Stop)).ToArray();
        foreach (var decision in asked)
        {
            _ = Decisions.AskAsync(decision);
        }

        return asked;
    }

    private Task SentAsync(int batches) => Eventually.HoldsAsync(
        () =>
        {
            lock (_sent)
            {
                return Task.FromResult(_sent.Count >= batches);
            }
        },
        "the next are sent");

    private Task SendAsync(IReadOnlyList<RedisDecision> decisions)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_sent)
        {
            _sent.Add((decisions, done));
        }

        return done.Task;
    }

    private void Answer(int batch)
    {
        Tell(_sent[batch].Decisions);
        _sent[batch].Done.SetResult();
    }
}
