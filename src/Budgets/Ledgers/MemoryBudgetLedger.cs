namespace LlmTelemetry.Budgets;

/// <summary>The ledger of this process alone: it lives as long as this object. Its clock is this machine's.</summary>
internal sealed class MemoryBudgetLedger(TimeProvider time) : IBudgetLedger
{
    private static readonly long KeptAfterChange = (long)IBudgetLedger.Kept.TotalMilliseconds;
    private static readonly long BetweenPurges = (long)TimeSpan.FromMinutes(1).TotalMilliseconds;

    private readonly Lock _gate = new();

    // Used under the gate.
    private readonly MemoryLedgerRows _rows = new();
    private long _nextPurge;

    public string Place => "sqlite::memory:";

    public Task<LedgerAnswer> HoldAsync(HoldRequest request, CancellationToken cancellationToken) => Run(now => LedgerDecisions.Hold(_rows, request, now), cancellationToken);

    public Task<LedgerAnswer> SettleAsync(Settlement settlement, CancellationToken cancellationToken) => Run(now => LedgerDecisions.Settle(_rows, settlement, now), cancellationToken);

    public Task<LedgerAnswer> ReadAsync(IReadOnlyList<LedgerLine> lines, CancellationToken cancellationToken) => Run(now => LedgerDecisions.Read(_rows, lines, now), cancellationToken);

    public Task<int> ResetAsync(IReadOnlyList<LedgerLine> lines, CancellationToken cancellationToken) => Run(now => LedgerDecisions.Reset(_rows, lines, now), cancellationToken);

    public Task<bool> ClaimWarningAsync(LedgerLine line, int percent, CancellationToken cancellationToken) =>
        Run(now => LedgerDecisions.ClaimWarning(_rows, line, percent, now), cancellationToken);

    public Task SetOverrideAsync(string limit, string? subject, LedgerOverride? value, CancellationToken cancellationToken) => Run(
        now =>
        {
            LedgerInput.Check(limit, value);
            if (value is { } said)
            {
                _rows.Overrides[(limit, subject)] = (said, now + KeptAfterChange);
                return true;
            }

            return _rows.Overrides.Remove((limit, subject));
        },
        cancellationToken);

    public Task<IReadOnlyList<(string Limit, string? Subject, LedgerOverride Value)>> OverridesAsync(CancellationToken cancellationToken) =>
        Run<IReadOnlyList<(string, string?, LedgerOverride)>>(
            now => [.. _rows.Overrides.Where(said => said.Value.KeptUntil > now).Select(said => (said.Key.Limit, said.Key.Subject, said.Value.Value))], cancellationToken);

    public Task AnnounceAsync(IReadOnlyDictionary<string, string> limits, CancellationToken cancellationToken) => Run(
        now =>
        {
            foreach (var (name, text) in limits)
            {
                _rows.Announced[name] = (text, now + KeptAfterChange);
            }

            return true;
        },
        cancellationToken);

    public Task<IReadOnlyDictionary<string, string>> AnnouncedAsync(CancellationToken cancellationToken) =>
        Run<IReadOnlyDictionary<string, string>>(
            now => _rows.Announced.Where(said => said.Value.KeptUntil > now).ToDictionary(said => said.Key, said => said.Value.Text, StringComparer.Ordinal), cancellationToken);

    public Task<IReadOnlyList<string>> SubjectsAsync(string series, int max, CancellationToken cancellationToken) =>
        Run<IReadOnlyList<string>>(now => [.. _rows.Subjects(series, now).Take(max)], cancellationToken);

    public Task<int> DeleteAsync(IReadOnlyList<CounterKey> counters, CancellationToken cancellationToken) => Run(now => LedgerDecisions.Delete(_rows, counters, now), cancellationToken);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private Task<T> Run<T>(Func<long, T> decide, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return Task.FromCanceled<T>(cancellationToken);
        }

        lock (_gate)
        {
            var now = time.GetUtcNow().ToUnixTimeMilliseconds();
            // Also where the clock was far ahead and went back.
            if (now >= _nextPurge || now < _nextPurge - BetweenPurges)
            {
                _rows.Forget(now);
                _nextPurge = now + BetweenPurges;
            }

            return Task.FromResult(decide(now));
        }
    }
}
