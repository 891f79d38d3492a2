using System.Diagnostics;
using LlmTelemetry.TestKit;
using Microsoft.Extensions.Logging;
using static LlmTelemetry.Budgets.Tests.Guard.GuardUnderTest;

namespace LlmTelemetry.Budgets.Tests.Guard;

public sealed class BudgetWarningTests
{
    private static readonly BudgetLimit Limit = new("day", BudgetUnit.Tokens, 100, BudgetWindow.Day, BudgetScope.User);

    [Theory]
    [InlineData(79, new int[0])]
    [InlineData(80, new[] { 80 })]
    [InlineData(94, new[] { 80 })]
    [InlineData(95, new[] { 95 })]
    [InlineData(100, new[] { 95 })]
    public async Task A_limit_warns_of_the_highest_percentage_it_passed(int used, int[] percents)
    {
        var warnings = new Warnings();
        await using var test = new GuardUnderTest(warnings.Listen, Limit);
        await UseAsync(test, used);
        await warnings.AreAsync(percents);
    }

    [Fact]
    public async Task Each_percentage_is_warned_of_once_however_many_calls_see_it()
    {
        var warnings = new Warnings();
        await using var test = new GuardUnderTest(warnings.Listen, Limit);
        await UseAsync(test, 80);
        await warnings.AreAsync(80);
        await Task.WhenAll(Enumerable.Range(0, 14).Select(_ => UseAsync(test, 1)));
        await UseAsync(test, 1);
        await warnings.AreAsync(80, 95);
        await UseAsync(test, 1);
        await warnings.AreAsync(80, 95);
        Assert.Equal(2, test.Log.Lines.Count(line => line.Level == LogLevel.Warning));
    }

    [Fact]
    public async Task Two_guards_on_one_store_warn_once_and_again_in_the_next_period()
    {
        var (warnings, time) = (new Warnings(), new ManualTime());
        var ledger = new FlakyLedger(time);
        await using var one = new GuardUnderTest(ledger, time, warnings.Listen, Limit);
        await using var other = new GuardUnderTest(ledger, time, warnings.Listen, Limit);
        await UseAsync(one, 85);
        await UseAsync(other, 1);
        await UseAsync(one, 1);
        await warnings.AreAsync(80);
        time.Advance(TimeSpan.FromDays(1));
        await UseAsync(other, 80);
        await UseAsync(one, 1);
        await warnings.AreAsync(80, 80);
    }

    [Fact]
    public async Task Subjects_warn_each_for_themselves()
    {
        var warnings = new Warnings();
        await using var test = new GuardUnderTest(warnings.Listen, Limit);
        await UseAsync(test, 80);
        await UseAsync(test, 80, Ada with { Attribution = new(User: "bob") });
        await warnings.AreAsync(80, 80);
        Assert.Equal(["ada", "bob"], warnings.Seen.Select(warning => warning.State.Subject).Order());
        Assert.Equal(["ada", "bob"], warnings.Seen.Select(warning => warning.Attribution.User).Order());
    }

    [Fact]
    public async Task Percentages_are_those_of_the_options_and_none_is_never()
    {
        var warnings = new Warnings();
        await using (var test = new GuardUnderTest(options => { warnings.Listen(options); options.WarnAt = [50]; }, Limit))
        {
            await UseAsync(test, 99);
            await warnings.AreAsync(50);
        }

        await using (var test = new GuardUnderTest(options => { warnings.Listen(options); options.WarnAt = []; }, Limit))
        {
            await UseAsync(test, 99);
            Assert.Equal(2, test.Ledger.Calls);
        }
    }

    [Fact]
    public async Task A_warning_is_an_event_on_the_span_and_a_metric()
    {
        using var meter = new MeasurementRecorder(Vocabulary.Budgets, Vocabulary.Metrics.BudgetWarnings);
        using var activity = new Activity("request").Start();
        var warnings = new Warnings();
        await using var test = new GuardUnderTest(warnings.Listen, Limit with { Name = "warned" });
        await UseAsync(test, 80);
        await warnings.AreAsync(80);
        var told = Assert.Single(activity.Events);
        Assert.Equal(Vocabulary.SpanEvents.BudgetWarning, told.Name);
        Assert.Equal([("llm.budget.name", "warned"), ("llm.budget.percent", 80), ("llm.budget.subject", (object?)"ada")], told.Tags.Select(tag => (tag.Key, tag.Value)).Order());
        var counted = Assert.Single(meter.Of(Vocabulary.Metrics.BudgetWarnings), measured => (string?)measured.Tags[Vocabulary.Attributes.BudgetName] == "warned");
        Assert.Equal((1, 80), (counted.Value, counted.Tags[Vocabulary.Attributes.BudgetPercent]));
    }

    [Fact]
    public async Task A_callback_that_throws_is_reported_and_harms_nothing()
    {
        await using var test = new GuardUnderTest(options => options.OnWarning = _ => throw new InvalidDataException("mail is down"), Limit);
        await UseAsync(test, 80);
        await Eventually.HoldsAsync(() => Task.FromResult(test.Log.Lines.Any(line => line.Level == LogLevel.Error)), "it is reported");
        Assert.Contains(test.Log.Lines, line => line.Level == LogLevel.Warning && line.Text == "Limit day of user 'ada' passed 80 %: 80 of 100 tokens used.");
    }

    [Fact]
    public async Task A_warning_that_the_store_had_no_answer_for_comes_with_the_next_call()
    {
        var warnings = new Warnings();
        await using var test = new GuardUnderTest(warnings.Listen, Limit);
        test.Ledger.OnClaim = Trouble.Down;
        await UseAsync(test, 80);
        await Eventually.HoldsAsync(() => Task.FromResult(test.Ledger.Calls == 3), "the store was asked");
        test.Ledger.OnClaim = Trouble.None;
        await Eventually.HoldsAsync(
            async () =>
            {
                await UseAsync(test, 0);
                return warnings.Seen.Count > 0;
            },
            "the warning comes");
        await warnings.AreAsync(80);
    }

    [Fact]
    public async Task A_warning_that_is_late_is_not_lost_to_a_higher_one()
    {
        var warnings = new Warnings();
        await using var test = new GuardUnderTest(warnings.Listen, Limit);
        test.Ledger.OnClaim = Trouble.Down;
        await test.Guard.ChargeAsync("ada", 80, cancellationToken: TestContext.Current.CancellationToken);
        await Eventually.HoldsAsync(() => Task.FromResult(test.Ledger.Calls == 2), "the store was asked");
        test.Ledger.OnClaim = Trouble.None;
        await test.Guard.ChargeAsync("ada", 15, cancellationToken: TestContext.Current.CancellationToken);
        await warnings.AreAsync(80, 95);
    }

    [Fact]
    public async Task A_limit_that_is_raised_warns_of_the_same_percentage_again_only_after_a_reset()
    {
        var warnings = new Warnings();
        await using var test = new GuardUnderTest(warnings.Listen, Limit);
        await UseAsync(test, 80);
        await warnings.AreAsync(80);
        await test.Guard.SetLimitAsync("day", "ada", 200, TestContext.Current.CancellationToken);
        await UseAsync(test, 85);
        Assert.Equal(165, (await test.StateAsync("day")).Used);
        await test.Guard.ResetAsync("day", "ada", TestContext.Current.CancellationToken);
        await UseAsync(test, 160);
        await warnings.AreAsync(80, 80);
    }

    [Fact]
    public async Task An_unlimited_limit_and_one_that_nothing_was_used_of_never_warn()
    {
        await using var test = new GuardUnderTest(Limit with { Amount = null }, Limit with { Name = "none", Unit = BudgetUnit.ToolCalls, Amount = 0 });
        await UseAsync(test, 1_000);
        Assert.Equal(2, test.Ledger.Calls);
    }

    private static async Task UseAsync(GuardUnderTest test, int tokens, CallSubject? subject = null) =>
        await (await test.AdmittedAsync(Amounts(tokens), subject)).SettleAsync(Amounts(tokens));

    private sealed class Warnings
    {
        private readonly List<BudgetWarning> _seen = [];

        public IReadOnlyList<BudgetWarning> Seen
        {
            get
            {
                lock (_seen)
                {
                    return [.. _seen];
                }
            }
        }

        public void Listen(BudgetOptions options) => options.OnWarning = warning =>
        {
            lock (_seen)
            {
                _seen.Add(warning);
            }
        };

        public async Task AreAsync(params int[] percents)
        {
            await Eventually.HoldsAsync(() => Task.FromResult(Seen.Count >= percents.Length), $"{percents.Length} warnings");
            Assert.Equal(percents, Seen.Select(warning => warning.Percent));
        }
    }
}
