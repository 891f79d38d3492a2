using static LlmTelemetry.Grafana.Query;

namespace LlmTelemetry.Grafana;

/// <summary>What calls cost now, whether that is within budget, and what changed.</summary>
internal static class OverviewDashboard
{
    private const string OfLedger = "From the ledger: exact; filtered by provider, model and user (its gauges have no service, environment, feature or tenant).";
    private const string OfAllCalls = "Budgets are of all calls, whatever is chosen above.";
    private const string NoLedger = "no ledger";
    private const string NotKnown = "not known";
    private const string AllCalls = "llm_budget_scope=~\"total|global\"";

    private static readonly LedgerView Ledger = LedgerView.Users;

    public static DashboardFile Make() => new(
        "llm-overview", "LLM overview", "What do LLM calls cost this hour, today and this month, is that within budget, and what changed?", AllPanels())
    { From = "now-24h" };

    private static Panels AllPanels()
    {
        var panels = new Panels();
        AddMoney(panels);
        AddCalls(panels);
        AddCourse(panels);
        AddChanges(panels);
        AddTraffic(panels);
        return panels;
    }

    private static void AddMoney(Panels panels)
    {
        panels.Stat("Spend this hour", $"USD in this UTC hour so far. {OfLedger}", Ledger.SoFar(LedgerView.Spend, "hour"), Unit.Usd, 2, noValue: NotKnown);
        panels.Stat("Spend today", $"USD since midnight of the ledger's time zone. {OfLedger}", Ledger.SoFar(LedgerView.Spend, "day"), Unit.Usd, 2, noValue: NotKnown, link: Links.Page("today"));
        panels.Stat("Spend this month", $"USD since the first of the month, in the ledger's time zone. {OfLedger}", Ledger.SoFar(LedgerView.Spend, "month"), Unit.Usd, 2, noValue: NotKnown, link: Links.Page("month"));
        panels.Stat(
            "Expected this month", "What all calls of this month are expected to have cost when it is over (docs/forecast.md). Of the whole ledger, whatever is chosen above. Only `llmtelemetry serve` publishes it, and not before enough is known.",
            $"sum({OnePublisher("llm_ledger_forecast_USD", "llm_ledger_period=\"month\"")})", Unit.Usd, 2, noValue: NotKnown);
        panels.Stat(
            "Day's budget used", $"The fullest budget in USD a day that is of all calls: the ledger's daily amount, or a limit of scope global. Orange from 80 %, red from 100 %, as the alerts. {OfAllCalls} Needs the rules.",
            $"max(llm:budget_used:ratio{{llm_budget_unit=\"usd\", llm_budget_window=\"day\", {AllCalls}}})", Unit.Share, 0, Fields.Alarm(0.8, 1), noValue: "no budget");
        panels.Stat(
            "Month's budget used", $"The fullest budget in USD a month that is of all calls: a limit of scope global. Orange from 80 %, red from 100 %, as the alerts. {OfAllCalls} Needs the rules.",
            $"max(llm:budget_used:ratio{{llm_budget_unit=\"usd\", llm_budget_window=\"month\", {AllCalls}}})", Unit.Share, 0, Fields.Alarm(0.8, 1), noValue: "no budget");
    }

    private static void AddCalls(Panels panels)
    {
        panels.Stat("Calls today", $"Finished calls since midnight, failed ones included. {OfLedger}", Ledger.SoFar(LedgerView.Calls, "day"), Unit.Count, 0, noValue: NoLedger);
        panels.Stat("Tokens today", $"Input and output tokens since midnight. {OfLedger}", Ledger.SoFar(LedgerView.Tokens, "day"), Unit.Short, 1, noValue: NoLedger);
        panels.Stat("Cost per call today", $"Spend today divided by calls today; failed calls and those without a price are calls, too. {OfLedger}", Ledger.PerCall("day"), Unit.Usd, 4, noValue: NotKnown);
        panels.Stat(
            "Failed calls", "Calls in the time range shown that failed. Those that were cancelled or left half way did not fail.",
            $"round(sum({FailedInRange()})) or {ZeroIfAny}", Unit.Count, 0, Fields.Alarm(1));
        panels.Stat(
            "Unpriced calls", "Calls in the time range shown whose usage is known and whose price is not. They are missing from every sum of money here.",
            $"round(sum({InRange(Calls, Unpriced)})) or {ZeroIfAny}", Unit.Count, 0, Fields.Alarm(1));
        panels.Stat(
            "Not yet written", "Age of the oldest spend that no store has acknowledged, in the process that is furthest behind. Up to the flush interval (10 s) is normal; red from 5 minutes, as the alert.",
            "max(llm_exporter_lag_seconds)", Unit.Seconds, 0, Fields.Alarm(60, 300));
    }

    private static void AddCourse(Panels panels)
    {
        panels.HourBars(
            "Spend per hour by provider",
            $"USD in each UTC hour; the last bar is this hour so far. What was booked in an hour's last seconds, after the last reading, is in the day's and the month's sums and in no bar. {OfLedger}", Unit.Usd,
            [new(Named(Ledger.InEachHour(LedgerView.Spend, Provider), Provider), $"{{{{{Provider}}}}}")], width: 16);
        panels.Bars(
            "Budgets nearest to their limit",
            $"The ten budgets of which the largest part is used, of their period so far; without what each user may use. Orange from 80 %, red from 100 %, as the alerts. {OfAllCalls} Needs the rules. More: LLM budgets.",
            $"sort_desc(topk(10, {BudgetQuery.Watched(BudgetQuery.Used, chosen: $"{BudgetQuery.Name}!=\"\"")}))", BudgetQuery.Legend, Unit.Share, Fields.Alarm(0.8, 1, calm: "blue"), max: 1, noValue: "no budgets");
        panels.Lines(
            "Today against yesterday and a week ago", $"USD since midnight as it grows, beside the same time of yesterday and of the same weekday. {OfLedger}", Unit.Usd,
            [
                new(Ledger.SoFar(LedgerView.Spend, "day"), "today"), new(Ledger.SoFar(LedgerView.Spend, "day", "offset 1d"), "yesterday"),
                new(Ledger.SoFar(LedgerView.Spend, "day", "offset 7d"), "a week ago"),
            ],
            width: 12, lastOnly: true);
        panels.Lines(
            "This month, and what is expected at its end", "USD since the first of the month, and what the whole month is expected to cost. Of the whole ledger, whatever is chosen above.", Unit.Usd,
            [
                new(Ledger.Total(LedgerView.Spend, "month"), "this month so far"),
                new($"sum({OnePublisher("llm_ledger_forecast_USD", "llm_ledger_period=\"month\"")})", "expected for the month"),
            ],
            width: 12, lastOnly: true);
    }

    private static void AddChanges(Panels panels)
    {
        const string Compared = "Today so far beside yesterday and a week ago at the same time of the day: the fifteen with the largest change, up or down. From the ledger, as the rules recorded it;";
        panels.Table(
            "What changed, by model", $"{Compared} filtered by model only.", 12,
            [new(Model, "model", Links.Dashboard("llm-models", "model"))], new Growth("llm:spend_by_model_USD", Model, $"{Model}=~\"$model\"").Changed, Growth.SortBy);
        panels.Table(
            "What changed, by feature", $"{Compared} filtered by feature only.", 12,
            [new(Feature, "feature", Links.Dashboard("llm-users", "feature"))], new Growth("llm:spend_by_feature_USD", Feature, $"{Feature}=~\"$feature\"").Changed, Growth.SortBy);
    }

    private static void AddTraffic(Panels panels)
    {
        panels.HourBars(
            "Calls per hour by provider", $"Finished calls in each UTC hour, failed ones included. {OfLedger}", Unit.Count,
            [new(Named(Ledger.InEachHour(LedgerView.Calls, Provider), Provider), $"{{{{{Provider}}}}}")], width: 8);
        panels.HourSteps(
            "Cost per call", $"Each UTC hour's spend divided by its calls. A step up: longer prompts, a dearer model, or a cache that is missed. {OfLedger}", Unit.Usd,
            [new(Ledger.PerCallInEachHour(), "USD a call")], width: 8);
        panels.Lines(
            "Failed calls by provider and type", "Failed calls a minute, from the counters of the processes. The type is the HTTP status or the provider's code where there is one.", Unit.PerMinute,
            [new(FailedPerMinute($"{Provider}, error_type"), $"{{{{{Provider}}}}} {{{{error_type}}}}")], stacked: true, noValue: "no failed calls seen");
    }
}
