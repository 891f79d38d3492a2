using System.Globalization;
using StackExchange.Redis;

namespace LlmTelemetry.CostExporter;

/// <summary>Books receipts in Redis: each is one run of receive.lua in the slot of its partition. Thread-safe.</summary>
internal sealed class RedisReceipts
{
    public static readonly TimeSpan IdsKept = TimeSpan.FromDays(8);
    public static readonly TimeSpan StatesKept = TimeSpan.FromDays(40);

    // With an append-only file that is written to disk every second, Redis waits for a slow disk for another one.
    public static readonly TimeSpan DurableAfter = TimeSpan.FromSeconds(5);

    // A script of 200 rows takes milliseconds: what waits behind so many is far from the time limit of a call.
    private const int BookedAtOnce = 16;
    private const int StatesAtOnce = 64;

    // Ten days, and some that a sender whose clock is wrong may add.
    private const int HoursKept = 256;
    private static readonly TimeSpan ClaimsKept = TimeSpan.FromDays(11);

    // What measures.lua says of a sum that cannot be kept.
    private const string TooMuch = "would pass 2^96";

    private static readonly string ReceiveScript = StoreScript.ReadBooking("receive.lua");
    private static readonly string ClaimScript = StoreScript.Read("claim.lua");
    private static readonly string LifeScript = StoreScript.Read("life.lua");

    private readonly RedisConnection _connection;
    private readonly Keys _keys;
    private readonly SpendPeriods _periods;
    private readonly RedisUpkeep _upkeep;
    private readonly StoreSettings _settings;
    private readonly string _script;
    private long _number;
    private long _reconnections;

    // Not asked again where it was not said once: each time would stand in the server's log of what users were refused.
    private volatile bool _asksProcess = true;

    /// <param name="connection">The connection.</param>
    /// <param name="keys">The keys.</param>
    /// <param name="periods">The periods.</param>
    /// <param name="upkeep">Sees to what rows rely on.</param>
    /// <param name="settings">The settings.</param>
    /// <param name="script">Another script than receive.lua: only a test that shows what happens without one of its checks.</param>
    public RedisReceipts(RedisConnection connection, Keys keys, SpendPeriods periods, RedisUpkeep upkeep, StoreSettings settings, string? script)
    {
        _connection = connection;
        _keys = keys;
        _periods = periods;
        _upkeep = upkeep;
        _settings = settings;
        _script = script ?? ReceiveScript;
        connection.Reconnected += () => Interlocked.Increment(ref _reconnections);
    }

    /// <summary>See <see cref="IReceiptStore.BookAsync"/>.</summary>
    public async Task<IReadOnlyList<ReceiptReply>> BookAsync(IReadOnlyList<SpendReceipt> receipts, CancellationToken cancellationToken)
    {
        var replies = new ReceiptReply[receipts.Count];
        await Parallel.ForAsync(
            0,
            receipts.Count,
            new ParallelOptions { MaxDegreeOfParallelism = BookedAtOnce, CancellationToken = cancellationToken },
            async (i, stop) => replies[i] = await BookAsync(receipts[i], stop).ConfigureAwait(false)).ConfigureAwait(false);
        return replies;
    }

    /// <summary>See <see cref="IReceiptStore.ReadStatesAsync"/>.</summary>
    public async Task<IReadOnlyList<StoredState>> ReadStatesAsync(string partition, IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        var states = new List<StoredState>(keys.Count);
        foreach (var some in keys.Chunk(StatesAtOnce))
        {
            var names = Array.ConvertAll(some, key => (RedisKey)_keys.State(partition, key));
            var texts = await _connection.CallAsync(redis => redis.StringGetAsync(names), cancellationToken).ConfigureAwait(false);
            states.AddRange(texts.Select(text => RedisReceipt.ReadState(text)));
        }

        return states;
    }

    /// <summary>See <see cref="IReceiptStore.ClaimAsync"/>.</summary>
    public async Task<UsageSourceKind> ClaimAsync(string source, long hour, UsageSourceKind kind, CancellationToken cancellationToken)
    {
        // First: so that what is cleared is found without looking for keys.
        await _upkeep.AnnounceAsync(_keys.Sources, source, ClaimsKept, cancellationToken).ConfigureAwait(false);
        return (UsageSourceKind)(int)await _connection.RunAsync(
            ClaimScript, [_keys.Claims(source)], [hour, (int)kind, HoursKept, (long)ClaimsKept.TotalSeconds], cancellationToken).ConfigureAwait(false);
    }

    /// <summary>See <see cref="IReceiptStore.LifeAsync"/>.</summary>
    public async Task<string> LifeAsync(string partition, CancellationToken cancellationToken) =>
        LifeOf((string?)await _connection.RunAsync(LifeScript, [_keys.Received(partition)], [], cancellationToken).ConfigureAwait(false));

    private async Task<ReceiptReply> BookAsync(SpendReceipt receipt, CancellationToken cancellationToken)
    {
        var number = Interlocked.Increment(ref _number);
        var (keys, values) = RedisReceipt.Arrange(receipt, number, _asksProcess, _keys, _periods, _settings);
        await _upkeep.BeforeAsync(receipt.Partition, cancellationToken).ConfigureAwait(false);
        var answer = ((RedisResult[]?)await RunAsync(keys, values, cancellationToken).ConfigureAwait(false))!;
        if ((long)answer[1] != number)
        {
            throw new InvalidDataException($"{_connection.Name} answered receipt {(long)answer[1]} where {number} had been sent.");
        }

        if ((long)answer[4] == 1)
        {
            // The first one, or the server was emptied: then the list of partitions may be gone.
            _upkeep.Forget(receipt.Partition);
            await _upkeep.BeforeAsync(receipt.Partition, cancellationToken).ConfigureAwait(false);
        }

        return RedisReceipt.Read(answer, receipt, LifeOf((string?)answer[2]));
    }

    // What no attempt can help is told apart from what the next one may.
    private async Task<RedisResult> RunAsync(RedisKey[] keys, RedisValue[] values, CancellationToken cancellationToken)
    {
        try
        {
            return await _connection.RunAsync(_script, keys, values, cancellationToken).ConfigureAwait(false);
        }
        catch (RedisServerException cause) when (cause.Message.Contains(TooMuch, StringComparison.Ordinal))
        {
            throw new OverflowException($"{_connection.Name}: {cause.Message}", cause);
        }
    }

    // Where the server does not say which process it is, a new connection may be to another one.
    private string LifeOf(string? process)
    {
        if (!string.IsNullOrEmpty(process))
        {
            return process;
        }

        _asksProcess = false;
        return string.Create(CultureInfo.InvariantCulture, $"connection {Interlocked.Read(ref _reconnections)}");
    }
}
