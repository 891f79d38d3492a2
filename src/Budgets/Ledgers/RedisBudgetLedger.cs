using LlmTelemetry.CostExporter;
using StackExchange.Redis;

namespace LlmTelemetry.Budgets;

/// <summary>
/// The ledger in Redis: each operation is done in one script, several callers' in the same where they come together, and all keys share one slot of a Cluster. Times are those of the server. Every key has a time to live,
/// given by the script that writes it (docs/redis.md says which).
/// </summary>
internal sealed class RedisBudgetLedger : IBudgetLedger
{
    // One script's share of lines and names that may be many. Redis does nothing else meanwhile.
    private const int Page = 250;

    // A settlement that is said a second time although nobody lost its answer: sending again is told by IsRetry, which needs no memory.
    private static readonly TimeSpan SettledKept = TimeSpan.FromMinutes(1);

    private readonly RedisAddress _address;
    private readonly RedisConnection _redis;
    private readonly RedisBudgetScripts _scripts;
    private readonly RedisBudgetKeys _keys;
    private readonly RedisDecisions _decisions;

    /// <param name="address">Where.</param>
    /// <param name="keyPrefix">Starts every key.</param>
    /// <param name="timeout">Time limit of each call. What passes it may still be applied.</param>
    /// <param name="time">The clock of that limit.</param>
    /// <param name="scripts">For tests: other scripts than ours.</param>
    public RedisBudgetLedger(RedisAddress address, string keyPrefix, TimeSpan timeout, TimeProvider time, RedisBudgetScripts? scripts = null)
    {
        _address = address;
        _redis = new RedisConnection(address, new StoreSettings(keyPrefix, TimeZoneInfo.Utc, HourRetention: default, DayRetention: default, MonthRetention: default, timeout, time));
        _scripts = scripts ?? RedisBudgetScripts.Own;
        _keys = new RedisBudgetKeys(keyPrefix);
        _decisions = new RedisDecisions(_redis.Name, DecideAsync, timeout, time);
    }

    public string Place => _address.ToString();

    public Task<LedgerAnswer> HoldAsync(HoldRequest request, CancellationToken cancellationToken)
    {
        LedgerInput.Check(request);
        return _decisions.AskAsync(new RedisDecision(
            RedisDecisionKind.Hold, request.Id, request.Lines, picos: [], (Milliseconds(request.Lifetime), Milliseconds(IBudgetLedger.Grace), 0), flags: 0, cancellationToken));
    }

    public Task<LedgerAnswer> SettleAsync(Settlement settlement, CancellationToken cancellationToken)
    {
        LedgerInput.Check(settlement);
        var isPlaced = settlement.Hold == HoldKnown.Placed;
        LedgerLine[] lines = [.. settlement.Lines.Select(charge => charge.Line with { Amount = Math.Min(charge.Amount, AmountMath.Most) })];
        var numbers = (Milliseconds(settlement.StartedAgo), Milliseconds(settlement.EndedAgo), Milliseconds(isPlaced ? SettledKept : IBudgetLedger.Grace));
        return _decisions.AskAsync(new RedisDecision(
            RedisDecisionKind.Settle, settlement.Id, lines, [.. settlement.Lines.Select(charge => charge.Pico)], numbers, (byte)((isPlaced ? 1 : 0) | (settlement.IsRetry ? 2 : 0)), cancellationToken));
    }

    public async Task<LedgerAnswer> ReadAsync(IReadOnlyList<LedgerLine> lines, CancellationToken cancellationToken)
    {
        LedgerInput.Check(lines);
        var states = new List<LineState>(lines.Count);
        var expired = new List<ExpiredHolds>();
        for (var i = 0; ; i += Page)
        {
            var page = lines.Skip(i).Take(Page).ToArray();
            var answer = await _decisions.AskAsync(new RedisDecision(RedisDecisionKind.Read, Guid.Empty, page, picos: [], default, flags: 0, cancellationToken)).ConfigureAwait(false);
            expired.AddRange(answer.Expired);
            states.AddRange(answer.Lines);
            if (answer.Status != LedgerStatus.Done || i + Page >= lines.Count)
            {
                return answer with { Expired = expired, Lines = answer.Status == LedgerStatus.Done ? states : [] };
            }
        }
    }

    public async Task<int> ResetAsync(IReadOnlyList<LedgerLine> lines, CancellationToken cancellationToken)
    {
        LedgerInput.Check(lines);
        var found = 0;
        foreach (var page in lines.Chunk(Page))
        {
            var packed = RedisLines.Of(_keys, page);
            found += (int)await _redis.RunAsync(_scripts.Reset, [.. packed.Keys], [packed.Pack(), packed.Counters], cancellationToken).ConfigureAwait(false);
        }

        return found;
    }

    public async Task<bool> ClaimWarningAsync(LedgerLine line, int percent, CancellationToken cancellationToken)
    {
        LedgerLine[] lines = [line];
        LedgerInput.Check(lines);
        var packed = RedisLines.Of(_keys, lines);
        var answer = await _redis.RunAsync(_scripts.Claim, [.. packed.Keys], [packed.Pack(), percent], cancellationToken).ConfigureAwait(false);
        return (int)answer == 1;
    }

    public Task SetOverrideAsync(string limit, string? subject, LedgerOverride? value, CancellationToken cancellationToken)
    {
        LedgerInput.Check(limit, value);
        RedisValue amount = value is not { } given ? "" : given.Limit is { } most ? most : RedisOverrides.Unlimited;
        return _redis.RunAsync(
            RedisBudgetScripts.Override, [_keys.Overrides], [RedisBudgetKeys.Override(limit, subject), amount, Milliseconds(IBudgetLedger.Kept)], cancellationToken);
    }

    public async Task<IReadOnlyList<(string Limit, string? Subject, LedgerOverride Value)>> OverridesAsync(CancellationToken cancellationToken) =>
        RedisOverrides.Read(await _redis.RunAsync(RedisBudgetScripts.Overrides, [_keys.Overrides], [], cancellationToken).ConfigureAwait(false));

    public Task AnnounceAsync(IReadOnlyDictionary<string, string> limits, CancellationToken cancellationToken) => _redis.RunAsync(
        RedisBudgetScripts.Announce, [_keys.Limits], [Milliseconds(IBudgetLedger.Kept), .. limits.SelectMany(limit => new RedisValue[] { limit.Key, limit.Value })], cancellationToken);

    public async Task<IReadOnlyDictionary<string, string>> AnnouncedAsync(CancellationToken cancellationToken)
    {
        var limits = await _redis.CallAsync(redis => redis.HashGetAllAsync(_keys.Limits), cancellationToken).ConfigureAwait(false);
        return limits.ToDictionary(limit => (string)limit.Name!, limit => (string)limit.Value!, StringComparer.Ordinal);
    }

    public async Task<IReadOnlyList<string>> SubjectsAsync(string series, int max, CancellationToken cancellationToken)
    {
        var subjects = new HashSet<string>(StringComparer.Ordinal);
        for (var (passed, looked) = (0, Page); looked == Page && subjects.Count < max; passed += looked)
        {
            var reply = (RedisResult[])(await _redis.RunAsync(
                RedisBudgetScripts.Subjects, [_keys.Subjects(series)], [_keys.CountersOf(series), passed, Page], cancellationToken).ConfigureAwait(false))!;
            looked = (int)reply[0];
            subjects.UnionWith(reply.Skip(1).Select(subject => RedisBudgetKeys.ReadSubject((string)subject!)).Take(max - subjects.Count));
        }

        return [.. subjects];
    }

    public async Task<int> DeleteAsync(IReadOnlyList<CounterKey> counters, CancellationToken cancellationToken)
    {
        var found = 0;
        foreach (var page in counters.Chunk(Page))
        {
            RedisKey[] keys = [.. page.Select(counter => (RedisKey)_keys.Counter(counter)), .. page.Select(counter => (RedisKey)_keys.Subjects(counter.Series))];
            RedisValue[] subjects = [.. page.Select(counter => (RedisValue)RedisBudgetKeys.Subject(counter.Subject))];
            found += (int)await _redis.RunAsync(RedisBudgetScripts.Delete, keys, subjects, cancellationToken).ConfigureAwait(false);
        }

        return found;
    }

    public ValueTask DisposeAsync() => _redis.DisposeAsync();

    private async Task DecideAsync(IReadOnlyList<RedisDecision> decisions)
    {
        var batch = new RedisBatch(_keys, decisions);
        RedisAnswer.Tell(await _redis.RunAsync(_scripts.Decide, batch.Keys, batch.Arguments, CancellationToken.None).ConfigureAwait(false), _keys, decisions);
    }

    private static long Milliseconds(TimeSpan span) => Math.Max(0, span.Ticks / TimeSpan.TicksPerMillisecond);
}
