using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter.Tests;

public sealed class LedgerFoldTests
{
    [Fact]
    public void User_with_a_budget_is_named_however_little_it_spends()
    {
        var rows = Rows(users: 50, models: 1);

        var folded = new LedgerFold(["user:user0", "total"], users: 3).Fold(rows);

        Assert.Equal(["_other", "user0", "user47", "user48", "user49"], folded.Keys.Select(key => key.User).Order(StringComparer.Ordinal));
        Assert.Equal(Spend(rows), Spend(folded));
    }

    [Fact]
    public void Rows_stay_below_what_the_metrics_sdk_keeps_and_users_are_whole_or_not_there()
    {
        var rows = Rows(users: 400, models: 20);

        var folded = new LedgerFold([], users: 200).Fold(rows);

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

        var folded = new LedgerFold(["model:model0"], users: 200).Fold(rows);

        Assert.InRange(folded.Count, 1, LedgerFold.MaxRows);
        Assert.Contains(folded.Keys, key => key.Model == "model0");
        Assert.Contains(folded.Keys, key => key.Model == "_other");
        Assert.Equal(Spend(rows), Spend(folded));
    }

    [Fact]
    public void What_fits_is_left_as_it_is()
    {
        var rows = Rows(users: 10, models: 3);

        Assert.Equal(rows.Keys.ToHashSet(), new LedgerFold([], users: 200).Fold(rows).Keys.ToHashSet());
    }

    // A later user and a later model spend more.
    private static Dictionary<SpendKey, SpendMeasures> Rows(int users, int models)
    {
        var rows = new Dictionary<SpendKey, SpendMeasures>();
        for (var user = 0; user < users; user++)
        {
            for (var model = 0; model < models; model++)
            {
                var measures = new SpendMeasures();
                measures.Add(SpendMeasure.Calls, 1);
                measures.Add(SpendMeasure.Cost(UsageBucket.Input), (user * 1_000) + model + 1);
                rows.Add(new SpendKey("acme", "model" + model, "user" + user, null, null), measures);
            }
        }

        return rows;
    }

    private static Int128 Spend(Dictionary<SpendKey, SpendMeasures> rows, string? user = null) =>
        rows.Where(row => user is null || row.Key.User == user).Aggregate(Int128.Zero, (sum, row) => sum + row.Value[SpendMeasure.Cost(UsageBucket.Input)]);
}
