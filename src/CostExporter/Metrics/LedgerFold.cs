using System.Runtime.InteropServices;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.CostExporter;

/// <summary>
/// Sums the ledger's tail as <c>_other</c>, so that its gauges stay below the number of points that the metrics SDK keeps: past that it would
/// drop money in silence. Users are kept or folded whole, so what is shown of a user is all there is. Whoever has a budget is kept first.
/// </summary>
internal sealed class LedgerFold
{
    // The SDK keeps 2,000 points of a metric; a reading has three periods.
    internal const int MaxRows = 650;

    /// <summary>How many features, and how many tenants, are named at most beside those with a budget.</summary>
    internal const int MaxNames = 200;

    // So that what cannot be folded further, twice as many rows as there are models left, fits in any case.
    private const int MaxModels = 250;
    private const int MaxProviders = 50;

    // What is not named and what the calls did not say.
    private const int Unnamed = 2;

    private readonly string[] _budgets;
    private readonly HashSet<string> _budgetedProviders;
    private readonly HashSet<string> _budgetedModels;
    private readonly HashSet<string> _budgetedUsers;
    private readonly int _users;

    /// <param name="budgets">The keys of <see cref="CostExporterOptions.DailyBudgets"/>.</param>
    /// <param name="users">How many users are named at most, beside those with a budget.</param>
    public LedgerFold(IEnumerable<string> budgets, int users)
    {
        _budgets = [.. budgets];
        _budgetedProviders = Subjects(SpendDimension.Provider);
        _budgetedModels = Subjects(SpendDimension.Model);
        _budgetedUsers = Subjects(SpendDimension.User);
        _users = users;
    }

    public Dictionary<SpendKey, SpendMeasures> Fold(LedgerCut cut, Dictionary<SpendKey, SpendMeasures> rows) =>
        cut == LedgerCut.Users ? FoldUsers(FoldModels(rows)) : FoldNames(rows, cut.By.Single());

    /// <summary>Adds to the key's row, which is made where there is none.</summary>
    public static void Add(Dictionary<SpendKey, SpendMeasures> rows, in SpendKey key, SpendMeasures measures)
    {
        ref var row = ref CollectionsMarshal.GetValueRefOrAddDefault(rows, key, out _);
        (row ??= new SpendMeasures()).Add(measures);
    }

    private Dictionary<SpendKey, SpendMeasures> FoldNames(Dictionary<SpendKey, SpendMeasures> rows, SpendDimension dimension)
    {
        var budgeted = Subjects(dimension);
        var named = Ranked(rows, key => dimension.Of(in key), name => name is not null && budgeted.Contains(name)).Select(name => name.Of).Where(name => name is not (null or Placeholders.Other)).ToArray();
        var kept = named.Take(Math.Min(MaxRows - Unnamed, MaxNames + named.Count(name => budgeted.Contains(name!)))).Append(null).ToHashSet();
        return Sum(rows, key => kept.Contains(dimension.Of(in key)), key => dimension == SpendDimension.Feature ? key with { Feature = Placeholders.Other } : key with { Tenant = Placeholders.Other });
    }

    private Dictionary<SpendKey, SpendMeasures> FoldModels(Dictionary<SpendKey, SpendMeasures> rows)
    {
        if (rows.Keys.Select(key => (key.Provider, key.Model)).Distinct().Count() <= MaxModels)
        {
            return rows;
        }

        var kept = Ranked(
            rows, key => (key.Provider, key.Model),
            pair => (pair.Model is { } model && _budgetedModels.Contains(model)) || (pair.Provider is { } provider && _budgetedProviders.Contains(provider)))
            .Select(model => model.Of).Where(model => model.Model != Placeholders.Other).Take(MaxModels - MaxProviders).ToHashSet();
        var providers = Ranked(rows, key => key.Provider, provider => provider is not null && _budgetedProviders.Contains(provider)).Take(MaxProviders - 1).Select(provider => provider.Of).ToHashSet();
        return Sum(
            rows, key => kept.Contains((key.Provider, key.Model)),
            key => key with { Provider = providers.Contains(key.Provider) ? key.Provider : Placeholders.Other, Model = Placeholders.Other });
    }

    private Dictionary<SpendKey, SpendMeasures> FoldUsers(Dictionary<SpendKey, SpendMeasures> rows)
    {
        // What cannot be folded further: rows without a user, and one row of the others for each model.
        var used = rows.Keys.Count(key => key.User is null) + rows.Keys.Select(key => (key.Provider, key.Model)).Distinct().Count();
        var named = 0;
        HashSet<string?> kept = [null];
        foreach (var (user, count) in Ranked(rows, key => key.User, user => user is not null && _budgetedUsers.Contains(user)))
        {
            if (user is null or Placeholders.Other || used + count > MaxRows || (named >= _users && !_budgetedUsers.Contains(user)))
            {
                continue;
            }

            kept.Add(user);
            used += count;
            named += _budgetedUsers.Contains(user) ? 0 : 1;
        }

        return Sum(rows, key => kept.Contains(key.User), key => key with { User = Placeholders.Other });
    }

    private HashSet<string> Subjects(SpendDimension dimension)
    {
        var start = dimension.Name() + ":";
        return [.. _budgets.Where(key => key.StartsWith(start, StringComparison.Ordinal)).Select(key => key[start.Length..])];
    }

    // Those with a budget first, then by spend. A ledger may have some 100,000 rows, several times a minute: nothing is made for each of them.
    private static IEnumerable<(T Of, int Rows)> Ranked<T>(Dictionary<SpendKey, SpendMeasures> rows, Func<SpendKey, T> by, Func<T, bool> isBudgeted)
    {
        var sums = new Dictionary<ValueTuple<T>, (int Rows, Int128 Pico)>();
        foreach (var (key, measures) in rows)
        {
            ref var sum = ref CollectionsMarshal.GetValueRefOrAddDefault(sums, ValueTuple.Create(by(key)), out _);
            sum = (sum.Rows + 1, sum.Pico + UsageReportRow.PricedPico(measures));
        }

        return sums.OrderByDescending(one => isBudgeted(one.Key.Item1)).ThenByDescending(one => one.Value.Pico).ThenBy(one => one.Key.Item1?.ToString(), StringComparer.Ordinal)
            .Select(one => (one.Key.Item1, one.Value.Rows));
    }

    // What is kept is the same row afterwards; nothing is ever added to it, since only what is folded has the name of the others.
    private static Dictionary<SpendKey, SpendMeasures> Sum(Dictionary<SpendKey, SpendMeasures> rows, Func<SpendKey, bool> isKept, Func<SpendKey, SpendKey> fold)
    {
        var sums = new Dictionary<SpendKey, SpendMeasures>();
        foreach (var (key, measures) in rows)
        {
            if (isKept(key))
            {
                sums.Add(key, measures);
            }
            else
            {
                Add(sums, fold(key), measures);
            }
        }

        return sums;
    }
}
