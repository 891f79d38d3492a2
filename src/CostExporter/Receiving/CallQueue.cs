namespace LlmTelemetry.CostExporter;

/// <summary>The calls of one partition that wait, and the receipts that they are booked with. Not thread-safe.</summary>
internal sealed class CallQueue(string partition, RowRules rules)
{
    // One script stays short with as many ids; a call adds to one row, and many add to the same.
    private const int MostIds = 1000;

    // So that a delivery of a hundred thousand does not keep the points of its partition waiting.
    private const int MostReceipts = 16;

    private LinkedList<WaitingCall> _waiting = new();
    private int _mostIds = MostIds;

    public void Add(CallPart part)
    {
        for (var at = 0; at < part.Count; at++)
        {
            _waiting.AddLast(new WaitingCall(part, at));
        }
    }

    /// <summary>Takes calls out, oldest first. What is delivered twice goes with the first of its id.</summary>
    public List<CallReceipt> Next()
    {
        var receipts = new List<CallReceipt>();
        var seen = new Dictionary<Guid, WaitingCall>();
        CallReceipt? open = null;
        while (_waiting.First is { } next)
        {
            var call = next.Value;
            if (call.Part.IsMoot)
            {
                _waiting.RemoveFirst();
                call.Part.GiveUp();
                Return(call.TakeTwins());
                continue;
            }

            if (seen.TryGetValue(call.Planned.Record.Id, out var first))
            {
                _waiting.RemoveFirst();
                first.Add(call);
                continue;
            }

            if (!Fits(ref open, call, receipts))
            {
                break;
            }

            seen.Add(call.Planned.Record.Id, call);
            _waiting.RemoveFirst();
        }

        return receipts;
    }

    /// <summary>Takes calls back that are still to be booked, before all others.</summary>
    public void Return(List<WaitingCall> calls)
    {
        foreach (var call in Enumerable.Reverse(calls))
        {
            _waiting.AddFirst(call);
        }
    }

    /// <summary>Fewer calls go together until one that cannot be booked is alone.</summary>
    public void Narrow(int ids) => _mostIds = Math.Max(ids / 2, 1);

    /// <summary>As many as ever go together again.</summary>
    public void Widen() => _mostIds = Math.Min(_mostIds * 2, MostIds);

    public void FailAll(Exception cause)
    {
        foreach (var call in _waiting)
        {
            call.Part.Fail(cause);
        }

        _waiting = new LinkedList<WaitingCall>();
    }

    private bool Fits(ref CallReceipt? open, WaitingCall call, List<CallReceipt> receipts)
    {
        try
        {
            var planned = call.Planned.Record.ToEvent() with { EndedAt = call.Planned.At };
            if (open is not null && open.Calls.Count < _mostIds && open.Rows.TryAdd(in planned))
            {
                open.Calls.Add(call);
                return true;
            }

            if (receipts.Count == MostReceipts)
            {
                return false;
            }

            open = new CallReceipt(partition, new RowFold(rules));
            _ = open.Rows.TryAdd(in planned);
            open.Calls.Add(call);
            receipts.Add(open);
        }
        catch (Exception cause) // One call that cannot be added up must not keep the others waiting.
        {
            SelfDiagnostics.Log.Failed(cause, "a call that was delivered");
            call.Reject();
        }

        return true;
    }
}

/// <summary>A call that waits, and those of the same id that came meanwhile.</summary>
internal sealed class WaitingCall(CallPart part, int at)
{
    // Few have any.
    private List<WaitingCall>? _twins;

    public CallPart Part => part;

    public PlannedCall Planned => part.Calls[at];

    /// <summary>How often the store refused it without saying why.</summary>
    public int Tries { get; set; }

    public void Add(WaitingCall twin) => (_twins ??= []).Add(twin);

    public List<WaitingCall> TakeTwins()
    {
        var twins = _twins ?? [];
        _twins = null;
        return twins;
    }

    /// <summary>It is in the store.</summary>
    /// <param name="isNew">Whether it was not before.</param>
    public void Settle(bool isNew)
    {
        if (isNew)
        {
            ReceiverMetrics.CountBooked(Planned.Kind);
        }
        else
        {
            ReceiverMetrics.CountDuplicates(Planned.Kind);
        }

        part.Settle();
        _twins?.ForEach(twin => twin.Settle(isNew: false));
    }

    public void Fail(Exception cause)
    {
        part.Fail(cause);
        _twins?.ForEach(twin => twin.Fail(cause));
    }

    /// <summary>It never will be.</summary>
    public void Reject()
    {
        part.Delivery.RejectUnbookable(Planned.Kind);
        part.Settle();
        _twins?.ForEach(twin => twin.Reject());
    }
}

/// <summary>Calls that are booked together.</summary>
internal sealed class CallReceipt(string partition, RowFold rows)
{
    public RowFold Rows => rows;

    public List<WaitingCall> Calls { get; } = [];

    public SpendReceipt ToReceipt() => new(partition, rows.ToRows(), [.. Calls.Select(call => call.Planned.Id)], []);
}
