using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter;

/// <summary>
/// Folds increments into one pending row per hour, day and key until they are drained. Never fails and never waits for I/O; memory
/// grows with distinct keys, not with calls. Thread-safe.
/// </summary>
internal sealed class SpendFolder : IUsageSink
{
    // A store that is down for days, or user ids made of garbage, must not take the process with it.
    public const int DefaultMaxRows = 1_000_000;

    private readonly LocalDays _days;
    private readonly EventKeys _keys;
    private readonly TimeProvider _time;
    private readonly int _maxRows;
    private readonly SpendJournal? _journal;
    private readonly PendingStripe[] _stripes = new PendingStripe[64];
    private readonly ReturnedRows _returned = new();
    private long _epoch;
    private int _rows;

    public SpendFolder(TimeZoneInfo zone, TimeProvider time, int maxRows = DefaultMaxRows, DimensionSet? kept = null, SpendJournal? journal = null)
    {
        _days = new LocalDays(zone);
        _keys = new EventKeys(kept ?? DimensionSet.Default);
        _time = time;
        _maxRows = maxRows;
        _journal = journal;
        var epoch = journal?.Begin();
        for (var i = 0; i < _stripes.Length; i++)
        {
            _stripes[i] = new PendingStripe(journal);
            _ = _stripes[i].Take(epoch);
        }

        if (journal is not null)
        {
            (_epoch, journal.Grown) = (epoch!.Number, WriteRest);
        }
    }

    /// <inheritdoc/>
    public bool IsLedger => HasSums;

    /// <summary>Whether everything is taken; without it only what sessions used, if that is.</summary>
    public bool HasSums { get; init; } = true;

    /// <summary>Whether what sessions used is taken where <see cref="HasSums"/> is false.</summary>
    public bool HasSessions { get; init; } = true;

    /// <summary>Rows waiting.</summary>
    public int Count => Volatile.Read(ref _rows);

    /// <summary>Timestamp of the oldest increment waiting; null when there is none.</summary>
    public long? Since
    {
        get
        {
            var oldest = _returned.Since;
            foreach (var stripe in _stripes)
            {
                lock (stripe.Gate)
                {
                    oldest = stripe.Count != 0 && !(stripe.Since >= oldest) ? stripe.Since : oldest;
                }
            }

            return oldest;
        }
    }

    /// <summary>The last epoch of the journal from which everything was drained.</summary>
    public long DrainedEpoch { get; private set; }

    /// <summary>Rows that were drained and taken back, which no epoch of the journal holds any more.</summary>
    public IReadOnlyList<SpendRow> Returned => _returned.Rows;

    /// <summary>Whether a folder takes the events of this hub, so that metrics made of the same calls must not be counted as well.</summary>
    public static bool IsActiveOn(UsageHub hub) => FolderSubscriptions.IsActiveOn(hub);

    /// <summary>Takes the hub's events until the returned object is disposed.</summary>
    public IDisposable SubscribeTo(UsageHub hub) => FolderSubscriptions.Add(hub, this);

    /// <inheritdoc/>
    public void Record(in UsageEvent usageEvent)
    {
        ref readonly var call = ref usageEvent;
        if (!HasSums && (!HasSessions || call.Attribution.Session is null))
        {
            return;
        }

        var key = _keys.Of(in call);
        var (hour, day) = _days.Of(call.EndedAt);
        var at = new PendingKey(hour, day, in key);
        var stripe = Enter(ref at, isReturn: false, out var row);
        try
        {
            if (row.Measures is { } sums)
            {
                sums.Add(in call);
                stripe.Write(in at, in row);
            }
        }
        finally
        {
            stripe.Gate.Exit();
        }
    }

    /// <inheritdoc/>
    public void Record(in MetricEvent metricEvent)
    {
        ref readonly var figure = ref metricEvent;
        if (!HasSums)
        {
            return;
        }

        if (FigureName.Of(in figure) is not { } name || !FigureMeasures.IsSane(figure.Value))
        {
            SelfDiagnostics.Log.Failed(new ArgumentException("It has no name, or a value that cannot be added up."), "a further figure");
            return;
        }

        var key = _keys.Of(name.ToText(), figure.Attribution);
        var (hour, day) = _days.Of(figure.At);
        var at = new PendingKey(hour, day, in key);
        var stripe = Enter(ref at, isReturn: false, out var row);
        try
        {
            if (row.Measures is { } sums)
            {
                sums.AddFigure(figure.Value);
                stripe.Write(in at, in row);
            }
        }
        finally
        {
            stripe.Gate.Exit();
        }
    }

    /// <summary>Adds measures that are not one event's: of a metric's point. They are copied.</summary>
    public void Add(DateTimeOffset endedAt, in SpendKey key, SpendMeasures measures)
    {
        if (!HasSums)
        {
            return; // A metric is of no session.
        }

        var clean = _keys.Of(in key);
        var (hour, day) = _days.Of(endedAt);
        Add(new PendingKey(hour, day, in clean), measures, isReturn: false);
    }

    /// <summary>Takes back a row that was drained and never sent.</summary>
    /// <param name="row">The row.</param>
    /// <param name="since">Timestamp of its oldest increment.</param>
    public void Return(in SpendRow row, long since)
    {
        var key = new PendingKey(row.Hour, row.Day, row.Key);
        if (_journal is not null)
        {
            // Apart from what comes meanwhile: that is written down by itself, and this in the snapshot.
            Interlocked.Add(ref _rows, _returned.Add(in key, row.Measures, since));
            return;
        }

        Add(key, row.Measures, isReturn: true);
        var stripe = StripeOf(in key);
        lock (stripe.Gate)
        {
            stripe.Since = Math.Min(stripe.Since, since);
        }
    }

    /// <summary>Hands out all rows and forgets them; each (hour, day, key) once.</summary>
    /// <param name="since">Timestamp of the oldest increment in them.</param>
    public List<SpendRow> Drain(out long since)
    {
        since = long.MaxValue;
        if (Count == 0)
        {
            return [];
        }

        var next = _journal?.Begin();
        var returned = _returned.Take(ref since);
        var drained = new List<SpendRow>(Count);
        var taken = returned.Count;
        foreach (var stripe in _stripes)
        {
            Dictionary<PendingKey, PendingRow> rows;
            lock (stripe.Gate)
            {
                since = stripe.Count == 0 ? since : Math.Min(since, stripe.Since);
                rows = stripe.Take(next);
                taken += rows.Count;
            }

            foreach (var (key, row) in rows)
            {
                if (returned.Remove(key, out var earlier))
                {
                    row.Measures.Add(earlier);
                }

                drained.Add(new SpendRow(key.Hour, key.Day, key.Key, row.Measures));
            }
        }

        drained.AddRange(returned.Select(row => new SpendRow(row.Key.Hour, row.Key.Day, row.Key.Key, row.Value)));
        Interlocked.Add(ref _rows, -taken);
        (DrainedEpoch, _epoch) = (_epoch, next?.Number ?? 0);
        return drained;
    }

    /// <summary>From now on increments are counted as dropped: nobody will send them any more. Rows that wait can still be drained and returned.</summary>
    public void Close()
    {
        foreach (var stripe in _stripes)
        {
            lock (stripe.Gate)
            {
                stripe.Closed = true;
            }
        }
    }

    private void Add(PendingKey key, SpendMeasures measures, bool isReturn)
    {
        var stripe = Enter(ref key, isReturn, out var row);
        try
        {
            if (row.Measures is { } sums)
            {
                sums.Add(measures);
                stripe.Write(in key, in row);
            }
        }
        finally
        {
            stripe.Gate.Exit();
        }
    }

    /// <summary>Finds or makes the row, and returns with its stripe locked. A row without measures: closed.</summary>
    /// <param name="key">The key; afterwards the one that the row is under.</param>
    /// <param name="isReturn">Whether it is taken also where the folder is closed.</param>
    /// <param name="row">The row.</param>
    private PendingStripe Enter(ref PendingKey key, bool isReturn, out PendingRow row)
    {
        var asked = key;
        var stripe = StripeOf(in key);
        stripe.Gate.Enter();
        for (var level = 0; !TryFind(stripe, in key, level, isReturn, out row);)
        {
            stripe.Gate.Exit();
            key = asked.Fold(++level);
            stripe = StripeOf(in key);
            stripe.Gate.Enter();
        }

        return stripe;
    }

    private bool TryFind(PendingStripe stripe, in PendingKey key, int level, bool isReturn, out PendingRow row)
    {
        if (stripe.Closed && !isReturn)
        {
            ExporterMetrics.CountDropped(Vocabulary.DropReasons.Shutdown, 1);
            row = default;
            return true;
        }

        if (!stripe.TryFind(in key, out row))
        {
            // One row in ten is kept free for folded users; those folded altogether are as few as the hours.
            var limit = level switch { 0 => _maxRows - (_maxRows / 10), 1 => _maxRows, _ => int.MaxValue };
            if (Interlocked.Increment(ref _rows) > limit)
            {
                Interlocked.Decrement(ref _rows);
                return false;
            }

            if (stripe.Count == 0)
            {
                stripe.Since = _time.GetTimestamp();
            }

            row = stripe.Add(in key);
        }

        if (level > 0)
        {
            ExporterMetrics.CountFolded();
        }

        return true;
    }

    private void WriteRest()
    {
        foreach (var stripe in _stripes)
        {
            lock (stripe.Gate)
            {
                stripe.WriteRest();
            }
        }
    }

    private PendingStripe StripeOf(in PendingKey key) => _stripes[key.GetHashCode() & (_stripes.Length - 1)];
}
