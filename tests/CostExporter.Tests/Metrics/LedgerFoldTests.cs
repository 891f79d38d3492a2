using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter.Tests;

public sealed class LedgerFoldTests
{
    [Fact]
    public void User_with_a_budget_is_named_however_little_it_spends()
    {
        var rows = Rows(users: 50, models: 1);

        var folded = new LedgerFold(["user:user0", "total"], users: 3).Fold(LedgerCut.Users, rows);

        Assert.Equal(["_other", "user0", "user47", "user48", "user49"], folded.Keys.Select(key => key.User).Order(StringComparer.Ordinal));
        Assert.Equal(Spend(rows), Spend(folded));
    }

    [Fact]
    public void Rows_stay_below_what_the_metrics_sdk_keeps_and_users_are_whole_or_not_there()
    {
        var rows = Rows(users: 400, models: 20);

        var folded = new LedgerFold([], users: 200).Fold(LedgerCut.Users, rows);

        Assert.InRange(folded.Count, 1, LedgerFold.MaxRows);
        Assert.Equal(Spend(rows), Spend(folded));
        var users = folded.Keys.Select(key => key.User).Distinct().Where(user => user != "_other").ToArray();
        Assert.NotEmpty(users);
        Assert.All(users, user => Assert.Equal(Spend(rows, user), Spend(folded, user)));
    }

    [Fact]
    public void Models_without_end_are_summed_but_for_those_with_a_budget()
    {
        var rows = Rows(users: 1, models: 2_000);

        var folded = new LedgerFold(["model:model0"], users: 200).Fold(LedgerCut.Users, rows);

        Assert.InRange(folded.Count, 1, LedgerFold.MaxRows);
        Assert.Contains(folded.Keys, key => key.Model == "model0");
        Assert.Contains(folded.Keys, key => key.Model == "_other");
        Assert.Equal(Spend(rows), Spend(folded));
    }

    [Fact]
    public void What_fits_is_left_as_it_is()
    {
        var rows = Rows(users: 10, models: 3);

        Assert.Equal(rows.Keys.ToHashSet(), new LedgerFold([], users: 200).Fold(LedgerCut.Users, rows).Keys.ToHashSet());
    }

    [Fact]
    public void Providers_without_end_are_summed_and_what_cannot_be_folded_fits_in_any_case()
    {
        var rows = new Dictionary<SpendKey, SpendMeasures>();
        for (var i = 0; i < 3_000; i++)
        {
            // Half of them without a user: these rows are never folded into the others'.
            rows.Add(new SpendKey("provider" + i, "model" + (i % 7), i % 2 == 0 ? null : "user" + i, null, null), Costing(i + 1));
        }

        var folded = new LedgerFold(["provider:provider1"], users: 200).Fold(LedgerCut.Users, rows);

        Assert.InRange(folded.Count, 1, LedgerFold.MaxRows);
        Assert.Contains(folded.Keys, key => key is { Provider: "provider1", Model: "model1" });
        Assert.Contains(folded.Keys, key => key is { Provider: "_other", Model: "_other" });
        Assert.Equal(Spend(rows), Spend(folded));
    }

    [Theory]
    [InlineData("feature")]
    [InlineData("tenant")]
    public void Features_and_tenants_are_named_by_spend_those_with_a_budget_first_and_the_rest_is_one_sum(string scope)
    {
        var cut = LedgerCut.All.Single(cut => cut.TagsOf("day", new SpendKey("p", "m", "u", "t", "f")).Any(tag => tag.Key == "llm." + scope));
        var rows = Names(scope, count: 1_000);
        rows.Add(default, Costing(9_999));
        rows.Add(Name(scope, "_other"), Costing(7));

        var folded = new LedgerFold([scope + ":name3", scope + ":nobody", "user:name4", "total"], users: 1).Fold(cut, rows);

        // name3, the 200 of the highest spend, what the calls did not say, and the others.
        Assert.Equal(203, folded.Count);
        Assert.Contains(Name(scope, "name3"), folded.Keys);
        Assert.Contains(Name(scope, "name800"), folded.Keys);
        Assert.DoesNotContain(Name(scope, "name799"), folded.Keys);
        Assert.Equal(9_999, folded[default][SpendMeasure.Cost(UsageBucket.Input)]);
        Assert.Equal(Spend(rows), Spend(folded));
    }

    [Fact]
    public void Budgets_of_more_features_than_there_may_be_points_do_not_pass_what_the_metrics_sdk_keeps()
    {
        var rows = Names("feature", count: 5_000);

        var folded = new LedgerFold(Enumerable.Range(0, 5_000).Select(i => "feature:name" + i), users: 1).Fold(LedgerCut.All[1], rows);

        Assert.Equal(LedgerFold.MaxRows - 1, folded.Count);
        Assert.Equal(Spend(rows), Spend(folded));
    }

    private static Dictionary<SpendKey, SpendMeasures> Names(string scope, int count) =>
        Enumerable.Range(0, count).ToDictionary(i => Name(scope, "name" + i), i => Costing(i + 1));

    private static SpendKey Name(string scope, string name) => scope == "feature" ? default(SpendKey) with { Feature = name } : default(SpendKey) with { Tenant = name };

    private static SpendMeasures Costing(Int128 pico)
    {
        var measures = new SpendMeasures();
        measures.Add(SpendMeasure.Calls, 1);
        measures.Add(SpendMeasure.Cost(UsageBucket.Input), pico);
        return measures;
    }

    // A later user and a later model spend more.
    private static Dictionary<SpendKey, SpendMeasures> Rows(int users, int models)
    {
        var rows = new Dictionary<SpendKey, SpendMeasures>();
        for (var user = 0; user < users; user++)
        {
            for (var model = 0; model < models; model++)
            {
                rows.Add(new SpendKey("acme", "model" + model, "user" + user, null, null), Costing((user * 1_000) + model + 1));
            }
        }

        return rows;
    }

    private static Int128 Spend(Dictionary<SpendKey, SpendMeasures> rows, string? user = null) =>
        rows.Where(row => user is null || row.Key.User == user).Aggregate(Int128.Zero, (sum, row) => sum + row.Value[SpendMeasure.Cost(UsageBucket.Input)]);
}
