namespace LlmTelemetry.CostExporter;

/// <summary>Points of one source and partition that are booked together with the states that follow from them. Used once: what is not booked is worked out anew.</summary>
internal sealed class SeriesReceipt(SeriesQueue queue, string source, List<WaitingPoint> points)
{
    private readonly HeldState?[] _states = new HeldState?[SeriesState.Shards];
    private readonly Dictionary<(UsageSourceKind Form, string Reason), int> _ignored = [];
    private readonly Dictionary<UsageSourceKind, int> _booked = [];
    private readonly Dictionary<UsageSourceKind, int> _unchanged = [];
    private readonly List<(string Key, HeldState State)> _next = [];

    public SeriesQueue Queue => queue;

    public List<WaitingPoint> Points => points;

    /// <summary>The shards that the points are of.</summary>
    public IEnumerable<int> Shards => points.Select(point => ShardOf(in point)).Distinct();

    /// <summary>The states as they follow from the booking, to be kept once it is done.</summary>
    public IReadOnlyList<(string Key, HeldState State)> Next => _next;

    /// <summary>Takes a state, which is this object's from now on.</summary>
    public void Use(int shard, HeldState state) => _states[shard] = state;

    /// <summary>What the state of a shard is kept under: docs/redis.md.</summary>
    public string KeyOf(int shard) => $"{source}/{shard}";

    /// <summary>Works the points out.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="rules">What rows are made by.</param>
    /// <param name="options">Prices, markup and clock.</param>
    /// <returns>Null: they make more rows than a receipt may have.</returns>
    public SpendReceipt? WorkOut(string partition, RowRules rules, CostExporterOptions options)
    {
        var rows = new RowFold(rules);
        var now = options.TimeProvider.GetUtcNow();
        foreach (var ((origin, _, calls, booked), some) in Advance(now))
        {
            var form = some[0].Item1.Kind;
            foreach (var (at, key, measures) in PointBooking.ToRows(origin.Sender, some, calls, now, options.Prices, options.Markup, reason => Count(_ignored, (form, reason)), booked))
            {
                if (!rows.TryAdd(at, origin.Tenant is { } tenant ? key with { Tenant = tenant } : key, measures))
                {
                    return null;
                }
            }
        }

        var states = new List<NextState>();
        for (var shard = 0; shard < _states.Length; shard++)
        {
            if (_states[shard] is { Series.IsChanged: true } state)
            {
                var (key, content) = (KeyOf(shard), state.Series.ToBytes());
                states.Add(new NextState(key, state.Version, content));
                _next.Add((key, new HeldState(state.Version + 1, state.Series, content.Length)));
            }
            else if (_states[shard] is { } same)
            {
                _next.Add((KeyOf(shard), same));
            }
        }

        return new SpendReceipt(partition, rows.ToRows(), [], states);
    }

    /// <summary>All of it is in the store.</summary>
    public void Settle()
    {
        foreach (var ((form, reason), count) in _ignored)
        {
            ReceiverMetrics.CountIgnored(form, reason, count);
        }

        foreach (var (form, count) in _booked)
        {
            ReceiverMetrics.CountBooked(form, count);
        }

        foreach (var (form, count) in _unchanged)
        {
            ReceiverMetrics.CountDuplicates(form, count);
        }

        foreach (var point in points)
        {
            point.Part.Settle();
        }
    }

    public void Fail(Exception cause)
    {
        foreach (var point in points)
        {
            point.Part.Fail(cause);
        }
    }

    /// <summary>One that cannot be booked, ever.</summary>
    public void Reject()
    {
        foreach (var point in points)
        {
            point.Part.Delivery.RejectUnbookable(point.Planned.Point.Kind);
            point.Part.Settle();
        }
    }

    private static int ShardOf(in WaitingPoint point) => (int)(point.Planned.Point.Series % SeriesState.Shards);

    /// <summary>Takes the states on, and returns what is to be booked of it.</summary>
    private Dictionary<(PointOrigin Origin, long Hour, CallsFrom? Calls, UsageSourceKind Booked), List<(ReceivedPoint, PointSum)>> Advance(DateTimeOffset now)
    {
        var booked = new Dictionary<(PointOrigin, long, CallsFrom?, UsageSourceKind), List<(ReceivedPoint, PointSum)>>();
        List<(ReceivedPoint, PointSum)>? some = null;
        (PointOrigin? Origin, long Hour) last = default;
        foreach (var waiting in points)
        {
            var (point, form, hour, calls) = waiting.Planned;
            var increment = _states[ShardOf(in waiting)]!.Series.Advance(in point, now, out var ignored);
            if (ignored is not null)
            {
                Count(_ignored, (point.Kind, ignored));
            }
            else if (increment.IsZero)
            {
                Count(_unchanged, point.Kind);
            }
            else if (!waiting.Planned.IsBooked)
            {
                Count(_ignored, (point.Kind, Vocabulary.IgnoredReasons.Precedence));
            }
            else
            {
                Count(_booked, point.Kind);

                // Nearly always those of the one before; there is one choice of calls, and of a form, for each hour.
                if (!ReferenceEquals(last.Origin, waiting.Part.Origin) || last.Hour != hour)
                {
                    last = (waiting.Part.Origin, hour);
                    if (!booked.TryGetValue((waiting.Part.Origin, hour, calls, form), out some))
                    {
                        booked.Add((waiting.Part.Origin, hour, calls, form), some = []);
                    }
                }

                some!.Add((point, increment));
            }
        }

        return booked;
    }

    private static void Count<TKey>(Dictionary<TKey, int> counts, TKey key)
        where TKey : notnull => counts[key] = counts.GetValueOrDefault(key) + 1;
}
