namespace LlmTelemetry.CostExporter;

/// <summary>The points of one source and partition that wait. Their states are written by nobody else of this process. Not thread-safe.</summary>
internal sealed class SeriesQueue
{
    private const int MostPoints = 20_000;

    // About as many rows as a receipt may have: most whose calls they are have one.
    private const int MostWhos = 128;

    private LinkedList<WaitingPoint> _waiting = new();
    private int _mostPoints = MostPoints;

    // Null: they need not be told apart, as there are few.
    private int? _mostWhos;

    public bool IsEmpty => _waiting.Count == 0;

    /// <summary>How often points at its head were worked out in vain, in a row.</summary>
    public int Tries { get; set; }

    public void Add(PointPart part)
    {
        for (var at = 0; at < part.Count; at++)
        {
            _waiting.AddLast(new WaitingPoint(part, at));
        }
    }

    /// <summary>
    /// Takes points out, oldest first; where they make more rows than a receipt may have, those of the same calls together: what one metric says of a call is
    /// worth little without the others.
    /// </summary>
    public List<WaitingPoint> Next()
    {
        var taken = new List<WaitingPoint>();
        HashSet<PointTags>? whos = _mostWhos is null ? null : [];
        for (var next = _waiting.First; next is not null && taken.Count < _mostPoints;)
        {
            var (point, here) = (next.Value, next);
            next = next.Next;
            if (point.Part.IsMoot)
            {
                _waiting.Remove(here);
                point.Part.GiveUp();
            }
            else if (whos is null || whos.Contains(WhoOf(in point)) || (whos.Count < _mostWhos && whos.Add(WhoOf(in point))))
            {
                _waiting.Remove(here);
                taken.Add(point);
            }
        }

        return taken;
    }

    public void Return(List<WaitingPoint> points)
    {
        for (var at = points.Count - 1; at >= 0; at--)
        {
            _waiting.AddFirst(points[at]);
        }
    }

    /// <summary>They were too many to go together: fewer do from now on.</summary>
    public void Narrow(int points)
    {
        if (_mostWhos is null)
        {
            _mostWhos = MostWhos;
        }
        else if (_mostWhos > 1)
        {
            _mostWhos /= 2;
        }
        else
        {
            _mostPoints = Math.Max(points / 2, 1);
        }
    }

    public void Widen()
    {
        _mostPoints = Math.Min(_mostPoints * 2, MostPoints);
        _mostWhos = _mostWhos is { } whos ? Math.Min(whos * 2, MostWhos) : null;
    }

    public void FailAll(Exception cause)
    {
        foreach (var point in _waiting)
        {
            point.Part.Fail(cause);
        }

        _waiting = new LinkedList<WaitingPoint>();
    }

    private static PointTags WhoOf(in WaitingPoint point) =>
        point.Planned.Point.Tags with { TokenType = null, UsageType = null, Operation = null, Quality = null, Outcome = null, ErrorType = null };
}

/// <summary>A point that waits.</summary>
internal readonly record struct WaitingPoint(PointPart Part, int At)
{
    public PlannedPoint Planned => Part.Points[At];
}
