using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;
using static LlmTelemetry.Budgets.Tests.Guard.GuardUnderTest;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.Budgets.Tests.Guard;

/// <summary>Other tests of the process count too: each looks at limits whose names are its own.</summary>
public sealed class BudgetMetersTests
{
    [Fact]
    public async Task Each_decision_is_counted_at_its_limit()
    {
        using var meter = new MeasurementRecorder(Vocabulary.Budgets);
        await using var test = new GuardUnderTest(
            new BudgetLimit("metered", BudgetUnit.Tokens, 100, BudgetWindow.Day, BudgetScope.User),
            new BudgetLimit("metered.shadow", BudgetUnit.Requests, 1, BudgetWindow.Day) { Shadow = true });
        await test.AdmittedAsync(Amounts(60));
        await test.AdmittedAsync(Amounts(40));
        await test.RefusedAsync(Amounts(1));
        test.Ledger.OnHold = Trouble.Down;
        await test.AdmittedAsync(Amounts(1));
        Assert.Equal([("metered", "ada", null), ("metered", "ada", null)], Of(meter, Metrics.BudgetAdmissions, "metered"));
        Assert.Equal([("metered", "ada", "over_limit")], Of(meter, Metrics.BudgetRefusals, "metered"));
        Assert.Equal([("metered.shadow", "", null)], Of(meter, Metrics.BudgetAdmissions, "metered.shadow"));
        Assert.Equal([("metered.shadow", "", "over_limit")], Of(meter, Metrics.BudgetShadowRefusals, "metered.shadow"));
        Assert.Equal([("metered", "ada", null)], Of(meter, Metrics.BudgetFailOpen, "metered"));
        Assert.NotEmpty(meter.Of(Metrics.BudgetDecisionDuration));
    }

    [Fact]
    public async Task Refusals_say_why()
    {
        using var meter = new MeasurementRecorder(Vocabulary.Budgets, Metrics.BudgetRefusals);
        await using var test = new GuardUnderTest(
            options => (options.UnknownPrice, options.OnStoreFailure) = (UnknownPricePolicy.Refuse, StoreFailurePolicy.Closed), new BudgetLimit("why", BudgetUnit.Usd, 1, BudgetWindow.Day));
        await test.RefusedAsync(Amounts(nano: null));
        await test.RefusedAsync(Amounts(nano: 2_000_000_000));
        test.Ledger.OnHold = Trouble.Down;
        await test.RefusedAsync(Amounts());
        Assert.Equal(["unknown_price", "over_limit", "store_unavailable"], Of(meter, Metrics.BudgetRefusals, "why").Select(refusal => refusal.Reason));
    }

    [Fact]
    public async Task Subjects_above_the_bound_are_folded_for_each_limit_alone()
    {
        using var meter = new MeasurementRecorder(Vocabulary.Budgets, Metrics.BudgetAdmissions);
        await using var test = new GuardUnderTest(
            options => options.MaxSubjects = 2, new BudgetLimit("folded", BudgetUnit.Requests, 9, BudgetWindow.Day, BudgetScope.User), new BudgetLimit("unfolded", BudgetUnit.Requests, 9, BudgetWindow.Day, BudgetScope.Model));
        foreach (var user in new[] { "a", "b", "c", "a", "d" })
        {
            await test.AdmittedAsync(Amounts(), new(new Attribution(User: user), Model: "m"));
        }

        Assert.Equal(["a", "b", "_other", "a", "_other"], Of(meter, Metrics.BudgetAdmissions, "folded").Select(counted => counted.Subject));
        Assert.All(Of(meter, Metrics.BudgetAdmissions, "unfolded"), counted => Assert.Equal("m", counted.Subject));
    }

    [Fact]
    public async Task Holds_that_expire_are_counted()
    {
        using var meter = new MeasurementRecorder(Vocabulary.Budgets, Metrics.BudgetExpiredHolds);
        await using var test = new GuardUnderTest(options => options.HoldLifetime = TimeSpan.FromMinutes(1), new BudgetLimit("expiring", BudgetUnit.Requests, 2, BudgetWindow.Day));
        await test.AdmittedAsync(Amounts());
        await test.AdmittedAsync(Amounts());
        test.Time.Advance(TimeSpan.FromMinutes(1));
        await test.AdmittedAsync(Amounts());
        Assert.Equal([("expiring", "", null)], Of(meter, Metrics.BudgetExpiredHolds, "expiring"));
        Assert.Equal(2, meter.Of(Metrics.BudgetExpiredHolds).Where(measured => (string?)measured.Tags[Attributes.BudgetName] == "expiring").Sum(measured => measured.Value));
    }

    [Fact]
    public void Names_are_bounded_however_many_ask_at_once()
    {
        var subjects = new BoundedSubjects(() => 10);
        var names = Enumerable.Range(0, 1_000).AsParallel().Select(i => subjects.Fold(new CounterKey("a|requests|day", $"u{i % 100}"))).Distinct().ToArray();
        Assert.InRange(names.Length, 2, 11);
        Assert.Contains("_other", names);
    }

    private static (string? Name, string? Subject, string? Reason)[] Of(MeasurementRecorder meter, string metric, string limit) =>
    [
        .. meter.Of(metric)
            .Where(measured => (string?)measured.Tags[Attributes.BudgetName] == limit)
            .Select(measured => ((string?)measured.Tags[Attributes.BudgetName], (string?)measured.Tags[Attributes.BudgetSubject], (string?)measured.Tags.GetValueOrDefault(Attributes.BudgetReason))),
    ];
}
