using Microsoft.Extensions.AI;

namespace LlmTelemetry.Budgets.Tests;

public sealed class OverBudgetTests
{
    [Fact]
    public async Task Output_is_capped_to_the_tokens_that_are_left()
    {
        using var chat = Capping(Left(BudgetUnit.Tokens, 300));
        var options = new ChatOptions { MaxOutputTokens = 5_000, Temperature = 0.5f };
        await chat.AskAsync(options: options);

        var prompt = chat.Gate.Asks[0].Estimate.InputTokens;
        var sent = Assert.Single(chat.Inner.SeenOptions)!;
        Assert.Equal((int)(300 - prompt), sent.MaxOutputTokens);
        Assert.Equal(0.5f, sent.Temperature);
        Assert.Equal(5_000, options.MaxOutputTokens);
        Assert.Equal([5_000, 300 - prompt], chat.Gate.Asks.Select(a => a.Estimate.OutputTokens));
    }

    [Fact]
    public async Task Output_is_capped_to_the_least_that_any_limit_leaves()
    {
        using var chat = Capping(Left(BudgetUnit.Tokens, 3_000), Left(BudgetUnit.OutputTokens, 200), Left(BudgetUnit.Requests, 5));
        await chat.AskAsync(options: new ChatOptions { MaxOutputTokens = 5_000 });
        Assert.Equal(200, Assert.Single(chat.Inner.SeenOptions)!.MaxOutputTokens);
    }

    [Fact]
    public async Task Output_is_capped_to_the_money_that_is_left_to_the_last_token()
    {
        using var chat = Capping(Left(BudgetUnit.Usd, 0.0001m));
        await chat.AskAsync();

        // 0.60 USD per million tokens, after the prompt.
        var prompt = chat.Gate.Asks[0].Estimate.InputTokens;
        var room = (int)((0.0001m - (prompt * 0.00000015m)) / 0.0000006m);
        Assert.Equal(room, Assert.Single(chat.Inner.SeenOptions)!.MaxOutputTokens);
        Assert.True(chat.Gate.Asks[^1].Estimate.CostPico <= 100_000_000);
    }

    [Fact]
    public async Task Limit_in_shadow_does_not_cap()
    {
        using var chat = Capping(Left(BudgetUnit.Tokens, 300), Left(BudgetUnit.OutputTokens, 1) with { Name = "shadow" });
        chat.Gate.Options.Limits.Add(new BudgetLimit("shadow", BudgetUnit.OutputTokens, 1, BudgetWindow.Day) { Shadow = true });
        await chat.AskAsync();
        Assert.InRange(Assert.Single(chat.Inner.SeenOptions)!.MaxOutputTokens!.Value, 280, 299);
    }

    [Theory]
    [InlineData(BudgetUnit.Tokens, 70)]
    [InlineData(BudgetUnit.Usd, 0.00001)]
    [InlineData(BudgetUnit.Requests, 0)]
    public async Task Call_is_refused_where_too_little_is_left(BudgetUnit unit, double left)
    {
        using var chat = Capping(Left(unit, (decimal)left));
        await Assert.ThrowsAsync<BudgetExceededException>(() => chat.AskAsync(options: new ChatOptions { MaxOutputTokens = unit == BudgetUnit.Requests ? 64 : 500 }));
        Assert.Empty(chat.Inner.SeenOptions);
    }

    [Theory]
    [InlineData(BudgetUnit.Requests)]
    [InlineData(BudgetUnit.InputTokens)]
    [InlineData(BudgetUnit.SessionSeconds)]
    public async Task Limit_that_a_shorter_answer_does_not_help_is_asked_once(BudgetUnit unit)
    {
        using var chat = Capping(Left(unit, 0));
        chat.Gate.OnAsk = (_, _) => Task.FromResult<BudgetExceededException?>(RecordingGate.Refusal());
        await Assert.ThrowsAsync<BudgetExceededException>(() => chat.AskAsync());
        Assert.Single(chat.Gate.Asks);
    }

    [Fact]
    public async Task Cap_that_others_were_faster_than_is_tried_twice()
    {
        using var chat = Capping(Left(BudgetUnit.OutputTokens, 1_000));
        var asks = 0;
        chat.Gate.OnAsk = (_, _) =>
        {
            asks++;
            chat.Gate.States = [Left(BudgetUnit.OutputTokens, 1_000 - (asks * 100))];
            return Task.FromResult<BudgetExceededException?>(RecordingGate.Refusal());
        };
        await Assert.ThrowsAsync<BudgetExceededException>(() => chat.AskAsync());
        Assert.Equal([4_096, 900, 800], chat.Gate.Asks.Select(a => a.Estimate.OutputTokens));
    }

    [Fact]
    public async Task Stream_is_capped_as_well()
    {
        using var chat = Capping(Left(BudgetUnit.OutputTokens, 200));
        await chat.ReadAsync();
        Assert.Equal(200, Assert.Single(chat.Inner.SeenOptions)!.MaxOutputTokens);
    }

    [Theory]
    [InlineData(BudgetRefusal.StoreUnavailable)]
    [InlineData(BudgetRefusal.UnknownPrice)]
    public async Task Refusal_for_another_reason_changes_nothing(BudgetRefusal reason)
    {
        using var chat = Capping(Left(BudgetUnit.OutputTokens, 200));
        chat.Gate.OnAsk = (_, _) => Task.FromResult<BudgetExceededException?>(RecordingGate.Refusal(reason: reason));
        await Assert.ThrowsAsync<BudgetExceededException>(() => chat.AskAsync());
        Assert.Single(chat.Gate.Asks);
    }

    [Fact]
    public async Task Call_is_made_with_the_cheaper_model_and_its_own_estimate()
    {
        using var chat = Switching();
        chat.Answers(BudgetedChat.Used(10, 5));
        var options = new ChatOptions { ModelId = "gpt-4o", MaxOutputTokens = 100 };
        await chat.AskAsync(options: options);

        Assert.Equal("gpt-4o-mini", Assert.Single(chat.Inner.SeenOptions)!.ModelId);
        Assert.Equal("gpt-4o", options.ModelId);
        Assert.Equal(["gpt-4o", "gpt-4o-mini"], chat.Gate.Asks.Select(a => a.Subject.Model));
        Assert.True(chat.Gate.Asks[1].Estimate.CostPico < chat.Gate.Asks[0].Estimate.CostPico / 10);
        Assert.Equal(1, chat.Gate.OnlySettled.Requests);
    }

    [Theory]
    [InlineData(60, 60, "gpt-4o-mini")]
    [InlineData(60, 30, "gpt-4o-mini")]
    [InlineData(60, 90, "gpt-4o")]
    [InlineData(60, null, "gpt-4o")]
    [InlineData(null, 60, "gpt-4o-mini")]
    [InlineData(null, null, "gpt-4o-mini")]
    public async Task Refusal_is_that_of_the_model_that_has_room_first(int? first, int? cheaper, string told)
    {
        using var chat = Switching();
        chat.Gate.OnAsk = (ask, _) => Task.FromResult<BudgetExceededException?>(RecordingGate.Refusal(
            ask.Subject.Model!, retryAfter: (ask.Subject.Model == "gpt-4o" ? first : cheaper) is { } seconds ? TimeSpan.FromSeconds(seconds) : null));
        var refusal = await Assert.ThrowsAsync<BudgetExceededException>(() => chat.AskAsync(options: new ChatOptions { ModelId = "gpt-4o" }));
        Assert.Equal(told, refusal.Message);
        Assert.Equal([null, "as model 'gpt-4o-mini'"], chat.Gate.Asks.Select(a => a.Tried));
    }

    [Theory]
    [InlineData(BudgetRefusal.StoreUnavailable)]
    [InlineData(BudgetRefusal.UnknownPrice)]
    public async Task Refusal_is_that_of_the_first_model_where_of_the_cheaper_nothing_is_known(BudgetRefusal reason)
    {
        using var chat = Switching();
        chat.Gate.OnAsk = (ask, _) => Task.FromResult<BudgetExceededException?>(
            RecordingGate.Refusal(ask.Subject.Model!, ask.Subject.Model == "gpt-4o" ? BudgetRefusal.OverLimit : reason, TimeSpan.FromSeconds(1)));
        var refusal = await Assert.ThrowsAsync<BudgetExceededException>(() => chat.AskAsync(options: new ChatOptions { ModelId = "gpt-4o" }));
        Assert.Equal("gpt-4o", refusal.Message);
    }

    [Fact]
    public async Task Cheaper_model_itself_is_not_asked_for_twice()
    {
        using var chat = Switching();
        await Assert.ThrowsAsync<BudgetExceededException>(() => chat.AskAsync(options: new ChatOptions { ModelId = "gpt-4o-mini", MaxOutputTokens = 9_000 }));
        Assert.Single(chat.Gate.Asks);
    }

    // Refuses what does not fit in each of the states.
    private static BudgetedChat Capping(params BudgetState[] states)
    {
        var chat = new BudgetedChat();
        chat.Gate.Options.OnOverBudget = OverBudgetAction.CapOutput;
        chat.Gate.States = states;
        chat.Gate.OnAsk = (ask, _) => Task.FromResult(states.All(state => state.Name == "shadow" || Needed(state.Unit, ask.Estimate) <= state.Remaining) ? null : RecordingGate.Refusal());
        return chat;
    }

    // Only the cheaper model has room, and that for short answers.
    private static BudgetedChat Switching()
    {
        var chat = new BudgetedChat();
        chat.Gate.Options.OnOverBudget = OverBudgetAction.SwitchModel;
        chat.Gate.Options.CheaperModel = "gpt-4o-mini";
        chat.Gate.OnAsk = (ask, _) => Task.FromResult(ask is { Subject.Model: "gpt-4o-mini", Estimate.OutputTokens: < 5_000 } ? null : RecordingGate.Refusal());
        return chat;
    }

    private static decimal Needed(BudgetUnit unit, CallAmounts amounts) => unit switch
    {
        BudgetUnit.Tokens => amounts.InputTokens + amounts.OutputTokens,
        BudgetUnit.OutputTokens => amounts.OutputTokens,
        BudgetUnit.Usd => (decimal)amounts.CostPico!.Value / 1_000_000_000_000m,
        _ => amounts.Requests,
    };

    private static BudgetState Left(BudgetUnit unit, decimal left) => new("limit", unit, BudgetWindow.Day, BudgetScope.Global, "", 10_000 + left, 9_000, 1_000, null);
}
