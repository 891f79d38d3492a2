using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.CostExporter;

/// <summary>
/// Sums the ledger's tail as <c>_other</c>, so that its gauges stay below the number of points that the metrics SDK keeps: past that it would
/// drop money in silence. Users are kept or folded whole, so what is shown of a user is all there is. Whoever has a budget is kept first.
/// </summary>
internal sealed class LedgerFold
{
    // The SDK keeps 2,000 points of a metric; a reading has two periods.
    internal const int MaxRows = 900;
    private const int MaxModels = 300;

    private readonly HashSet<string> _budgetedUsers;
    private readonly HashSet<string> _budgetedModels;
    private readonly int _users;

    /// <param name="budgets">The keys of <see cref="CostExporterOptions.DailyBudgets"/>.</param>
    /// <param name="users">How many users are named at most, beside those with a budget.</param>
    public LedgerFold(IEnumerable<string> budgets, int users)
    {
        var keys = budgets.ToArray();
        _budgetedUsers = Subjects(keys, Dimensions.User);
        _budgetedModels = Subjects(keys, Dimensions.Model);
        _users = users;
    }

    public Dictionary<SpendKey, SpendMeasures> Fold(Dictionary<SpendKey, SpendMeasures> rows) => FoldUsers(FoldModels(rows));

    /// <summary>Adds to the key's row, which is made where there is none.</summary>
    public static void Add(Dictionary<SpendKey, SpendMeasures> rows, in SpendKey key, SpendMeasures measures)
    {
        if (!rows.TryGetValue(key, out var row))
        {
            rows.Add(key, row = new SpendMeasures());
        }

        row.Add(measures);
    }

    private Dictionary<SpendKey, SpendMeasures> FoldModels(Dictionary<SpendKey, SpendMeasures> rows)
    {
        var models = Ranked(rows, key => (key.Provider, key.Model), pair => pair.Model is { } model && _budgetedModels.Contains(model));
        if (models.Count <= MaxModels)
        {
            return rows;
        }

        var kept = models.Take(MaxModels).Select(model => model.Of).ToHashSet();
        return Sum(rows, key => kept.Contains((key.Provider, key.Model)) ? key : key with { Model = Placeholders.Other });
    }

    private Dictionary<SpendKey, SpendMeasures> FoldUsers(Dictionary<SpendKey, SpendMeasures> rows)
    {
        // What cannot be folded further: rows without a user, and one row of the others for each model.
        var used = rows.Keys.Count(key => key.User is null) + rows.Keys.Select(key => (key.Provider, key.Model)).Distinct().Count();
        var named = 0;
        HashSet<string?> kept = [null];
        foreach (var (user, count) in Ranked(rows, key => key.User, user => user is not null && _budgetedUsers.Contains(user)))
        {
            if (user is null || used + count > MaxRows || (named >= _users && !_budgetedUsers.Contains(user)))
            {
                continue;
            }

            kept.Add(user);
            used += count;
            named += _budgetedUsers.Contains(user) ? 0 : 1;
        }

        return Sum(rows, key => kept.Contains(key.User) ? key : key with { User = Placeholders.Other });
    }

    private static HashSet<string> Subjects(string[] budgets, string scope) =>
        [.. budgets.Where(key => key.StartsWith(scope + ":", StringComparison.Ordinal)).Select(key => key[(scope.Length + 1)..])];

    // Those with a budget first, then by spend.
    private static List<(T Of, int Rows)> Ranked<T>(Dictionary<SpendKey, SpendMeasures> rows, Func<SpendKey, T> by, Func<T, bool> isBudgeted) =>
    [
        .. rows.GroupBy(row => by(row.Key))
            .Select(group => (Of: group.Key, Rows: group.Count(), Spend: group.Aggregate(Int128.Zero, (sum, row) => sum + (new UsageReportRow(row.Key, null, row.Value).CostPico ?? 0))))
            .OrderByDescending(group => isBudgeted(group.Of)).ThenByDescending(group => group.Spend).ThenBy(group => group.Of?.ToString(), StringComparer.Ordinal)
            .Select(group => (group.Of, group.Rows)),
    ];

    private static Dictionary<SpendKey, SpendMeasures> Sum(Dictionary<SpendKey, SpendMeasures> rows, Func<SpendKey, SpendKey> fold)
    {
        var sums = new Dictionary<SpendKey, SpendMeasures>();
        foreach (var (key, measures) in rows)
        {
            Add(sums, fold(key), measures);
        }

        return sums;
    }
}
