namespace LlmTelemetry.Budgets;

/// <summary>
/// Where what was used and what is held is kept. Every operation is one atomic step, and all times are the store's own. Dumb on purpose: amounts are whole numbers of
/// the unit's smallest part (nano-USD, tokens, seconds), limits and windows are told with each line, and nothing here knows users or calls.
/// </summary>
/// <remarks>
/// <para>A line's decision: used + held by live holds + amount &lt;= limit, where an override in the ledger goes before the limit told. Amount 0 is not checked.</para>
/// <para>
/// Used is counted in the period in which a call ended, as the spend ledger books it (calendar), or at the moment it was admitted (sliding): so a minute's limit frees
/// a minute after the admission. Held counts against whatever period is current, so a call that outlasts midnight overshoots neither day.
/// </para>
/// <para>A hold that passes its deadline stops counting by itself; its record stays for <see cref="Grace"/>, so that settling late charges it, once.</para>
/// </remarks>
internal interface IBudgetLedger : IAsyncDisposable
{
    /// <summary>How long after its deadline an expired hold can still be settled, and how long the ids of charges without a hold are remembered.</summary>
    static readonly TimeSpan Grace = TimeSpan.FromDays(1);

    /// <summary>How long an override and an announcement are kept from when they were last said.</summary>
    static readonly TimeSpan Kept = TimeSpan.FromDays(400);

    /// <summary>For people and errors; without a password.</summary>
    string Place { get; }

    /// <summary>Holds the amounts of all lines, or of none. An id that is held already answers as it did and holds nothing again; one that is settled already holds nothing.</summary>
    Task<LedgerAnswer> HoldAsync(HoldRequest request, CancellationToken cancellationToken);

    /// <summary>Releases a hold and charges what was used, once: the same id again changes nothing.</summary>
    Task<LedgerAnswer> SettleAsync(Settlement settlement, CancellationToken cancellationToken);

    /// <summary>Where the lines stand. Holds that passed their deadline are let go on the way.</summary>
    Task<LedgerAnswer> ReadAsync(IReadOnlyList<LedgerLine> lines, CancellationToken cancellationToken);

    /// <summary>Sets what was used to 0, and lets it warn anew; what is held stays. Returns how many counters there were.</summary>
    Task<int> ResetAsync(IReadOnlyList<LedgerLine> lines, CancellationToken cancellationToken);

    /// <summary>Takes the right to warn of a percentage of this line's limit in this period: true for one caller of all processes. A higher one said before takes the lower ones with it.</summary>
    Task<bool> ClaimWarningAsync(LedgerLine line, int percent, CancellationToken cancellationToken);

    /// <summary>Overrides a limit for one subject, or for all (null), until taken back (null). Kept 400 days from its last change.</summary>
    Task SetOverrideAsync(string limit, string? subject, LedgerOverride? value, CancellationToken cancellationToken);

    /// <summary>All overrides.</summary>
    Task<IReadOnlyList<(string Limit, string? Subject, LedgerOverride Value)>> OverridesAsync(CancellationToken cancellationToken);

    /// <summary>Writes down what limits there are, for readers that do not have the application's configuration: name to text. Kept 400 days.</summary>
    Task AnnounceAsync(IReadOnlyDictionary<string, string> limits, CancellationToken cancellationToken);

    /// <summary>What was announced.</summary>
    Task<IReadOnlyDictionary<string, string>> AnnouncedAsync(CancellationToken cancellationToken);

    /// <summary>The subjects that have a counter of the series, at most so many, in no order.</summary>
    Task<IReadOnlyList<string>> SubjectsAsync(string series, int max, CancellationToken cancellationToken);

    /// <summary>Deletes counters whole. Returns how many there were. Their holds, when settled, charge nothing back into them but begin anew.</summary>
    Task<int> DeleteAsync(IReadOnlyList<CounterKey> counters, CancellationToken cancellationToken);
}
