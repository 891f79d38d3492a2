using LlmTelemetry.Usage;

namespace LlmTelemetry.Budgets;

/// <summary>Settings of budgets. Checked and copied when they are used; from configuration, changes apply without a restart.</summary>
public sealed class BudgetOptions
{
    /// <summary>The limits. All that apply to a call are decided together, all or nothing. Default: none.</summary>
    public IList<BudgetLimit> Limits { get; private set; } = [];

    /// <summary>
    /// What each user of a tier may use, by the tier's name in any case. Default: <c>free</c>, <c>standard</c>, <c>premium</c>, <c>enterprise</c> as
    /// <see cref="BudgetTier"/> documents them. A user of no tier, or of one that is not here, has no tier's limits.
    /// </summary>
    public IDictionary<string, BudgetTier> Tiers { get; private set; } = new Dictionary<string, BudgetTier>(StringComparer.OrdinalIgnoreCase)
    {
        ["free"] = BudgetTier.Free,
        ["standard"] = BudgetTier.Standard,
        ["premium"] = BudgetTier.Premium,
        ["enterprise"] = BudgetTier.Enterprise,
    };

    /// <summary>Says the tier of who calls; null from it: the tier that the scope says. What it throws is reported, and the scope's tier holds. Default: none.</summary>
    public Func<Attribution, CancellationToken, ValueTask<string?>>? TierOf { get; set; }

    /// <summary>The tier of users of whom nobody says one. Default null: none.</summary>
    public string? DefaultTier { get; set; }

    /// <summary>
    /// Where it is kept: the forms of the cost exporter's <c>Store</c>; <c>sqlite::memory:</c> keeps it in this process. Default null: where the exporter of the same
    /// services (or <c>LlmTelemetry__Store</c>) keeps spend. Of a SQLite file <c>NAME.db</c>, whoever names it, budgets are beside it in <c>NAME.budgets.db</c>, so that neither
    /// waits for the other.
    /// </summary>
    /// <exception cref="FormatException">The address is not one of these forms.</exception>
    public string? Store
    {
        get;
        set
        {
            if (value is not null)
            {
                _ = CostExporter.StoreAddress.Parse(value);
            }

            field = value;
        }
    }

    /// <summary>Starts every key in Redis. Default null: as the exporter of the same services has it, else <c>llm</c>.</summary>
    public string? KeyPrefix
    {
        get;
        set => field = value is null || (value.Length > 0 && value.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or ':'))
            ? value
            : throw new ArgumentException($"{nameof(KeyPrefix)} '{value}' may hold only letters, digits, '.', '_', '-' and ':', and at least one of them.", nameof(value));
    }

    /// <summary>The zone of days and months. Default null: as the exporter of the same services has it, else UTC.</summary>
    public TimeZoneInfo? TimeZone { get; set; }

    /// <summary>
    /// How long a call waits for each answer of the store, before <see cref="OnStoreFailure"/> decides. After three failures in a row only one call a second asks, and for the
    /// others it is decided at once, until the store answers. Default 1 s.
    /// </summary>
    public TimeSpan StoreTimeout { get; set => field = Within(value, TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(5), nameof(StoreTimeout)); } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// After so long a hold stops counting by itself: how long a crashed caller's room stays taken, and the longest that a call is sure of its own. Default 15 minutes.
    /// </summary>
    public TimeSpan HoldLifetime { get; set => field = Within(value, TimeSpan.FromSeconds(1), TimeSpan.FromDays(1), nameof(HoldLifetime)); } = TimeSpan.FromMinutes(15);

    /// <summary>What becomes of calls while the store cannot be asked, for limits that do not say it themselves. Default <see cref="StoreFailurePolicy.Open"/>.</summary>
    public StoreFailurePolicy OnStoreFailure { get; set; }

    /// <summary>What becomes of a call whose price nobody knows where a limit in USD applies. Default <see cref="UnknownPricePolicy.Allow"/>.</summary>
    public UnknownPricePolicy UnknownPrice { get; set; }

    /// <summary>What becomes of a call that a limit has no room for. Default <see cref="OverBudgetAction.Refuse"/>.</summary>
    public OverBudgetAction OnOverBudget { get; set; }

    /// <summary>The model of <see cref="OverBudgetAction.SwitchModel"/>, of the same provider. Default null: none, which that action needs.</summary>
    public string? CheaperModel { get; set; }

    /// <summary>The fewest output tokens that <see cref="OverBudgetAction.CapOutput"/> lowers a call to. Default 64.</summary>
    public int MinOutputTokens { get; set => field = value > 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, $"{nameof(MinOutputTokens)} must be positive."); } = 64;

    /// <summary>How many output tokens are held for a call that does not say <c>MaxOutputTokens</c>. Default 4,096.</summary>
    public int AssumedOutputTokens { get; set => field = value > 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, $"{nameof(AssumedOutputTokens)} must be positive."); } = 4096;

    /// <summary>At what percentages of a limit to warn, each once per limit, subject and period. Default 80 and 95; empty: never.</summary>
    public IReadOnlyList<int> WarnAt
    {
        get;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            foreach (var percent in value.Where(percent => percent is < 1 or > 100))
            {
                throw new ArgumentOutOfRangeException(nameof(value), percent, $"{nameof(WarnAt)}: a percentage must be from 1 to 100.");
            }

            field = [.. value.Distinct().Order()];
        }
    }
    = [80, 95];

    /// <summary>Told of each warning, beside log, metric and event. Not on the call's path; what it throws is reported. Default: none.</summary>
    public Action<BudgetWarning>? OnWarning { get; set; }

    /// <summary>Estimates prompts. Default null: <c>docs/budgets.md</c> describes the built-in one.</summary>
    public ITokenEstimator? TokenEstimator { get; set; }

    /// <summary>The tokens of a calendar's day that <see cref="DailyTokenTracker"/> compares with. Default 800,000.</summary>
    public long DailyTokenLimit { get; set => field = value > 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, $"{nameof(DailyTokenLimit)} must be positive."); } = 800_000;

    /// <summary>
    /// Whether this process publishes the gauges (<c>llm.budget.limit</c>, <c>.spent</c>, <c>.held</c>, <c>.remaining</c>, <c>.reset</c>). Default false: one process per store is
    /// enough, such as the Service, and more would be added up.
    /// </summary>
    public bool Gauges { get; set; }

    /// <summary>How many subjects of a limit the gauges and counters name; the others are <c>_other</c>. Default 200.</summary>
    public int MaxSubjects { get; set => field = value > 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, $"{nameof(MaxSubjects)} must be positive."); } = 200;

    /// <summary>How many settlements wait in memory for a store that does not answer; further ones are dropped and counted. Default 100,000.</summary>
    public int MaxPending { get; set => field = value > 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, $"{nameof(MaxPending)} must be positive."); } = 100_000;

    /// <summary>The clock of time limits and of what is queued; periods are by the store's. Default the system's.</summary>
    public TimeProvider TimeProvider { get; set => field = value ?? throw new ArgumentNullException(nameof(value)); } = TimeProvider.System;

    internal BudgetOptions Copy()
    {
        var copy = (BudgetOptions)MemberwiseClone();
        copy.Limits = [.. Limits];
        copy.Tiers = new Dictionary<string, BudgetTier>(Tiers, StringComparer.OrdinalIgnoreCase);
        return copy;
    }

    private static TimeSpan Within(TimeSpan value, TimeSpan least, TimeSpan most, string name) =>
        value >= least && value <= most ? value : throw new ArgumentOutOfRangeException(name, value, $"{name} must be from {least} to {most}.");
}
