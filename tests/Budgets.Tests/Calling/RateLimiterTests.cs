using System.Threading.RateLimiting;
using Microsoft.Extensions.AI;

namespace LlmTelemetry.Budgets.Tests;

public sealed class RateLimiterTests
{
    [Fact]
    public async Task Call_that_a_limiter_inside_refuses_leaves_no_hold_and_no_charge()
    {
        using var chat = new BudgetedChat();
        using var limiter = OneCall();
        using var client = ChatClientBudgetExtensions.Wrap(new LimitedClient(chat.Tracked, limiter), chat.Gate);
        chat.Answers(BudgetedChat.Used(10, 5));
        await client.GetResponseAsync("Hello", cancellationToken: TestContext.Current.CancellationToken);
        await Assert.ThrowsAsync<InvalidOperationException>(() => client.GetResponseAsync("Hello", cancellationToken: TestContext.Current.CancellationToken));
        Assert.Equal(2, chat.Gate.Asks.Count);
        Assert.Equal([1, 0], chat.Gate.Settled.Select(s => s.Requests));
        Assert.Equal(default, chat.Gate.Settled[1]);
    }

    [Fact]
    public async Task Stream_that_a_limiter_inside_refuses_leaves_no_hold_and_no_charge()
    {
        using var chat = new BudgetedChat();
        using var limiter = OneCall();
        limiter.AttemptAcquire().Dispose();
        using var client = ChatClientBudgetExtensions.Wrap(new LimitedClient(chat.Tracked, limiter), chat.Gate);
        await Assert.ThrowsAsync<InvalidOperationException>(async () =>
        {
            await foreach (var _ in client.GetStreamingResponseAsync("Hello", cancellationToken: TestContext.Current.CancellationToken))
            {
            }
        });
        Assert.Equal(default, chat.Gate.OnlySettled);
    }

    [Fact]
    public async Task Call_that_a_limiter_outside_refuses_asks_for_no_room()
    {
        using var chat = new BudgetedChat();
        using var limiter = OneCall();
        using var client = new LimitedClient(chat.Client, limiter);
        await client.GetResponseAsync("Hello", cancellationToken: TestContext.Current.CancellationToken);
        await Assert.ThrowsAsync<InvalidOperationException>(() => client.GetResponseAsync("Hello", cancellationToken: TestContext.Current.CancellationToken));
        Assert.Single(chat.Gate.Asks);
        Assert.Single(chat.Gate.Settled);
    }

    [Fact]
    public async Task Call_that_is_cancelled_while_it_waits_for_a_limiter_lets_its_hold_go()
    {
        using var chat = new BudgetedChat();
        using var limiter = new ConcurrencyLimiter(new ConcurrencyLimiterOptions { PermitLimit = 1, QueueLimit = 1 });
        using var taken = limiter.AttemptAcquire();
        using var client = ChatClientBudgetExtensions.Wrap(new LimitedClient(chat.Tracked, limiter), chat.Gate);
        using var cancel = new CancellationTokenSource();
        var call = client.GetResponseAsync("Hello", cancellationToken: cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        Assert.Equal(default, chat.Gate.OnlySettled);
    }

    private static FixedWindowRateLimiter OneCall() => new(new FixedWindowRateLimiterOptions { PermitLimit = 1, Window = TimeSpan.FromDays(1), AutoReplenishment = false });

    private sealed class LimitedClient(IChatClient inner, RateLimiter limiter) : DelegatingChatClient(inner)
    {
        public override async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        {
            using var lease = await AcquireAsync(cancellationToken);
            return await base.GetResponseAsync(messages, options, cancellationToken);
        }

        public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            using var lease = await AcquireAsync(cancellationToken);
            await foreach (var update in base.GetStreamingResponseAsync(messages, options, cancellationToken))
            {
                yield return update;
            }
        }

        private async Task<RateLimitLease> AcquireAsync(CancellationToken cancellationToken)
        {
            var lease = await limiter.AcquireAsync(1, cancellationToken);
            return lease.IsAcquired ? lease : throw new InvalidOperationException("Too many calls.");
        }
    }
}
