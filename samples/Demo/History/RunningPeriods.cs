using LlmTelemetry.Budgets;
using LlmTelemetry.Usage;

namespace LlmTelemetry.Demo;

/// <summary>
/// Brings what the current day and month have used into the budgets of the store. Redis decides budgets by its own clock, so calls of the past can be held and settled in
/// memory alone; live traffic goes on where they ended.
/// </summary>
internal sealed class RunningPeriods(DateTimeOffset end) : IUsageSink
{
    private readonly List<UsageEvent> _ofThisMonth = [];

    public void Record(in UsageEvent usageEvent)
    {
        if (usageEvent.EndedAt.Year == end.Year && usageEvent.EndedAt.Month == end.Month)
        {
            _ofThisMonth.Add(usageEvent);
        }
    }

    /// <summary>Charges it. A period that ended meanwhile is not charged.</summary>
    public async Task BringAsync(string store, CancellationToken cancellationToken)
    {
        await ChargeAsync(store, BudgetWindow.Month, _ => true, cancellationToken);
        await ChargeAsync(store, BudgetWindow.Day, call => call.EndedAt.UtcDateTime.Date == end.UtcDateTime.Date, cancellationToken);
    }

    private async Task ChargeAsync(string store, BudgetWindow window, Func<UsageEvent, bool> isIn, CancellationToken cancellationToken)
    {
        await using var guard = BudgetGuard.Start(options =>
        {
            CompanyBudgets.AddTo(options);
            options.Store = store;
            foreach (var other in options.Limits.Where(limit => limit.Window != window).ToArray())
            {
                options.Limits.Remove(other);
            }
        });

        // One charge for all calls of a kind: thousands would take as many steps.
        var kinds = _ofThisMonth.Where(isIn).GroupBy(call => new CallSubject(
            new Attribution(call.Attribution.User, call.Attribution.Tenant, call.Attribution.Feature), call.Provider, call.RequestModel));
        foreach (var kind in kinds)
        {
            await guard.ChargeAsync(kind.Key, Sum(kind), cancellationToken);
        }
    }

    private static CallAmounts Sum(IEnumerable<UsageEvent> calls)
    {
        long input = 0, output = 0, requests = 0;
        Int128? pico = null;
        foreach (var call in calls)
        {
            requests += call.Calls;
            foreach (var bucket in call.HasUsage ? call.Usage : default)
            {
                input += bucket.IsInputTokens() ? call.Usage[bucket] : 0;
                output += bucket.IsOutputTokens() ? call.Usage[bucket] : 0;
            }

            pico = call.HasCost ? (pico ?? 0) + call.Cost.TotalPico : pico;
        }

        return new CallAmounts(input, output, pico, requests);
    }
}
