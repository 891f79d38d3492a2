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

    private static readonly Lock ActiveGate = new();
    private static readonly List<UsageHub> ActiveHubs = [];

    private readonly LocalDays _days;
    private readonly EventKeys _keys;
    private readonly TimeProvider _time;
    private readonly int _maxRows;
    private readonly Stripe[] _stripes = new Stripe[64];
    private int _rows;

    public SpendFolder(TimeZoneInfo zone, TimeProvider time, int maxRows = DefaultMaxRows, DimensionSet? kept = null)
    {
        _days = new LocalDays(zone);
        _keys = new EventKeys(kept ?? DimensionSet.Default);
        _time = time;
        _maxRows = maxRows;
        for (var i = 0; i < _stripes.Length; i++)
        {
            _stripes[i] = new Stripe();
        }
    }

    /// <summary>Rows waiting.</summary>
    public int Count => Volatile.Read(ref _rows);

    /// <summary>Timestamp of the oldest increment waiting; null when there is none.</summary>
    public long? Since
    {
        get
        {
            long? oldest = null;
            foreach (var stripe in _stripes)
            {
                lock (stripe.Gate)
                {
                    oldest = stripe.Rows.Count != 0 && !(stripe.Since >= oldest) ? stripe.Since : oldest;
                }
            }

            return oldest;
        }
    }

    /// <summary>Whether a folder takes the events of this hub, so that metrics made of the same calls must not be counted as well.</summary>
    public static bool IsActiveOn(UsageHub hub)
    {
        lock (ActiveGate)
        {
            return ActiveHubs.Contains(hub);
        }
    }

    /// <summary>Told of a hub before a folder begins to take its events, and after it ended while <see cref="IsActiveOn"/> still says so.</summary>
    public static event Action<UsageHub>? Changing;

    /// <summary>Takes the hub's events until the returned object is disposed.</summary>
    public IDisposable SubscribeTo(UsageHub hub)
    {
        Changing?.Invoke(hub);
        lock (ActiveGate)
        {
            ActiveHubs.Add(hub);
        }

        return new Subscription(hub, hub.Subscribe(this));
    }

    /// <inheritdoc/>
    public void Record(in UsageEvent usageEvent)
    {
        ref readonly var call = ref usageEvent;
        var key = _keys.Of(in call);
        var (hour, day) = _days.Of(call.EndedAt);
        var stripe = Enter(new PendingKey(hour, day, in key), isReturn: false, out var row);
        try
        {
            row?.Add(in call);
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
        if (FigureName.Of(in figure) is not { } name || !FigureMeasures.IsSane(figure.Value))
        {
            SelfDiagnostics.Log.Failed(new ArgumentException("It has no name, or a value that cannot be added up."), "a further figure");
            return;
        }

        var key = _keys.Of(name.ToText(), figure.Attribution);
        var (hour, day) = _days.Of(figure.At);
        var stripe = Enter(new PendingKey(hour, day, in key), isReturn: false, out var row);
        try
        {
            row?.AddFigure(figure.Value);
        }
        finally
        {
            stripe.Gate.Exit();
        }
    }

    /// <summary>Adds measures that are not one event's: of a metric's point. They are copied.</summary>
    public void Add(DateTimeOffset endedAt, in SpendKey key, SpendMeasures measures)
    {
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
        var drained = new List<SpendRow>(Count);
        foreach (var stripe in _stripes)
        {
            Dictionary<PendingKey, SpendMeasures> rows;
            lock (stripe.Gate)
            {
                if (stripe.Rows.Count == 0)
                {
                    continue;
                }

                rows = stripe.Rows;
                stripe.Rows = new Dictionary<PendingKey, SpendMeasures>(rows.Count);
                since = Math.Min(since, stripe.Since);
            }

            Interlocked.Add(ref _rows, -rows.Count);
            foreach (var (key, measures) in rows)
            {
                drained.Add(new SpendRow(key.Hour, key.Day, key.Key, measures));
            }
        }

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

    private void Add(in PendingKey key, SpendMeasures measures, bool isReturn)
    {
        var stripe = Enter(in key, isReturn, out var row);
        try
        {
            row?.Add(measures);
        }
        finally
        {
            stripe.Gate.Exit();
        }
    }

    /// <summary>Finds or makes the row, and returns with its stripe locked. Row null: closed.</summary>
    private Stripe Enter(in PendingKey key, bool isReturn, out SpendMeasures? row)
    {
        var stripe = StripeOf(in key);
        stripe.Gate.Enter();
        for (var level = 0; !TryFind(stripe, level == 0 ? key : key.Fold(level), level, isReturn, out row);)
        {
            stripe.Gate.Exit();
            level++;
            stripe = StripeOf(key.Fold(level));
            stripe.Gate.Enter();
        }

        return stripe;
    }

    private bool TryFind(Stripe stripe, in PendingKey key, int level, bool isReturn, out SpendMeasures? row)
    {
        if (stripe.Closed && !isReturn)
        {
            ExporterMetrics.CountDropped(Vocabulary.DropReasons.Shutdown, 1);
            row = null;
            return true;
        }

        if (!stripe.Rows.TryGetValue(key, out row))
        {
            // One row in ten is kept free for folded users; those folded altogether are as few as the hours.
            var limit = level switch { 0 => _maxRows - (_maxRows / 10), 1 => _maxRows, _ => int.MaxValue };
            if (Interlocked.Increment(ref _rows) > limit)
            {
                Interlocked.Decrement(ref _rows);
                return false;
            }

            if (stripe.Rows.Count == 0)
            {
                stripe.Since = _time.GetTimestamp();
            }

            row = new SpendMeasures();
            stripe.Rows.Add(key, row);
        }

        if (level > 0)
        {
            ExporterMetrics.CountFolded();
        }

        return true;
    }

    private Stripe StripeOf(in PendingKey key) => _stripes[key.GetHashCode() & (_stripes.Length - 1)];

    private sealed class Stripe
    {
        public readonly Lock Gate = new();

        // All under Gate.
        public Dictionary<PendingKey, SpendMeasures> Rows = [];
        public long Since;
        public bool Closed;
    }

    private sealed class Subscription(UsageHub hub, IDisposable inner) : IDisposable
    {
        private int _disposed;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _disposed, 1) != 0)
            {
                return;
            }

            inner.Dispose();
            Changing?.Invoke(hub);
            lock (ActiveGate)
            {
                ActiveHubs.Remove(hub);
            }
        }
    }
}
