using LlmTelemetry.CostExporter;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LlmTelemetry.Budgets;

/// <summary>Reads limits: <c>LlmTelemetry:Budgets:Limits:0:Name</c> and its neighbours.</summary>
internal static class LimitsFromConfiguration
{
    private const string Name = nameof(BudgetLimit.Name);
    private const string Unit = nameof(BudgetLimit.Unit);
    private const string Amount = nameof(BudgetLimit.Amount);
    private const string Window = nameof(BudgetLimit.Window);
    private const string ANumber = "a number not below 0 such as 25 or 0.5, or unlimited";
    private const string AWindow = "minute, hour, day, month, session, or a length from a second to 31 days such as 00:15:00 (hours:minutes:seconds) or 7.00:00:00 (days)";

    private static readonly string[] Known =
        [Name, Unit, Amount, Window, nameof(BudgetLimit.Per), nameof(BudgetLimit.Only), nameof(BudgetLimit.OnStoreFailure), nameof(BudgetLimit.Shadow)];

    /// <summary>Adds the limits that the section holds.</summary>
    /// <exception cref="OptionsValidationException">A setting is wrong or missing.</exception>
    public static void Read(IConfigurationSection section, BudgetOptions options, ILogger? logger)
    {
        var limits = section.GetSection(nameof(BudgetOptions.Limits));
        if (limits.Value is { Length: > 0 } value)
        {
            throw SettingReader.Wrong<BudgetOptions>(section, limits.Key, $"'{value}' is not right here; limits are {limits.Path}:0:{Name}, {limits.Path}:0:{Unit} and so on.");
        }

        foreach (var limit in limits.GetChildren())
        {
            SettingReader.WarnOfUnknown(limit, Known, logger);
            options.Limits.Add(Limit(limit));
        }
    }

    private static BudgetLimit Limit(IConfigurationSection section)
    {
        if (section.Value is { Length: > 0 } value)
        {
            throw Wrong(section, Name, $"'{value}' stands where a limit's settings should: {section.Path}:{Name}, {section.Path}:{Unit} and so on.");
        }

        var limit = new BudgetLimit("", default, null, default);
        Need(section, Name, "a name of letters, digits, '.', '_' and '-'", v => limit = limit with { Name = SettingWords.Name(v) });
        Need(section, Unit, $"one of {UnitWords.All}", v => limit = limit with { Unit = UnitWords.Find(v) ?? throw new FormatException() });
        Need(section, Amount, ANumber, v => limit = limit with { Amount = SettingWords.OrUnlimited(v, SettingWords.Amount) });
        Need(section, Window, AWindow, v => limit = limit with { Window = BudgetWindow.Parse(v) });
        SettingReader.Read<BudgetOptions>(
            section, nameof(limit.Per), $"global, or one or more of {ScopeWords.All} with commas between them", v => limit = limit with { Per = ScopeWords.Find(v) ?? throw new FormatException() });
        SettingReader.Read<BudgetOptions>(section, nameof(limit.OnStoreFailure), "open or closed", v => limit = limit with { OnStoreFailure = BudgetsFromConfiguration.Failure(v) });
        SettingReader.Read<BudgetOptions>(section, nameof(limit.Shadow), "true or false", v => limit = limit with { Shadow = bool.Parse(v) });
        return limit with { Only = Only(section.GetSection(nameof(limit.Only))) };
    }

    private static Dictionary<BudgetScope, string> Only(IConfigurationSection section)
    {
        var only = new Dictionary<BudgetScope, string>();
        if (section.Value is { Length: > 0 } value)
        {
            throw Wrong(section, ScopeWords.Global, $"'{value}' stands where a scope should: {section.Path}:model and so on; scopes are {ScopeWords.All}.");
        }

        foreach (var child in section.GetChildren())
        {
            var scope = ScopeWords.Find(child.Key) is { } found && found != BudgetScope.Global && !child.Key.Contains(',', StringComparison.Ordinal)
                ? found
                : throw Wrong(section, child.Key, $"'{child.Key}' (which must be '{child.Value}') is no scope; it must be one of {ScopeWords.All}.");
            only[scope] = child.Value is { Length: > 0 } one ? one : throw Wrong(section, child.Key, "it is empty; it must be the value that calls must have.");
        }

        return only;
    }

    private static void Need(IConfigurationSection section, string key, string right, Action<string> set)
    {
        if (section[key] is null)
        {
            throw Wrong(section, key, $"it is missing; it must be {right}.");
        }

        SettingReader.Read<BudgetOptions>(section, key, right, set);
    }

    private static OptionsValidationException Wrong(IConfigurationSection section, string key, string what) => SettingReader.Wrong<BudgetOptions>(section, key, what);
}
