using static LlmTelemetry.Grafana.BudgetQuery;
using static LlmTelemetry.Grafana.Query;

namespace LlmTelemetry.Grafana;

/// <summary>Which budgets are near their end, and what they did.</summary>
internal static class BudgetsDashboard
{
    private const string Filtered = "Filtered by budget only.";
    private const string ByRules = $"Recorded by the rules, of what alerts watch: the ledger's daily amounts and limits of a day and more, without what each user may use. {Filtered}";
    private const string OfUsers = $"Recorded by the rules. {Filtered}";
    private const string ByCaller = "From the counters of the processes; filtered by service, environment and budget.";
    private const int Foremost = 10;

    private static readonly string[] BurnWindows = ["5m", "30m", "1h", "2h", "6h", "1d", "3d"];

    public static DashboardFile Make() => new(
        "llm-budgets", "LLM budgets", "Which budgets are near their limit, how fast are they used, will they last until their period ends, and what did they refuse?", AllPanels())
    {
        From = "now-24h",
        Choices = [Variables.Values("budget", "Budget", $"label_values({{__name__=~\"llm_budget_spent|llm:budget_used:ratio|llm_budget_admissions_total\"}}, {Name})")],
    };

    private static Panels AllPanels()
    {
        var panels = new Panels();
        AddAnswer(panels);
        AddNearest(panels);
        AddStanding(panels);
        AddBurn(panels);
        AddDecisions(panels);
        return panels;
    }

    private static void AddAnswer(Panels panels)
    {
        panels.Stat("Near or over", $"Budgets that are used to 80 % or more, those that are spent included. {ByRules}", $"sum({Watched(Used)} >= bool 0.8)", Unit.Count, 0, Fields.Alarm(1), noValue: "no budgets");
        panels.Stat("Spent", $"Budgets that are used to 100 % or more. {ByRules}", $"sum({Watched(Used)} >= bool 1)", Unit.Count, 0, Fields.Colours((null, "text"), (1, "red")), noValue: "no budgets");
        panels.Stat("Will be exceeded", $"Budgets that are expected to be over their limit when their period ends; spent ones included. {ByRules}", $"sum({Watched(BudgetQuery.Forecast)} > bool 1)", Unit.Count, 0, Fields.Alarm(1), noValue: "not known");
        panels.Stat("Users at their limit", $"Users (and their sessions) who have used up what they may, in all limits of a day and more. {OfUsers}", $"sum({Own(Used)} >= bool 1)", Unit.Count, 0, noValue: "no such limits");
        panels.Stat("Refused calls", $"Calls in the time range shown that a budget refused. {ByCaller}", Decided("llm_budget_refusals_total"), Unit.Count, 0, Fields.Alarm(1), noValue: "no decisions");
        panels.Stat(
            "Let through unasked", $"Calls in the time range shown that were made although the budgets' store could not be asked (fail open): they may pass a limit. {ByCaller}",
            Decided("llm_budget_fail_open_total"), Unit.Count, 0, Fields.Alarm(1), noValue: "no decisions");
    }

    private static void AddNearest(Panels panels)
    {
        panels.Bars(
            "Nearest to their limit", $"The fifteen budgets of which the largest part is used, of their period so far. Orange from 80 %, red from 100 %, as the alerts. {ByRules}",
            $"sort_desc(topk(15, {Watched(Used)}))", Legend, Unit.Share, Fields.Alarm(0.8, 1, calm: "blue"), max: 1, noValue: "no budgets");
        panels.Bars(
            "Expected at the period's end", $"The fifteen budgets with the largest part that will be used when their period ends, if spending goes on as it did. Above 100 %: it will not last. {ByRules}",
            $"sort_desc(topk(15, {Watched(BudgetQuery.Forecast)}))", Legend, Unit.Share, Fields.Alarm(1, calm: "blue"), noValue: "not known");
        panels.Bars(
            "Users nearest to their own limit", $"The fifteen users who have used the largest part of what they may. It is the product's business, and nobody is woken: one notice for each limit tells that some have reached it. {OfUsers}",
            $"sort_desc(topk(15, {Own(Used)}))", Legend, Unit.Share, Fields.Alarm(1, calm: "blue"), max: 1, noValue: "no such limits");
    }

    private static void AddStanding(Panels panels)
    {
        panels.Table(
            "Limits in USD",
            $"The 50 limits of which most is used: what they allow, what is spent and settled, what calls under way hold, what a call may still use, and when they begin anew. Exact, from the budgets' own store. _other is all further subjects of a limit together; it has no limit of its own, and no row. {Filtered}",
            24, [(Name, "budget"), (Window, "window"), (Scope, "scope"), (Subject, "subject"), (Units, "")], Standing(Usd, Unit.Usd, 4), "used", noValue: "no limits in USD, or no process publishes them (BudgetOptions.Gauges)");
        panels.Table(
            "Limits in tokens, requests and more", $"The same of the 50 fullest limits that are not in USD, those of a minute or an hour included: they limit the rate, and no alert watches them. {Filtered}",
            24, [(Name, "budget"), (Units, "unit"), (Window, "window"), (Scope, "scope"), (Subject, "subject")], Standing(NotUsd, Unit.Count, 0), "used", noValue: "no such limits");

        const string Daily = $"{{{Name}=\"{OfLedger}\"}}";
        panels.Table(
            "Daily amounts of the ledger", "CostExporterOptions.DailyBudgets: amounts to compare a day's spend with, which refuse nothing; in total, and of providers, models, users, features and tenants. Recorded by the rules; whatever is chosen above.",
            24, [(Scope, "scope"), (Subject, "subject")],
            [
                new("amount", DailyOf("llm:budget_limit"), Unit.Usd, 2), new("spent today", DailyOf("llm:budget_spent"), Unit.Usd, 4),
                new("used", DailyOf(Used), Unit.Share, 0, Fields.Alarm(0.8, 1)), new("expected at the end", DailyOf(BudgetQuery.Forecast), Unit.Share, 0, Fields.Alarm(1)),
                new("begins anew in", DailyOf("llm:budget_reset_seconds"), Unit.Seconds, 1),
            ],
            "used", noValue: "no daily amounts");

        static string DailyOf(string recorded) => $"sum by ({Scope}, {Subject}) ({recorded}{Daily})";
    }

    private static Column[] Standing(string units, string unit, int decimals)
    {
        var rows = $"topk(50, {UsedOf(units)})";
        return
        [
            new("limit", Row("llm_budget_limit"), unit, decimals), new("spent", Row("llm_budget_spent"), unit, decimals), new("held", Row("llm_budget_held"), unit, decimals),
            new("remaining", Row("llm_budget_remaining"), unit, decimals), new("used", rows, Unit.Share, 1, Fields.Alarm(0.8, 1)), new("begins anew in", Row("llm_budget_reset_seconds"), Unit.Seconds, 1),
        ];

        string Row(string gauge) => $"{Of(gauge, units)} and on ({Whose}) {rows}";
    }

    private static void AddBurn(Panels panels)
    {
        panels.Lines(
            "Used, over time", $"The part that is used, of the {Foremost} budgets that are fullest at the end of the time range; a new period begins at 0. {ByRules}", Unit.Share,
            [new(BudgetQuery.Foremost(Used, Foremost), Legend)], width: 12, lastOnly: true, limits: Fields.Colours((null, "transparent"), (0.8, "orange"), (1, "red")));
        panels.Lines(
            "Burn rate of the last hour",
            $"How many times as fast as would use the budget exactly by the end of its period: 1 lasts, 2 is empty after half of it. The {Foremost} fastest at the end of the time range. {ByRules}", Unit.Short,
            [new(BudgetQuery.Foremost($"{Burn}1h", Foremost), Legend)], width: 12, decimals: 1, lastOnly: true, limits: Fields.Colours((null, "transparent"), (1, "orange")));
        panels.Table(
            "Burn rate by window", $"The same over several windows, of the twenty that were fastest in the last hour. The alerts want a long and a short window at once: the long one says that it matters, the short one that it still goes on (docs/alerts.md). {ByRules}",
            24, [(Name, "budget"), (Window, "window"), (Scope, "scope"), (Subject, "subject"), (Units, "")],
            [.. BurnWindows.Select(window => new Column($"last {window}", $"sum by ({Whose}) ({Watched(Burn + window)}) and on ({Whose}) topk(20, {Watched(Burn + "1h")})", Unit.Short, 1, Fields.Alarm(1)))],
            "last 1h", noValue: "not known");
    }

    private static void AddDecisions(Panels panels)
    {
        const string Refusals = "llm_budget_refusals_total";
        panels.Lines(
            "Refusals", $"Calls a minute that were refused, by budget and reason. {ByCaller}", Unit.PerMinute,
            [new(PerMinute(Refusals, $"{Name}, llm_budget_reason", Decisions), $"{{{{{Name}}}}}: {{{{llm_budget_reason}}}}")], stacked: true, noValue: "no refusals seen");
        panels.Lines(
            "Would be refused, and let through unasked", $"Calls a minute that were made all the same: because the budget is in shadow, or because its store could not be asked. {ByCaller}", Unit.PerMinute,
            [
                new(PerMinute("llm_budget_shadow_refusals_total", Name, Decisions), $"{{{{{Name}}}}}: in shadow"),
                new(PerMinute("llm_budget_fail_open_total", Name, Decisions), $"{{{{{Name}}}}}: unasked"),
            ], noValue: "none seen");
        panels.Lines(
            "Held by calls under way", $"USD that calls under way may use at most, by budget: it goes back to what is free when they end. {Filtered}", Unit.Usd,
            [new($"sum by ({Name}) ({Of("llm_budget_held", Usd)})", $"{{{{{Name}}}}}")], decimals: 4, noValue: "no limits in USD");
        panels.Table(
            "Who was refused", $"Refused calls in the time range shown: the twenty subjects with the most. {ByCaller}", 12, [(Name, "budget"), (Subject, "subject"), ("llm_budget_reason", "reason")],
            [new("calls", $"topk(20, round(sum by ({Name}, {Subject}, llm_budget_reason) ({InRange(Refusals, Decisions)})) > 0)", Unit.Count, 0)], "calls", noValue: "no refusals seen");
        panels.Table(
            "Warnings told", $"Budgets that passed a percentage in the time range shown: told once for each subject and period. {ByCaller}", 12, [(Name, "budget"), (Subject, "subject"), ("llm_budget_percent", "percent")],
            [new("times", $"topk(20, round(sum by ({Name}, {Subject}, llm_budget_percent) ({InRange("llm_budget_warnings_total", Decisions)})) > 0)", Unit.Count, 0)], "times", noValue: "none seen");
    }
}
