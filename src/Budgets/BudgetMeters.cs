using System.Diagnostics;
using System.Diagnostics.Metrics;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.Budgets;

/// <summary>The counters of budgets, over all guards of the process; each guard bounds the subjects that it names.</summary>
internal sealed class BudgetMeters(Func<int> maxSubjects)
{
    /// <summary>The meter of everything that budgets publish.</summary>
    public static Meter Meter { get; } = new(Vocabulary.Budgets);

    private static readonly InstrumentAdvice<double> Seconds = new() { HistogramBucketBoundaries = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5] };

    private static readonly Counter<long> Admissions = Meter.CreateCounter<long>(Metrics.BudgetAdmissions, Units.Call, "Calls that a limit had room for.");

    private static readonly Counter<long> Refusals = Meter.CreateCounter<long>(Metrics.BudgetRefusals, Units.Call, "Calls that were refused, at the limit that refused them.");

    private static readonly Counter<long> ShadowRefusals = Meter.CreateCounter<long>(
        Metrics.BudgetShadowRefusals, Units.Call, "Calls that were made and would have been refused if the limit were not in shadow.");

    private static readonly Counter<long> FailOpen = Meter.CreateCounter<long>(
        Metrics.BudgetFailOpen, Units.Call, "Calls that were made without asking, because the store failed and the limit is open.");

    private static readonly Counter<long> ExpiredHolds = Meter.CreateCounter<long>(
        Metrics.BudgetExpiredHolds, Units.Hold, "Holds that passed their deadline unsettled and were let go, at each limit that they held something of: their caller crashed, or takes longer than a hold lives.");

    private static readonly Counter<long> Warnings = Meter.CreateCounter<long>(Metrics.BudgetWarnings, Units.Warning, "Percentages that limits passed, each once a period.");

    private static readonly UpDownCounter<long> PendingSettlements = Meter.CreateUpDownCounter<long>(
        Metrics.BudgetPending, Units.Settlement, "Settlements that the store has not taken and that are sent again.");

    private static readonly Counter<long> DroppedSettlements = Meter.CreateCounter<long>(
        Metrics.BudgetDropped, Units.Settlement, "Settlements that the store will not get: what these calls used is missing there.");

    private static readonly Histogram<double> Decision = Meter.CreateHistogram(
        Metrics.BudgetDecisionDuration, Units.Second, "What asking for room adds to a call.", tags: null, advice: Seconds);

    private readonly BoundedSubjects _subjects = new(maxSubjects);

    public static void Decided(TimeSpan duration) => Decision.Record(duration.TotalSeconds);

    public static void Pending(int change) => PendingSettlements.Add(change);

    /// <param name="reason">Of <see cref="DropReasons"/>.</param>
    /// <param name="settlements">How many.</param>
    public static void Dropped(string reason, long settlements)
    {
        DroppedSettlements.Add(settlements, new KeyValuePair<string, object?>(Attributes.BudgetReason, reason));
        SelfDiagnostics.Log.Dropped(reason, settlements);
    }

    public void Admitted(AppliedLimit limit) => Count(Admissions, limit);

    public void Expired(IReadOnlyList<ExpiredHolds> expired)
    {
        foreach (var (counter, holds) in expired)
        {
            ExpiredHolds.Add(holds, Tags(counter));
        }
    }

    public void FailedOpen(IReadOnlyList<AppliedLimit> limits)
    {
        foreach (var limit in limits)
        {
            Count(FailOpen, limit);
        }
    }

    public void Refused(AppliedLimit limit, BudgetRefusal reason) => Count(Refusals, limit, reason);

    public void ShadowRefused(AppliedLimit limit, BudgetRefusal reason) => Count(ShadowRefusals, limit, reason);

    public void Warned(AppliedLimit limit, int percent)
    {
        var tags = Tags(limit);
        tags.Add(Attributes.BudgetPercent, percent);
        Warnings.Add(1, tags);
    }

    private void Count(Counter<long> counter, AppliedLimit limit)
    {
        if (counter.Enabled)
        {
            counter.Add(1, Tags(limit));
        }
    }

    private void Count(Counter<long> counter, AppliedLimit limit, BudgetRefusal reason)
    {
        if (counter.Enabled)
        {
            var tags = Tags(limit);
            tags.Add(Attributes.BudgetReason, reason switch
            {
                BudgetRefusal.UnknownPrice => BudgetReasons.UnknownPrice,
                BudgetRefusal.StoreUnavailable => BudgetReasons.StoreUnavailable,
                _ => BudgetReasons.OverLimit,
            });
            counter.Add(1, tags);
        }
    }

    private TagList Tags(AppliedLimit limit) => Tags(limit.Counter);

    private TagList Tags(CounterKey counter) => new()
    {
        { Attributes.BudgetName, counter.Limit },
        { Attributes.BudgetSubject, _subjects.Fold(counter) },
    };
}
