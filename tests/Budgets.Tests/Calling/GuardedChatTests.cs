using LlmTelemetry.Budgets.Tests.Guard;
using LlmTelemetry.Instrumentation;
using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace LlmTelemetry.Budgets.Tests;

/// <summary>The whole way: client, guard, ledger.</summary>
public sealed class GuardedChatTests
{
    private static readonly BudgetLimit Tokens = new("tokens", BudgetUnit.Tokens, 10_000, BudgetWindow.Day, BudgetScope.User);
    private static readonly BudgetLimit Usd = new("usd", BudgetUnit.Usd, 1, BudgetWindow.Month);
    private static readonly BudgetLimit Requests = new("requests", BudgetUnit.Requests, 1_000, BudgetWindow.Hour);

    [Fact]
    public async Task Call_is_charged_to_every_limit_that_applies_and_holds_nothing_any_more()
    {
        await using var guard = new GuardUnderTest(Tokens, Usd, Requests);
        using var inner = Answering(1_000, 200);
        using var client = Track(inner, guard).UseBudgets(guard.Guard);
        using var scope = UsageScope.Begin(user: "ada");
        await client.GetResponseAsync("Hello", cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal([(1_200m, 0m), (0.00027m, 0m), (1m, 0m)], (await guard.StatesAsync()).Select(s => (s.Used, s.Held)));
    }

    [Fact]
    public async Task Parallel_calls_are_admitted_as_far_as_their_worst_case_fits()
    {
        await using var guard = new GuardUnderTest(new BudgetLimit("tokens", BudgetUnit.OutputTokens, 1_000, BudgetWindow.Day));
        var release = new TaskCompletionSource();
        using var inner = new ScriptedChatClient
        {
            OnResponse = async (_, _) =>
            {
                await release.Task;
                return ScriptedChatClient.Answer(BudgetedChat.Used(10, 100));
            },
        };
        using var client = Track(inner, guard).UseBudgets(guard.Guard);
        var calls = Enumerable.Range(0, 64).Select(_ => Task.Run(() => AskAsync(client, 100))).ToArray();
        var refused = 0;
        await Eventually.HoldsAsync(() => Task.FromResult((refused = calls.Count(c => c.IsCompleted)) == 54), "54 calls are refused");
        release.SetResult();
        Assert.Equal(10, (await Task.WhenAll(calls)).Count(admitted => admitted));
        Assert.Equal((1_000, 0), await FirstAsync(guard));

        // Not one more.
        Assert.False(await AskAsync(client, 1));
    }

    [Fact]
    public async Task Refusal_says_which_limit_and_how_much_is_left()
    {
        await using var guard = new GuardUnderTest(Tokens);
        using var client = Track(Answering(1_000, 200), guard).UseBudgets(guard.Guard);
        using var scope = UsageScope.Begin(user: "ada");
        await client.GetResponseAsync("Hello", cancellationToken: TestContext.Current.CancellationToken);
        var refusal = await Assert.ThrowsAsync<BudgetExceededException>(
            () => client.GetResponseAsync("Hello", new ChatOptions { MaxOutputTokens = 9_000 }, TestContext.Current.CancellationToken));
        Assert.Equal(("tokens", "ada", 1_200m, 8_800m), (refusal.State!.Name, refusal.State.Subject, refusal.State.Used, refusal.State.Remaining!.Value));
        Assert.InRange(refusal.Requested, 9_005, 9_015);
        Assert.NotNull(refusal.RetryAfter);
    }

    [Theory]
    [InlineData(OverBudgetAction.CapOutput, "gpt-4o-mini")]
    [InlineData(OverBudgetAction.SwitchModel, "gpt-4o")]
    public async Task Refusal_says_to_wait_where_the_whole_limit_has_room_for_less(OverBudgetAction action, string model)
    {
        // 0.06 USD with gpt-4o-mini, 1 USD with gpt-4o: as asked for, it is larger than the limit.
        await using var guard = new GuardUnderTest(
            options => (options.OnOverBudget, options.CheaperModel) = (action, "gpt-4o-mini"), Usd with { Amount = action == OverBudgetAction.CapOutput ? 0.01m : 0.07m });
        using var inner = Answering(10, 10);
        using var client = Track(inner, guard).UseBudgets(guard.Guard);
        await guard.Guard.ChargeAsync("ada", 0, 0.069_999m, cancellationToken: TestContext.Current.CancellationToken);

        var refusal = await Assert.ThrowsAsync<BudgetExceededException>(
            () => client.GetResponseAsync("Hello", new ChatOptions { ModelId = model, MaxOutputTokens = 100_000 }, TestContext.Current.CancellationToken));
        Assert.Equal(refusal.State!.ResetsAt - guard.Time.GetUtcNow(), refusal.RetryAfter);
        Assert.True(refusal.Requested <= refusal.State.Limit);
        Assert.Empty(inner.SeenOptions);
    }

    [Fact]
    public async Task Call_of_a_user_that_no_limit_applies_to_never_asks_the_store()
    {
        await using var guard = new GuardUnderTest(Tokens);
        using var inner = Answering(1, 1);
        using var client = Track(inner, guard).UseBudgets(guard.Guard);
        Assert.False(GuardGate.Of(guard.Guard).MayLimit(new CallSubject(default)));
        Assert.True(GuardGate.Of(guard.Guard).MayLimit(new CallSubject(new Attribution(User: "ada"))));
        await client.GetResponseAsync("Hello", cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal((0, 0), await FirstAsync(guard, new CallSubject(new Attribution(User: "ada"))));
    }

    [Theory]
    [InlineData("free", true)]
    [InlineData("FREE", true)]
    [InlineData("no-such-tier", false)]
    [InlineData(null, false)]
    public async Task Limits_of_a_tier_apply_to_its_users(string? tier, bool isLimited)
    {
        await using var guard = new GuardUnderTest();
        Assert.Equal(isLimited, GuardGate.Of(guard.Guard).MayLimit(new CallSubject(new Attribution(User: "ada", Tier: tier))));
    }

    [Fact]
    public async Task Tier_of_a_callback_is_asked_once_for_a_call()
    {
        var asked = 0;
        await using var guard = new GuardUnderTest(options => options.TierOf = (_, _) =>
        {
            asked++;
            return new("free");
        });
        using var client = Track(Answering(20_000, 0), guard).UseBudgets(guard.Guard);
        using var scope = UsageScope.Begin(user: "ada");
        await client.GetResponseAsync("Hello", cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(1, asked);
        var refusal = await Assert.ThrowsAsync<BudgetExceededException>(() => client.GetResponseAsync("Hello", cancellationToken: TestContext.Current.CancellationToken));
        Assert.Equal("tier.tokens_per_hour", refusal.State!.Name);
    }

    [Fact]
    public async Task Output_is_capped_to_what_is_left_and_the_limit_is_met_to_the_token()
    {
        await using var guard = new GuardUnderTest(options => options.OnOverBudget = OverBudgetAction.CapOutput, Tokens, Usd);
        using var inner = Answering(4_000, 5_000);
        using var client = Track(inner, guard).UseBudgets(guard.Guard);
        using var scope = UsageScope.Begin(user: "ada");
        await client.GetResponseAsync("Hello", cancellationToken: TestContext.Current.CancellationToken);
        await client.GetResponseAsync("Hello", cancellationToken: TestContext.Current.CancellationToken);
        Assert.InRange(inner.SeenOptions[1]!.MaxOutputTokens!.Value, 985, 995);
    }

    [Fact]
    public async Task Refusal_after_capping_says_what_the_shortest_call_needs_and_when_it_has_room()
    {
        await using var guard = new GuardUnderTest(options => options.OnOverBudget = OverBudgetAction.CapOutput, Tokens with { Amount = 1_000 });
        using var inner = Answering(900, 60);
        using var client = Track(inner, guard).UseBudgets(guard.Guard);
        using var scope = UsageScope.Begin(user: "ada");
        await client.GetResponseAsync("Hello", cancellationToken: TestContext.Current.CancellationToken);

        // Tomorrow it is capped as today, though with the answer that is assumed it is larger than the limit.
        var refusal = await Assert.ThrowsAsync<BudgetExceededException>(() => client.GetResponseAsync("Hello", cancellationToken: TestContext.Current.CancellationToken));
        Assert.Equal((72m, TimeSpan.FromHours(12)), (refusal.Requested, refusal.RetryAfter));
        Assert.Equal(
            "Limit 'tokens' of user 'ada' has no room for up to 72 tokens with its answer capped to 64 tokens: 960 used and 0 held of 1000 tokens today, 40 left; " +
            "there may be room in 12 hours, when the day ends at 2026-11-23 00:00:00 UTC.",
            refusal.Message);
        Assert.Equal((960, 0), await FirstAsync(guard));
        guard.Time.Advance(refusal.RetryAfter!.Value);
        await client.GetResponseAsync("Hello", cancellationToken: TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Refusal_after_switching_says_what_the_cheaper_model_needs_and_when_it_has_room()
    {
        await using var guard = new GuardUnderTest(options => (options.OnOverBudget, options.CheaperModel) = (OverBudgetAction.SwitchModel, "gpt-4o-mini"), Usd with { Amount = 0.01m });
        using var client = Track(Answering(10_000, 14_000), guard).UseBudgets(guard.Guard);
        var options = new ChatOptions { ModelId = "gpt-4o", MaxOutputTokens = 8_000 };
        await client.GetResponseAsync("Hello", options, TestContext.Current.CancellationToken);

        // With gpt-4o it would never have room.
        var refusal = await Assert.ThrowsAsync<BudgetExceededException>(() => client.GetResponseAsync("Hello", options, TestContext.Current.CancellationToken));
        Assert.Equal((0.0099m, refusal.State!.ResetsAt - guard.Time.GetUtcNow()), (refusal.State.Used, refusal.RetryAfter));
        Assert.InRange(refusal.Requested, 0.0048m, 0.0049m);
        Assert.Contains(" USD as model 'gpt-4o-mini': 0.0099 used", refusal.Message, StringComparison.Ordinal);
        guard.Time.Advance(refusal.RetryAfter!.Value);
        await client.GetResponseAsync("Hello", options, TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData(OverBudgetAction.Refuse, 1_000, 1)]
    [InlineData(OverBudgetAction.CapOutput, 1_000, 0)]
    [InlineData(OverBudgetAction.CapOutput, 10, 1)]
    [InlineData(OverBudgetAction.SwitchModel, 1_000, 1)]
    [InlineData(OverBudgetAction.SwitchModel, 1_000, 0, "gpt-4o")]
    public async Task Refusal_is_counted_once_and_only_where_the_call_is_not_made(OverBudgetAction action, long limit, int counted, string? only = null)
    {
        var name = $"counted-{action}-{limit}-{counted}";
        using var recorder = new MeasurementRecorder(Vocabulary.Budgets, Vocabulary.Metrics.BudgetRefusals);
        var tokens = new BudgetLimit(name, BudgetUnit.Tokens, limit, BudgetWindow.Day) { Only = only is null ? [] : new Dictionary<BudgetScope, string> { [BudgetScope.Model] = only } };
        await using var guard = new GuardUnderTest(options => (options.OnOverBudget, options.CheaperModel) = (action, "gpt-4o-mini"), tokens);
        using var client = Track(Answering(10, 10), guard).UseBudgets(guard.Guard);
        try
        {
            await client.GetResponseAsync("Hello", new ChatOptions { ModelId = "gpt-4o" }, TestContext.Current.CancellationToken);
            Assert.Equal(0, counted);
        }
        catch (BudgetExceededException)
        {
            Assert.Equal(1, counted);
        }

        Assert.Equal(counted, recorder.Of(Vocabulary.Metrics.BudgetRefusals).Count(m => m.Tags.Any(tag => tag.Value as string == name)));
    }

    [Fact]
    public async Task Guard_in_shadow_makes_the_call_and_counts_what_it_would_have_refused()
    {
        using var recorder = new MeasurementRecorder(Vocabulary.Budgets, Vocabulary.Metrics.BudgetShadowRefusals);
        await using var guard = new GuardUnderTest(options => options.OnOverBudget = OverBudgetAction.Shadow, Tokens with { Name = "in-shadow", Amount = 10 });
        using var client = Track(Answering(1_000, 200), guard).UseBudgets(guard.Guard);
        using var scope = UsageScope.Begin(user: "ada");
        await client.GetResponseAsync("Hello", cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal((1_200, 0), await FirstAsync(guard));
        Assert.Contains(recorder.Of(Vocabulary.Metrics.BudgetShadowRefusals), m => m.Tags.Any(tag => tag.Value as string == "in-shadow"));
    }

    [Fact]
    public async Task Stream_left_early_holds_nothing_and_is_charged_by_sight()
    {
        await using var guard = new GuardUnderTest(Tokens);
        using var inner = new ScriptedChatClient { OnStream = (_, _) => ScriptedChatClient.Stream(ScriptedChatClient.Text("one two"), ScriptedChatClient.Text(" three")) };
        using var client = Track(inner, guard).UseBudgets(guard.Guard);
        using var scope = UsageScope.Begin(user: "ada");
        await foreach (var _ in client.GetStreamingResponseAsync("Hello", cancellationToken: TestContext.Current.CancellationToken))
        {
            Assert.InRange((await guard.StatesAsync())[0].Held, 4_100, 4_120);
            break;
        }

        var (used, held) = await FirstAsync(guard);
        Assert.InRange(used, 8, 20);
        Assert.Equal(0, held);
    }

    [Fact]
    public async Task Store_that_is_down_lets_calls_pass_and_is_charged_when_it_is_back()
    {
        await using var guard = new GuardUnderTest(Tokens);
        using var client = Track(Answering(1_000, 200), guard).UseBudgets(guard.Guard);
        using var scope = UsageScope.Begin(user: "ada");
        guard.Ledger.OnAll = Trouble.Down;
        await guard.AnsweredAsync(client.GetResponseAsync("Hello", cancellationToken: TestContext.Current.CancellationToken));
        guard.Ledger.OnAll = Trouble.None;
        await guard.SettledAsync();
        Assert.Equal((1_200, 0), await FirstAsync(guard));
    }

    [Fact]
    public async Task Calls_with_an_estimated_charge_are_counted()
    {
        using var chat = new BudgetedChat();
        using var recorder = new MeasurementRecorder(Vocabulary.Budgets, Vocabulary.Metrics.BudgetEstimatedCalls);
        chat.Answers(null);
        await chat.AskAsync();
        Assert.True(chat.Gate.OnlySettled.IsEstimated);
        Assert.NotEmpty(recorder.Of(Vocabulary.Metrics.BudgetEstimatedCalls));
    }

    [Fact]
    public async Task Guard_of_the_services_decides_and_their_tracker_counts()
    {
        await using var guard = new GuardUnderTest(Tokens);
        var hub = new UsageHub();
        await using var services = new ServiceCollection().AddSingleton(guard.Guard).AddSingleton(hub).BuildServiceProvider();
        using var client = Answering(1_000, 200).UseBudgets(services);
        using var scope = UsageScope.Begin(user: "ada");
        await client.GetResponseAsync("Hello", cancellationToken: TestContext.Current.CancellationToken);
        Assert.Same(hub, client.GetService<IUsageTracker>()!.Hub);
        Assert.Equal((1_200, 0), await FirstAsync(guard));
    }

    [Fact]
    public void Services_without_a_guard_are_refused_by_name()
    {
        using var inner = new ScriptedChatClient();
        var error = Assert.Throws<InvalidOperationException>(() => inner.UseBudgets(new NoServices()));
        Assert.Contains("AddBudgets", error.Message, StringComparison.Ordinal);
    }

    private static ScriptedChatClient Answering(long input, long output) =>
        new() { OnResponse = (_, _) => Task.FromResult(ScriptedChatClient.Answer(BudgetedChat.Used(input, output))) };

    private static IChatClient Track(ScriptedChatClient inner, GuardUnderTest guard) => inner.UseUsageTracking(options =>
    {
        options.Hub = new UsageHub();
        options.TimeProvider = guard.Time;
    });

    private static async Task<bool> AskAsync(IChatClient client, int maxOutputTokens)
    {
        try
        {
            await client.GetResponseAsync("Hello", new ChatOptions { MaxOutputTokens = maxOutputTokens }, TestContext.Current.CancellationToken);
            return true;
        }
        catch (BudgetExceededException)
        {
            return false;
        }
    }

    private static async Task<(decimal Used, decimal Held)> FirstAsync(GuardUnderTest guard, CallSubject? subject = null)
    {
        var state = (await guard.StatesAsync(subject))[0];
        return (state.Used, state.Held);
    }

    private sealed class NoServices : IServiceProvider
    {
        public object? GetService(Type serviceType) => null;
    }
}
