using System.Collections.Concurrent;

namespace LlmTelemetry.CostExporter.Tests;

/// <summary>
/// A store in memory that keeps the contract of receipts to the letter, and can fail as real ones do: refuse, book and lose the answer, never answer, come back without what
/// it had acknowledged last.
/// </summary>
internal sealed class ModelReceiptStore : ISpendStore, IReceiptStore
{
    /// <summary>A user of whom nothing can be added up.</summary>
    public const string Poison = "poison";

    private readonly Lock _gate = new();
    private readonly ConcurrentQueue<ReceiptFault> _faults = new();

    // All under _gate.
    private readonly List<SpendReceipt> _booked = [];
    private readonly Dictionary<(string Partition, Guid Id, DateOnly Day), int> _ids = [];
    private readonly Dictionary<(string Partition, string Key), StoredState> _states = [];
    private readonly Dictionary<(string Source, long Hour), SortedSet<UsageSourceKind>> _said = [];
    private readonly Dictionary<(string Source, long Hour), UsageSourceKind> _decided = [];
    private int _life;

    public bool IsDown { get; set; }

    public string? DownPartition { get; set; }

    /// <summary>What a booking waits for before anything is done.</summary>
    public Func<Task> Booking { get; set; } = static () => Task.CompletedTask;

    public TimeSpan IdsKept => TimeSpan.FromDays(8);

    public TimeSpan StatesKept => TimeSpan.FromDays(40);

    public TimeSpan DurableAfter { get; init; }

    /// <summary>Every receipt that was tried, refused ones included.</summary>
    public ConcurrentQueue<SpendReceipt> Tried { get; } = new();

    /// <summary>How many calls of BookAsync there were.</summary>
    public int Bookings { get; private set; }

    public int Claims { get; private set; }

    public ConcurrentQueue<ExporterBeat> Beats { get; } = new();

    public Func<SpendKey, string> Partition { get; set; } = static key => key.Tenant ?? "";

    public Dictionary<(long Hour, DateOnly Day, SpendKey Key), SpendMeasures> Rows
    {
        get
        {
            var rows = new Dictionary<(long, DateOnly, SpendKey), SpendMeasures>();
            lock (_gate)
            {
                foreach (var row in _booked.SelectMany(receipt => receipt.Rows))
                {
                    if (!rows.TryGetValue((row.Hour, row.Day, row.Key), out var sum))
                    {
                        rows.Add((row.Hour, row.Day, row.Key), sum = new SpendMeasures());
                    }

                    sum.Add(row.Measures);
                }
            }

            return rows;
        }
    }

    public Int128 Sum(byte measure) => Rows.Values.Aggregate((Int128)0, (sum, row) => sum + row[measure]);

    public Int128 Sum(byte measure, Func<SpendKey, bool> of) => Rows.Where(row => of(row.Key.Key)).Aggregate((Int128)0, (sum, row) => sum + row.Value[measure]);

    public void Meet(params ReceiptFault[] faults) => Array.ForEach(faults, _faults.Enqueue);

    /// <summary>Dies, and comes back without the receipts that it booked last.</summary>
    public void LoseLast(int receipts)
    {
        lock (_gate)
        {
            _life++;
            foreach (var receipt in _booked.TakeLast(receipts).Reverse().ToList())
            {
                _booked.RemoveAt(_booked.Count - 1);
                foreach (var id in receipt.Ids)
                {
                    _ids.Remove((receipt.Partition, id.Id, id.Day));
                }

                foreach (var state in receipt.States)
                {
                    // What was there before it: the last earlier receipt's that wrote it.
                    var earlier = _booked.Where(one => one.Partition == receipt.Partition).SelectMany(one => one.States).LastOrDefault(one => one.Key == state.Key);
                    if (state.Version == 0)
                    {
                        _states.Remove((receipt.Partition, state.Key));
                    }
                    else
                    {
                        _states[(receipt.Partition, state.Key)] = new StoredState(state.Version, earlier.Content);
                    }
                }
            }
        }
    }

    public Task OpenAsync(CancellationToken cancellationToken) => IsDown ? throw new IOException("The store is down.") : Task.CompletedTask;

    public string PartitionOf(in SpendKey key) => Partition(key);

    public Task<BatchReply> ApplyAsync(SpendBatch batch, CancellationToken cancellationToken) => throw new NotSupportedException();

    public IAsyncEnumerable<SpendAggregate> ReadAsync(SpendRead read, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IReadOnlyList<ExporterBeat>> BeatAsync(ExporterBeat beat, CancellationToken cancellationToken)
    {
        Beats.Enqueue(beat);
        return Task.FromResult<IReadOnlyList<ExporterBeat>>([]);
    }

    public Task<string> LifeAsync(string partition, CancellationToken cancellationToken)
    {
        Fail(partition);
        lock (_gate)
        {
            return Task.FromResult($"life {_life}");
        }
    }

    public async Task<IReadOnlyList<ReceiptReply>> BookAsync(IReadOnlyList<SpendReceipt> receipts, CancellationToken cancellationToken)
    {
        await Booking();
        lock (_gate)
        {
            Bookings++;
        }

        receipts.ToList().ForEach(Tried.Enqueue);
        Assert.All(receipts, Check);
        Fail(receipts[0].Partition);
        if (receipts.SelectMany(receipt => receipt.Rows).Any(row => row.Key.User == Poison))
        {
            throw new OverflowException("More than 2^96.");
        }

        _ = _faults.TryDequeue(out var fault);
        if (fault == ReceiptFault.Refuse)
        {
            throw new IOException("Refused before anything was done.");
        }

        List<ReceiptReply> replies;
        lock (_gate)
        {
            // In no order.
            replies = [.. receipts.Select((receipt, at) => (receipt, at)).Reverse().Select(one => (Reply: Book(one.receipt), one.at)).OrderBy(one => one.at).Select(one => one.Reply)];
        }

        return fault switch
        {
            ReceiptFault.BookAndLoseTheAnswer => throw new TimeoutException("Booked, but nobody heard."),
            ReceiptFault.BookAndNeverAnswer => await new TaskCompletionSource<IReadOnlyList<ReceiptReply>>().Task,
            _ => replies,
        };
    }

    public Task<IReadOnlyList<StoredState>> ReadStatesAsync(string partition, IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        Fail(partition);
        lock (_gate)
        {
            return Task.FromResult<IReadOnlyList<StoredState>>([.. keys.Select(key => _states.GetValueOrDefault((partition, key)))]);
        }
    }

    public Task<UsageSourceKind> ClaimAsync(string source, long hour, UsageSourceKind kind, CancellationToken cancellationToken)
    {
        Fail(partition: null);
        lock (_gate)
        {
            Claims++;
            if (!_said.TryGetValue((source, hour), out var said))
            {
                _said.Add((source, hour), said = []);
            }

            said.Add(kind);
            if (!_decided.TryGetValue((source, hour), out var decided))
            {
                var before = _said.Where(one => one.Key.Source == source && one.Key.Hour < hour).OrderBy(one => one.Key.Hour).LastOrDefault().Value ?? [];
                _decided.Add((source, hour), decided = before.Append(kind).Min());
            }

            return Task.FromResult(decided);
        }
    }

    // What the contract says of every receipt.
    private static void Check(SpendReceipt receipt)
    {
        Assert.InRange(receipt.Rows.Count, 0, SpendBatch.MaxRows);
        Assert.Equal(receipt.Rows.Count, receipt.Rows.DistinctBy(row => (row.Hour, row.Day, row.Key)).Count());
        Assert.Equal(receipt.Ids.Count, receipt.Ids.DistinctBy(id => id.Id).Count());
        Assert.Equal(receipt.States.Count, receipt.States.DistinctBy(state => state.Key).Count());
    }

    private void Fail(string? partition)
    {
        if (IsDown || (partition is not null && partition == DownPartition))
        {
            throw new IOException("The store is down.");
        }
    }

    private ReceiptReply Book(SpendReceipt receipt)
    {
        Assert.All(receipt.Rows, row => Assert.Equal(receipt.Partition, Partition(row.Key)));
        var known = receipt.Ids.Where(id => _ids.ContainsKey((receipt.Partition, id.Id, id.Day))).Select(id => id.Id).ToList();
        var changed = receipt.States.Where(state => _states.GetValueOrDefault((receipt.Partition, state.Key)).Version != state.Version).Select(state => state.Key).ToList();
        if (known.Count > 0 || changed.Count > 0)
        {
            return new ReceiptReply(ReceiptStatus.Refused, known, changed, Life: $"life {_life}");
        }

        _booked.Add(receipt);
        foreach (var id in receipt.Ids)
        {
            _ids[(receipt.Partition, id.Id, id.Day)] = 1;
        }

        foreach (var state in receipt.States)
        {
            _states[(receipt.Partition, state.Key)] = new StoredState(state.Version + 1, state.Content);
        }

        return new ReceiptReply(ReceiptStatus.Booked, [], [], Life: $"life {_life}");
    }
}

internal enum ReceiptFault
{
    None,
    Refuse,
    BookAndLoseTheAnswer,
    BookAndNeverAnswer,
}
