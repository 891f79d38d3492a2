namespace LlmTelemetry.CostExporter;

/// <summary>
/// Decides which batch of one partition is sent next: numbers them, repeats what was not acknowledged, and keeps what was until the store
/// has surely written it to disk. No I/O and no clock of its own. Not thread-safe.
/// </summary>
/// <param name="partition">The partition.</param>
/// <param name="newInstance">Makes an instance id that was never used.</param>
/// <param name="durableAfter">In timestamps: how long after its acknowledgement a batch may still be lost with a store that dies.</param>
/// <param name="now">The timestamp of its beginning.</param>
internal sealed class BatchSequence(string partition, Func<string> newInstance, long durableAfter, long now)
{
    // Two seconds of batches as fast as one Redis takes them: what "fsync every second" can lose.
    public const int MaxKept = 512;

    // In the order of their numbers, without holes: acknowledged ones that are kept, then those that are not acknowledged.
    private readonly List<HeldBatch> _held = [];
    private string _instance = newInstance();
    private long _lastNumber;
    private long _forgottenRows;
    private int _acknowledged;
    private int _next;

    /// <summary>The batch to send now, the same one until the store answers; null: nothing to send.</summary>
    public SpendBatch? Next => _next < _held.Count ? _held[_next].Batch : null;

    /// <summary>Rows that are not acknowledged.</summary>
    public long PendingRows { get; private set; }

    /// <summary>Timestamp of the oldest increment that is not acknowledged; null when there is none.</summary>
    public long? Since => _acknowledged < _held.Count ? _held[_acknowledged].Since : null;

    /// <summary>Timestamp of the store's last answer; of the beginning, before there is one.</summary>
    public long LastAnswer { get; private set; } = now;

    /// <summary>What the store may not have for sure: those that are not acknowledged, and those that are kept.</summary>
    public IEnumerable<SpendBatch> Held => _held.Select(h => h.Batch);

    /// <summary>Changes with what is held.</summary>
    public long Version { get; private set; }

    /// <summary>Goes on with batches of an earlier life.</summary>
    /// <param name="batches">Of one instance, in the order of their numbers, without holes.</param>
    /// <param name="since">Timestamp from which they count as waiting.</param>
    public void Resume(IReadOnlyList<SpendBatch> batches, long since)
    {
        (_instance, _lastNumber) = (batches[^1].Instance, batches[^1].Number);
        _held.AddRange(batches.Select(batch => new HeldBatch(batch, since)));
        PendingRows += batches.Sum(batch => (long)batch.Rows.Count);
        Version++;
    }

    /// <summary>Numbers the rows, in as many batches as they need; a user's rows stand together.</summary>
    public void Add(IReadOnlyList<SpendRow> rows, long since)
    {
        // Redis keeps a user's rows in one hash for each period: in the order they were folded nearly every row of a batch would be of another.
        SpendRow[] byUser = [.. rows];
        Array.Sort(byUser, static (left, right) => string.CompareOrdinal(left.Key.User, right.Key.User));
        foreach (var part in byUser.Chunk(SpendBatch.MaxRows))
        {
            _held.Add(new HeldBatch(new SpendBatch(_instance, partition, ++_lastNumber, part), since));
        }

        PendingRows += rows.Count;
        Version++;
    }

    /// <summary>
    /// With nothing else to send, sends the last batch once more when it should be on disk by now: the answer tells whether the store still
    /// has what it acknowledged.
    /// </summary>
    public void Confirm(long at)
    {
        if (_next == _held.Count && _held.Count != 0 && at - _held[^1].AcknowledgedAt >= durableAfter)
        {
            _next--;
        }
    }

    /// <summary>Takes the store's answer to <see cref="Next"/>.</summary>
    public Step Take(BatchReply reply, long at)
    {
        if (reply.Status != BatchStatus.Gap && (reply.LastNumber < Next!.Number || (reply.Status == BatchStatus.Applied && reply.LastNumber != Next.Number)))
        {
            // Not to be believed: what is sent again counts once, what is taken for sent is lost.
            throw new InvalidDataException($"The store says that batch {Next.Number} of {partition} is {reply.Status}, and that the last one it has is {reply.LastNumber}.");
        }

        var step = reply.Status == BatchStatus.Gap ? GoBack(reply.LastNumber) : Acknowledge(reply.Status, at);
        LastAnswer = at;
        return step;
    }

    private Step Acknowledge(BatchStatus status, long at)
    {
        var held = _held[_next];
        var isNews = _next == _acknowledged;
        _next++;
        if (isNews)
        {
            _acknowledged++;
            PendingRows -= held.Batch.Rows.Count;
        }

        if (isNews || status == BatchStatus.Applied)
        {
            held.AcknowledgedAt = at;
        }

        Forget(at);
        return new Step(isNews ? StepKind.Acknowledged : StepKind.Repeated, held.Batch.Rows.Count);
    }

    // The store has the batch it answered for, so it has all before it; those that were there long enough have reached its disk.
    private void Forget(long at)
    {
        var sure = Math.Min(_next, _acknowledged);
        var count = Math.Clamp(_acknowledged - MaxKept, 0, sure);
        while (count < sure && at - _held[count].AcknowledgedAt >= durableAfter)
        {
            count++;
        }

        for (var i = 0; i < count; i++)
        {
            _forgottenRows += _held[i].Batch.Rows.Count;
        }

        _held.RemoveRange(0, count);
        Version += count;
        _acknowledged -= count;
        _next -= count;
    }

    private Step GoBack(long storeHas)
    {
        var refused = _held[_next].Batch.Number;
        if (storeHas < 0 || storeHas >= refused - 1)
        {
            throw new InvalidOperationException($"The store refuses batch {refused} of {partition} though it says that the last one it has is {storeHas}.");
        }

        var first = _held[0].Batch.Number;
        if (storeHas >= first - 1)
        {
            _next = (int)(storeHas + 1 - first);
            return new Step(StepKind.WentBack, 0);
        }

        // Acknowledged, lost by the store, and not kept here any more. The rest goes on under a new name: the store takes it from 1, and an
        // old copy that may still be under way can never be the next one of anything.
        var lostRows = (long)Math.Ceiling((decimal)_forgottenRows * (first - 1 - storeHas) / (first - 1));
        Renumber();
        return new Step(StepKind.StoreLost, lostRows);
    }

    private void Renumber()
    {
        _instance = newInstance();
        Version++;
        _lastNumber = 0;
        _forgottenRows = 0;
        _acknowledged = 0;
        _next = 0;
        PendingRows = 0;
        for (var i = 0; i < _held.Count; i++)
        {
            var old = _held[i];
            _held[i] = new HeldBatch(old.Batch with { Instance = _instance, Number = ++_lastNumber }, old.Since);
            PendingRows += old.Batch.Rows.Count;
        }
    }

    private sealed class HeldBatch(SpendBatch batch, long since)
    {
        public SpendBatch Batch => batch;

        public long Since => since;

        public long AcknowledgedAt { get; set; }
    }
}

/// <summary>What an answer of the store meant.</summary>
/// <param name="Kind">What it meant.</param>
/// <param name="Amount">Rows of the batch; of <see cref="StepKind.StoreLost"/>: rows lost, by their average where only some of the forgotten batches are.</param>
internal readonly record struct Step(StepKind Kind, long Amount);

internal enum StepKind
{
    /// <summary>The batch is in the store, for the first time that we know.</summary>
    Acknowledged,

    /// <summary>A batch that was acknowledged before is in the store, again or still.</summary>
    Repeated,

    /// <summary>The store lost acknowledged batches; they are kept here and sent again.</summary>
    WentBack,

    /// <summary>The store lost acknowledged batches that are not kept any more.</summary>
    StoreLost,
}
