using LlmTelemetry.CostExporter;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace LlmTelemetry.Budgets;

/// <summary>
/// Budgets of one application: decides calls, and tells and changes where limits stand, for pipelines (<c>UseBudgets</c>) and for routes outside them. Thread-safe; one per
/// application is enough. From dependency injection (<c>AddBudgets</c>), or <see cref="Start"/>.
/// </summary>
public sealed class BudgetGuard : IAsyncDisposable, IDisposable
{
    private static readonly TimeSpan DrainLimit = TimeSpan.FromSeconds(5);

    private static readonly Task<HoldOutcome> Unlimited = Task.FromResult(new HoldOutcome(BudgetHold.Unlimited, Refusal: null, []));

    private readonly TimeProvider _time;
    private readonly TimeZoneInfo _zone;
    private readonly ILogger _logger;
    private readonly StoreCalls _store;
    private readonly Settlements _settlements;
    private readonly Admissions _admissions;
    private readonly TierLookup _tiers;
    private readonly UnknownTiers _unknownTiers;
    private readonly Quotas _quotas;
    private readonly LimitLists _lists;
    private readonly LimitChanges _changes;
    private readonly Lock _gate = new();
    private volatile GuardSettings _settings;
    private BudgetUpkeep? _upkeep;
    private Task? _ended;

    /// <param name="options">The options; copied.</param>
    /// <param name="ledger">Where it is kept; disposed with the guard.</param>
    /// <param name="logger">Where to log.</param>
    /// <exception cref="ArgumentException">A setting is wrong: names it, its value and what would be right.</exception>
    internal BudgetGuard(BudgetOptions options, IBudgetLedger ledger, ILogger<BudgetGuard>? logger = null)
    {
        _settings = GuardSettings.Of(options);
        _zone = _settings.Limits.Calendar.Zone;
        _time = options.TimeProvider;
        _logger = logger ?? NullLogger<BudgetGuard>.Instance;
        Ledger = ledger;
        var meters = new BudgetMeters(() => Options.MaxSubjects);
        var circuit = Circuit = new StoreCircuit(_time);
        circuit.Recovered += () => _logger.LogInformation("The store of budgets answers again: it decides calls, and what was used meanwhile is charged now.");
        _store = new StoreCalls(ledger, _time, circuit, meters);
        var warnings = new WarningClaims(_store, () => _settings, meters, _logger);
        _settlements = new Settlements(
            _store,
            circuit,
            warnings,
            () => _settings,
            _time,
            Rare("The store of budgets failed: what a call used is kept and sent again."),
            Rare("What a call used is lost: the store of budgets did not take it in time."));
        _admissions = new Admissions(
            _time,
            _store,
            circuit,
            _settlements,
            warnings,
            meters,
            Rare("The store of budgets failed: a call is made without asking, and charged when the store is back."),
            Rare("The store of budgets failed: a call is refused, because a limit is closed."));
        _tiers = new TierLookup(Rare($"{nameof(BudgetOptions.TierOf)} failed: the tier that the scope says holds."));
        _unknownTiers = new UnknownTiers(_logger);
        _quotas = new Quotas(this, Rare("The store of budgets failed: quotas of users are not known."));
        _lists = new LimitLists(this);
        _changes = new LimitChanges(this, _lists);
        DailyTokens = new DailyTokenTracker(this, _logger);
    }

    /// <summary>Starts budgets without dependency injection. Reads <c>LlmTelemetry__*</c> from the environment; what is set in code wins.</summary>
    /// <exception cref="ArgumentException">A setting is wrong: names it, its value and what would be right.</exception>
    public static BudgetGuard Start(Action<BudgetOptions>? configure = null) => Open(BudgetSettings.FromEnvironment(configure), logger: null);

    /// <summary>Where a user's limits stand.</summary>
    /// <param name="user">The user, as calls are attributed: its hash where ids are hashed.</param>
    /// <param name="tier">The user's tier; null: as <see cref="BudgetOptions.TierOf"/> or <see cref="BudgetOptions.DefaultTier"/> say.</param>
    /// <param name="cancellationToken">Ends waiting.</param>
    public Task<BudgetQuota> GetQuotaAsync(string user, string? tier = null, CancellationToken cancellationToken = default) => _quotas.GetAsync(user, tier, cancellationToken);

    /// <summary>Whether the user has anything left, without holding: for routes outside the pipeline. True while the store cannot be asked, unless a limit is closed.</summary>
    public Task<bool> CheckQuotaAsync(string user, string? tier = null, CancellationToken cancellationToken = default) => _quotas.CheckAsync(user, tier, cancellationToken);

    /// <summary>Charges what a user used outside the pipeline, as one request, without asking for room. While the store cannot be asked it is kept and charged later.</summary>
    /// <param name="user">The user.</param>
    /// <param name="tokens">Tokens, input and output.</param>
    /// <param name="cost">USD; null: not known, which charges limits in USD nothing.</param>
    /// <param name="tier">The user's tier; null: as the options say.</param>
    /// <param name="cancellationToken">Ends waiting.</param>
    /// <exception cref="ArgumentOutOfRangeException">An amount is negative.</exception>
    public Task ChargeAsync(string user, long tokens, decimal? cost = null, string? tier = null, CancellationToken cancellationToken = default) => _quotas.ChargeAsync(user, tokens, cost, tier, cancellationToken);

    /// <summary>Where all limits stand: those of all calls, and the subjects that used any, the fullest first.</summary>
    /// <param name="limit">Only this limit; null: all.</param>
    /// <param name="max">The most subjects of each limit.</param>
    /// <param name="cancellationToken">Ends waiting.</param>
    public Task<IReadOnlyList<BudgetState>> ListAsync(string? limit = null, int max = 100, CancellationToken cancellationToken = default) => _lists.ListAsync(limit, max, cancellationToken);

    /// <summary>Sets what was used to 0, for one subject. What calls under way hold stays.</summary>
    public Task ResetAsync(string limit, string subject = "", CancellationToken cancellationToken = default) => _changes.ResetAsync(limit, subject, cancellationToken);

    /// <summary>Overrides a limit for one subject in all processes, from the next call on, until it is taken back.</summary>
    /// <param name="limit">The limit's name; of a tier's limit as <c>docs/budgets.md</c> lists them: <c>tier.tokens_per_hour</c>.</param>
    /// <param name="subject">Whose; null: everybody's.</param>
    /// <param name="amount">How much, in the limit's unit; null: unlimited.</param>
    /// <param name="cancellationToken">Ends waiting.</param>
    /// <exception cref="ArgumentException">There is no such limit, or the amount is wrong for it.</exception>
    public Task SetLimitAsync(string limit, string? subject, decimal? amount, CancellationToken cancellationToken = default) => _changes.SetAsync(limit, subject, amount, cancellationToken);

    /// <summary>Takes an override back.</summary>
    public Task ClearLimitAsync(string limit, string? subject, CancellationToken cancellationToken = default) => _changes.ClearAsync(limit, subject, cancellationToken);

    /// <summary>Deletes what is counted of a user, and the user's overrides. Returns how many of both there were.</summary>
    internal Task<(int Counters, int Overrides)> EraseUserAsync(string user, CancellationToken cancellationToken = default) => _changes.EraseUserAsync(user, cancellationToken);

    /// <summary>Opens the store that the options name, which may be down, and begins to announce the limits there.</summary>
    /// <exception cref="ArgumentException">A setting is wrong.</exception>
    internal static BudgetGuard Open(BudgetOptions options, ILogger<BudgetGuard>? logger)
    {
        // Before anything is opened.
        _ = GuardSettings.Of(options);
        var ledger = BudgetLedgers.Open(StoreAddress.Parse(options.Store!), options.KeyPrefix!, options.StoreTimeout, options.TimeProvider);
        var guard = new BudgetGuard(options, ledger, logger);
        guard._upkeep = BudgetUpkeep.Start(guard, guard._logger);
        return guard;
    }

    /// <summary>Sends what is still to be settled, for at most 5 seconds, and ends. What comes later finds no store: <see cref="BudgetOptions.OnStoreFailure"/> decides.</summary>
    public ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            return new ValueTask(_ended ??= Task.Run(EndAsync));
        }
    }

    /// <summary>The same as <see cref="DisposeAsync"/>, for callers that cannot await, such as a service provider that is disposed so.</summary>
    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    /// <summary>The tokens of all calls of a day against <see cref="BudgetOptions.DailyTokenLimit"/>, in the same store. Counts what it is told, and nothing else.</summary>
    public DailyTokenTracker DailyTokens { get; }

    /// <summary>The options of the moment, and their limits.</summary>
    internal GuardSettings Settings => _settings;

    /// <summary>The ledger, asked within the time limit and by its own clock.</summary>
    internal StoreCalls Store => _store;

    /// <summary>Whether the store answers.</summary>
    internal StoreCircuit Circuit { get; }

    /// <summary>What the store has not taken yet.</summary>
    internal Settlements Settlements => _settlements;

    /// <summary>Lists limits.</summary>
    internal LimitLists Lists => _lists;

    /// <summary>The options of the moment.</summary>
    internal BudgetOptions Options => _settings.Options;

    /// <summary>The limits of the moment.</summary>
    internal LimitSet Limits => _settings.Limits;

    /// <summary>Where it is kept.</summary>
    internal IBudgetLedger Ledger { get; }

    /// <summary>How many settlements the store has not taken yet.</summary>
    internal int PendingSettlements => _settlements.Open;

    /// <summary>Whether a limit may apply to the call: if not, it needs no estimate.</summary>
    internal bool MayLimit(in CallSubject subject)
    {
        var settings = _settings;
        if (TierLookup.Known(settings, subject) is not { } call)
        {
            return true;
        }

        _unknownTiers.Look(settings, call.Tier);
        return settings.Limits.For(call).Count > 0;
    }

    /// <summary>Asks for room. Refusals are answers, not exceptions; throws only when cancelled.</summary>
    internal Task<HoldOutcome> HoldAsync(CallAsk ask, CancellationToken cancellationToken)
    {
        var settings = _settings;
        var tier = _tiers.FindAsync(settings, ask.Subject, cancellationToken);
        return tier.IsCompletedSuccessfully ? DecideAsync(settings, ask, tier.GetAwaiter().GetResult(), cancellationToken) : DecideAsync(settings, ask, tier, cancellationToken);
    }

    /// <summary>Charges what was used outside a hold, as if the call ended now. Waits and is kept as <see cref="BudgetHold.SettleAsync"/>; throws only when cancelled.</summary>
    internal async Task ChargeAsync(CallSubject subject, CallAmounts used, CancellationToken cancellationToken)
    {
        var settings = _settings;
        var call = subject with { Tier = await _tiers.FindAsync(settings, subject, cancellationToken).ConfigureAwait(false) };
        if (settings.Limits.For(call) is { Count: > 0 } limits)
        {
            await new BudgetHold(_settlements, _time, limits, settings.Limits.Calendar, subject.Attribution, Guid.NewGuid(), BudgetHold.Known.None, []).SettleAsync(used).ConfigureAwait(false);
        }
    }

    /// <summary>The call as limits see it: with its tier, as the callback, the scope or the default says it.</summary>
    internal async ValueTask<CallSubject> ResolveAsync(CallSubject subject, CancellationToken cancellationToken) =>
        subject with { Tier = await _tiers.FindAsync(_settings, subject, cancellationToken).ConfigureAwait(false) };

    /// <summary>Uses other options from now on: not another store, prefix or clock, which are those of the start, as is a zone that is not said. Wrong ones are reported, and the old ones stay.</summary>
    /// <returns>Whether they are in use.</returns>
    internal bool Change(BudgetOptions options)
    {
        try
        {
            _settings = GuardSettings.Of(options, _zone);
            _upkeep?.Changed();
            return true;
        }
        catch (ArgumentException cause)
        {
            SelfDiagnostics.Log.Failed(cause, "The changed settings are not used; the old ones stay.");
            _logger.LogError(cause, "The changed settings of budgets are wrong, and the old ones stay: {Message}", cause.Message);
            return false;
        }
    }

    private Task<HoldOutcome> DecideAsync(GuardSettings settings, CallAsk ask, string? tier, CancellationToken cancellationToken)
    {
        if (settings.Options.TierOf is not null)
        {
            _unknownTiers.Look(settings, tier); // Nobody knew it before.
        }

        var limits = settings.Limits.For(ask.Subject with { Tier = tier });
        return limits.Count == 0 ? Unlimited : _admissions.HoldAsync(settings, limits, ask, cancellationToken);
    }

    private async Task<HoldOutcome> DecideAsync(GuardSettings settings, CallAsk ask, ValueTask<string?> tier, CancellationToken cancellationToken) =>
        await DecideAsync(settings, ask, await tier.ConfigureAwait(false), cancellationToken).ConfigureAwait(false);

    private RareLog Rare(string consequence) => new(_logger, _time, consequence);

    private async Task EndAsync()
    {
        try
        {
            _admissions.End();
            if (await _settlements.DrainAsync(DrainLimit).ConfigureAwait(false) is > 0 and var left)
            {
                _logger.LogError("{Count} settlements are lost: the store of budgets did not take them before the end.", left);
            }

            if (_upkeep is not null)
            {
                await _upkeep.DisposeAsync().ConfigureAwait(false);
            }

            await Ledger.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception cause) // Whoever disposes is on the way out: budgets must not stand in it.
        {
            SelfDiagnostics.Log.Failed(cause, "Budgets did not end well.");
            _logger.LogError(cause, "Budgets did not end well.");
        }
    }
}
