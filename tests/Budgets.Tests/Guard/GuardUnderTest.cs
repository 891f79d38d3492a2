using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;

namespace LlmTelemetry.Budgets.Tests.Guard;

/// <summary>A guard over a ledger in memory, with a clock that moves only when told.</summary>
internal sealed class GuardUnderTest : IAsyncDisposable
{
    public GuardUnderTest(params BudgetLimit[] limits)
        : this(options => { }, limits)
    {
    }

    public GuardUnderTest(Action<BudgetOptions> configure, params BudgetLimit[] limits)
        : this(ledger: null, time: null, configure, limits)
    {
    }

    public GuardUnderTest(FlakyLedger? ledger, ManualTime? time, Action<BudgetOptions> configure, params BudgetLimit[] limits)
    {
        Time = time ?? new ManualTime();
        Ledger = ledger ?? new FlakyLedger(Time);
        var options = new BudgetOptions { TimeProvider = Time };
        foreach (var limit in limits)
        {
            options.Limits.Add(limit);
        }

        configure(options);
        Guard = new BudgetGuard(options, Ledger, Log);
    }

    public ManualTime Time { get; }

    public FlakyLedger Ledger { get; }

    public BudgetGuard Guard { get; }

    public ListLogger<BudgetGuard> Log { get; } = new();

    public static CallSubject Ada { get; } = new(new Attribution(User: "ada", Session: "s1"), "openai", "gpt-5");

    /// <summary>Of so many tokens and nano-USD.</summary>
    public static CallAmounts Amounts(long tokens = 0, long? nano = 0, long requests = 1, long tools = 0) => new(tokens, 0, nano * 1000, requests, tools);

    public Task<HoldOutcome> HoldAsync(CallAmounts estimate, CallSubject? subject = null) =>
        Guard.HoldAsync(new CallAsk(subject ?? Ada, estimate), TestContext.Current.CancellationToken);

    public async Task<BudgetHold> AdmittedAsync(CallAmounts estimate, CallSubject? subject = null)
    {
        var outcome = await HoldAsync(estimate, subject);
        Assert.Null(outcome.Refusal);
        return Assert.IsType<BudgetHold>(outcome.Hold);
    }

    public async Task<BudgetExceededException> RefusedAsync(CallAmounts estimate, CallSubject? subject = null)
    {
        var outcome = await HoldAsync(estimate, subject);
        Assert.Null(outcome.Hold);
        outcome.CountRefusal!();
        return Assert.IsType<BudgetExceededException>(outcome.Refusal);
    }

    /// <summary>Where the limits of a call stand.</summary>
    public async Task<IReadOnlyList<BudgetState>> StatesAsync(CallSubject? subject = null)
    {
        var call = await Guard.ResolveAsync(subject ?? Ada, TestContext.Current.CancellationToken);
        return await Guard.Store.ReadAsync(Guard.Limits.For(call), Guard.Limits.Calendar, Guard.Options.StoreTimeout, TestContext.Current.CancellationToken);
    }

    public async Task<BudgetState> StateAsync(string limit, CallSubject? subject = null) => (await StatesAsync(subject)).Single(state => state.Name == limit);

    /// <summary>Lets time pass until the store has taken everything.</summary>
    public Task SettledAsync() => Eventually.HoldsAsync(
        () =>
        {
            Time.Advance(TimeSpan.FromMilliseconds(100));
            return Task.FromResult(Guard.PendingSettlements == 0);
        },
        "everything is settled");

    /// <summary>Lets time pass until a call has its answer.</summary>
    public async Task<T> AnsweredAsync<T>(Task<T> call)
    {
        await Eventually.HoldsAsync(
            () =>
            {
                Time.Advance(TimeSpan.FromMilliseconds(100));
                return Task.FromResult(call.IsCompleted);
            },
            "the call has its answer");
        return await call;
    }

    public async ValueTask DisposeAsync() => await AnsweredAsync(EndAsync());

    private async Task<bool> EndAsync()
    {
        await Guard.DisposeAsync();
        return true;
    }
}
