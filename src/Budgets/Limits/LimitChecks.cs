using System.Globalization;

namespace LlmTelemetry.Budgets;

/// <summary>What limits, tiers and policies must be; every refusal names the setting, its value and what would be right.</summary>
internal static class LimitChecks
{
    private const int LongestName = 64;
    private const BudgetScope AllScopes =
        BudgetScope.User | BudgetScope.Tenant | BudgetScope.Feature | BudgetScope.Tier | BudgetScope.Provider | BudgetScope.Model | BudgetScope.Session;

    /// <exception cref="ArgumentException">Something is wrong.</exception>
    public static void Check(BudgetOptions options)
    {
        CheckPolicies(options);
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        for (var i = 0; i < options.Limits.Count; i++)
        {
            var limit = options.Limits[i] ?? throw Wrong($"Limits[{i}]", "null", "write a limit, or leave it out");
            Check(limit, $"Limits[{i}]");
            if (!names.Add(limit.Name))
            {
                throw Wrong($"Limits[{i}].Name", $"'{limit.Name}'", "another limit has that name already: give each its own, also when case is ignored");
            }
        }

        foreach (var (name, tier) in options.Tiers)
        {
            Check(name, tier);
        }
    }

    private static void CheckPolicies(BudgetOptions options)
    {
        Defined(options.OnStoreFailure, nameof(options.OnStoreFailure));
        Defined(options.UnknownPrice, nameof(options.UnknownPrice));
        Defined(options.OnOverBudget, nameof(options.OnOverBudget));
        if (options.OnOverBudget == OverBudgetAction.SwitchModel && string.IsNullOrWhiteSpace(options.CheaperModel))
        {
            throw Wrong(nameof(options.CheaperModel), Quoted(options.CheaperModel), $"{nameof(OverBudgetAction.SwitchModel)} needs it: name the model to switch to");
        }

        if (options.DefaultTier is { } tier && !options.Tiers.ContainsKey(tier))
        {
            throw Wrong(nameof(options.DefaultTier), $"'{tier}'", $"it must be one of the tiers: {string.Join(", ", options.Tiers.Keys)}");
        }
    }

    /// <exception cref="ArgumentException">Something is wrong with it.</exception>
    public static void Check(BudgetLimit limit, string at)
    {
        CheckName(limit.Name, $"{at}.Name");
        at = $"{at} ('{limit.Name}')";
        Defined(limit.Unit, $"{at}.Unit");
        if ((limit.Per & ~AllScopes) != 0)
        {
            throw Wrong($"{at}.Per", limit.Per.ToString(), $"it must be {ScopeWords.Global}, or of {ScopeWords.All}");
        }

        CheckAmount(limit.Unit, limit.Amount, $"{at}.Amount");
        CheckWindow(limit, at);
        if (limit.OnStoreFailure is { } policy)
        {
            Defined(policy, $"{at}.OnStoreFailure");
        }

        CheckOnly(limit, at);
    }

    private static void CheckAmount(BudgetUnit unit, decimal? amount, string setting)
    {
        try
        {
            _ = amount is { } some ? unit.ToLedger(some) : 0;
        }
        catch (ArgumentException cause)
        {
            // With all its digits: what is wrong may be the last one.
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{nameof(BudgetOptions)}.{setting} is {amount}: {cause.Message} Null is unlimited."), cause);
        }
    }

    private static void CheckName(string? name, string at)
    {
        if (string.IsNullOrEmpty(name) || name.Length > LongestName || !name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-'))
        {
            throw Wrong(at, Quoted(name), $"a name has 1 to {LongestName} letters, digits, '.', '_' and '-'");
        }

        if (name.Equals(DailyTokenTracker.Name, StringComparison.OrdinalIgnoreCase))
        {
            throw Wrong(at, $"'{name}'", $"that is {nameof(DailyTokenTracker)}'s name: choose another");
        }

        if (name.StartsWith(TierLimit.Prefix, StringComparison.OrdinalIgnoreCase))
        {
            throw Wrong(at, $"'{name}'", $"names that begin with '{TierLimit.Prefix}' are those of tiers' limits: choose another, or set Tiers");
        }
    }

    private static void CheckWindow(BudgetLimit limit, string at)
    {
        if (limit.Window == default)
        {
            throw Wrong($"{at}.Window", "not set", "write minute, hour, day, month, session or a length");
        }

        if (limit.Window.Kind == WindowKind.Session && (limit.Per & BudgetScope.Session) == 0)
        {
            throw Wrong($"{at}.Window", "session", $"then Per, which is {limit.Per}, must contain {nameof(BudgetScope.Session)}");
        }

        if (limit.Unit == BudgetUnit.SessionSeconds && limit.Window.Kind != WindowKind.Session)
        {
            throw Wrong($"{at}.Window", limit.Window.ToString(), $"{nameof(BudgetUnit.SessionSeconds)} are counted in the window session alone");
        }
    }

    private static void CheckOnly(BudgetLimit limit, string at)
    {
        if (limit.Only is null)
        {
            throw Wrong($"{at}.Only", "null", "leave it out for all calls");
        }

        foreach (var (scope, value) in limit.Only)
        {
            if (scope == BudgetScope.Global || !Enum.IsDefined(scope))
            {
                throw Wrong($"{at}.Only", scope.ToString(), $"a key names one scope, of {ScopeWords.All}");
            }

            if (string.IsNullOrEmpty(value))
            {
                throw Wrong($"{at}.Only[{scope}]", Quoted(value), "write the value that calls must have");
            }
        }
    }

    /// <exception cref="ArgumentException">Something is wrong with it.</exception>
    public static void Check(string name, BudgetTier? tier)
    {
        if (string.IsNullOrWhiteSpace(name))
        {
            throw Wrong("Tiers", Quoted(name), "a tier needs a name");
        }

        if (tier is null)
        {
            throw Wrong($"Tiers['{name}']", "null", "write its limits, or leave it out");
        }

        foreach (var limit in TierLimit.All)
        {
            CheckAmount(limit.Unit, limit.Amount(tier), $"Tiers['{name}'].{limit.Setting}");
        }
    }

    private static void Defined<T>(T value, string setting)
        where T : struct, Enum
    {
        if (!Enum.IsDefined(value))
        {
            throw Wrong(setting, value.ToString(), $"it must be one of {string.Join(", ", Enum.GetNames<T>())}");
        }
    }

    private static string Quoted(string? text) => text is null ? "null" : $"'{text}'";

    private static ArgumentException Wrong(string setting, string value, string right) => new($"{nameof(BudgetOptions)}.{setting} is {value}: {right}.");
}
