using static LlmTelemetry.Grafana.Query;

namespace LlmTelemetry.Grafana;

/// <summary>Who and what causes the spend.</summary>
internal static class UsersDashboard
{
    private const int Rows = 20;
    private const int Stacked = 10;
    private const string Bounded = "The largest 200 are told apart (unless set otherwise), the rest is _other; (none) did not say. Up to five more have calls, and a spend that nobody knows: no price.";
    private const string ByUser = "From the ledger: exact; filtered by provider, model and user.";
    private const string ByFeature = "From the ledger: exact; filtered by feature only.";
    private const string ByTenant = "From the ledger: exact; filtered by tenant only.";

    public static DashboardFile Make() => new(
        "llm-users", "LLM users and features", "Who and what causes the spend: which users, features and tenants, what is their share, and whose grew?", AllPanels())
    { From = "now-24h" };

    private static Panels AllPanels()
    {
        var panels = new Panels();
        AddAnswer(panels);
        AddUsers(panels);
        AddFeatures(panels);
        AddTenants(panels);
        AddDetail(panels);
        return panels;
    }

    private static void AddAnswer(Panels panels)
    {
        panels.Stat(
            "Users today", $"Users with a call since midnight that are told apart: without _other and those who did not say. {ByUser}",
            $"count({LedgerView.Users.Sum(LedgerView.Calls, "day", User, more: IsOne(User))}) or 0 * ({LedgerView.Users.SoFar(LedgerView.Calls, "day")})", Unit.Count, 0);
        AddPart(panels, "Largest user", "The part of this month's spend that the largest single user causes.", LedgerView.Users, IsOne(User), User);
        AddPart(panels, "Without a user", "The part of this month's spend whose calls named no user.", LedgerView.Users, $"{User}=\"\"", User);
        AddPart(panels, "Users in _other", "The part of this month's spend that is in _other: users past the largest.", LedgerView.Users, $"{User}=\"_other\"", User);
        AddPart(panels, "Largest feature", "The part of this month's spend that the largest single feature causes.", LedgerView.Features, IsOne(Feature), Feature);
        AddPart(panels, "Without a feature", "The part of this month's spend whose calls named no feature.", LedgerView.Features, $"{Feature}=\"\"", Feature);
    }

    // A user or feature, and not what stands for several, or for nobody knows whom (Vocabulary, Placeholders).
    private static string IsOne(string label) => $"{label}!~\"_other|_erased|unattributed|\"";

    private static void AddPart(Panels panels, string title, string description, LedgerView view, string whose, string by)
    {
        var total = view.Total(LedgerView.Spend, "month");
        var part = OnePublisher(view.Prefix + LedgerView.Spend, $"llm_ledger_period=\"month\", {whose}");

        // 0 where there is spend and none of it is theirs.
        panels.Stat(title, $"{description} From the ledger; whatever is chosen above.", $"(max(sum by ({by}) ({part})) or 0 * {total}) / ({total} > 0)", Unit.Share, 1);
    }

    private static void AddUsers(Panels panels)
    {
        panels.Table(
            "Who spends", $"The {Rows} users with the largest spend of this month, and _other. Share, calls, tokens and USD a call are of the month. The share is of all spend, whatever is chosen above. {Bounded} {ByUser}", 14,
            [new(User, "user", Links.Records("user"))], Amounts(LedgerView.Users, User), "USD month");
        panels.HourBars("Spend per hour by user", $"USD in each UTC hour: the {Stacked} users with the largest spend of the month, _other, and all others together. {ByUser}", Unit.Usd, LedgerView.Users.HourlyOfLargest(Stacked, User), width: 10);
        panels.Table(
            "Who grew, by user", $"Today so far beside yesterday and a week ago at the same time of the day: the fifteen who grew most, and _other. From the ledger, as the rules recorded it; filtered by user only.", 14,
            [new(User, "user", Links.Records("user"))], new Growth("llm:spend_by_user_USD", User, $"{User}=~\"$user\"").Grown, Growth.SortBy);
        panels.Bars(
            "Failed calls by user", "Failed calls in the time range shown, from the counters of the processes: the ten users with the most.",
            Top(FailedInRange(), User), $"{{{{{User}}}}}", Unit.Count, Fields.Alarm(1), width: 10, noValue: "no failed calls seen");
    }

    private static void AddFeatures(Panels panels)
    {
        panels.Table(
            "What it is spent on, by feature", $"The {Rows} features with the largest spend of this month, and _other. Share, calls, tokens and USD a call are of the month. {Bounded} {ByFeature}", 14,
            [new(Feature, "feature", Links.Records("feature"))], Amounts(LedgerView.Features, Feature), "USD month");
        panels.HourBars("Spend per hour by feature", $"USD in each UTC hour: the {Stacked} features with the largest spend of the month, _other, and all others together. {ByFeature}", Unit.Usd, LedgerView.Features.HourlyOfLargest(Stacked, Feature), width: 10);
        panels.Table(
            "What grew, by feature", $"Today so far beside yesterday and a week ago at the same time of the day: the fifteen that grew most, and _other. From the ledger, as the rules recorded it; filtered by feature only.", 14,
            [new(Feature, "feature", Links.Records("feature"))], new Growth("llm:spend_by_feature_USD", Feature, $"{Feature}=~\"$feature\"").Grown, Growth.SortBy);
        panels.HourSteps(
            "Cost per call by feature", $"Each UTC hour's spend divided by its calls, of the {Stacked} features with the largest spend of the month, and _other. A step up: longer prompts, a dearer model, or a cache that is missed. {ByFeature}", Unit.Usd,
            [new(Named($"{LedgerView.Features.PerCallInEachHour(Feature)} and on ({Feature}) {LedgerView.Features.Largest(Stacked, "month", Feature, Feature)}", Feature), $"{{{{{Feature}}}}}")],
            width: 10);
    }

    private static void AddTenants(Panels panels)
    {
        panels.Table(
            "For whom, by tenant", $"The {Rows} tenants with the largest spend of this month, and _other. Share, calls, tokens and USD a call are of the month. {Bounded} {ByTenant}", 14,
            [new(Tenant, "tenant", Links.Records("tenant"))], Amounts(LedgerView.Tenants, Tenant), "USD month");
        panels.HourBars("Spend per hour by tenant", $"USD in each UTC hour: the {Stacked} tenants with the largest spend of the month, _other, and all others together. {ByTenant}", Unit.Usd, LedgerView.Tenants.HourlyOfLargest(Stacked, Tenant), width: 10);
    }

    private static void AddDetail(Panels panels)
    {
        const string Whom = $"{User}, {Provider}, {Model}";
        var rows = LedgerView.Users.Rows(30, "month", Whom, User);
        panels.Table(
            "Who spends on which model", $"The 30 combinations of user and model with the largest spend of this month, and those of _other. Calls, tokens and USD a call are of the month. {Bounded} {ByUser}", 24,
            [new(User, "user", Links.Records("user")), (Provider, "provider"), new(Model, "model", Links.Dashboard("llm-models", "model"))],
            [
                new("USD today", Named($"{LedgerView.Users.Sum(LedgerView.Spend, "day", Whom)} and on ({Whom}) {rows}", User), Unit.Usd, 4),
                new("USD month", Named($"{LedgerView.Users.Sum(LedgerView.Spend, "month", Whom)} and on ({Whom}) {rows}", User), Unit.Usd, 4),
                new("calls", Named($"{LedgerView.Users.Sum(LedgerView.Calls, "month", Whom)} and on ({Whom}) {rows}", User), Unit.Count, 0),
                new("tokens", Named($"{LedgerView.Users.Sum(LedgerView.Tokens, "month", Whom)} and on ({Whom}) {rows}", User), Unit.Short),
                new("USD / call", Named($"{LedgerView.Users.PerCall("month", Whom)} and on ({Whom}) {rows}", User), Unit.Usd, 4),
            ],
            "USD month");
    }

    private static Column[] Amounts(LedgerView view, string by)
    {
        var rows = view.Rows(Rows, "month", by, by);
        return
        [
            new("USD today", Of(view.Sum(LedgerView.Spend, "day", by)), Unit.Usd, 4),
            new("USD month", Of(view.Sum(LedgerView.Spend, "month", by)), Unit.Usd, 4),
            new("share", Of(view.Share(LedgerView.Spend, "month", by)), Unit.Share, 1),
            new("calls", Of(view.Sum(LedgerView.Calls, "month", by)), Unit.Count, 0),
            new("tokens", Of(view.Sum(LedgerView.Tokens, "month", by)), Unit.Short),
            new("USD / call", Of(view.PerCall("month", by)), Unit.Usd, 4),
        ];

        string Of(string value) => Named($"{value} and on ({by}) {rows}", by);
    }
}
