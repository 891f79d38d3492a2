namespace LlmTelemetry.Budgets.Tests.Ledgers;

/// <summary>
/// What a ledger should be, as simply as can be: it forgets nothing, and reckons everything anew from all that ever happened, by what
/// <see cref="IBudgetLedger"/> says. Amounts are small: where counting stops is the cases' business.
/// </summary>
internal sealed class LedgerModel(ModelTimes times)
{
    private readonly List<ModelHold> _holds = [];
    private readonly List<(ModelCounter Counter, long AdmittedAt, long EndedAt, Int128 Pico)> _charges = [];
    private readonly HashSet<Guid> _settled = [];
    private readonly Dictionary<(string Limit, string? Subject), long?> _overrides = [];
    private readonly Dictionary<ModelCounter, (int Percent, long At)> _warned = [];
    private readonly Dictionary<ModelCounter, long> _begun = [];

    public ModelHold? Hold(Guid id) => _holds.Find(hold => hold.Id == id);

    public bool IsSettled(Guid id) => _settled.Contains(id);

    /// <summary>Of whose holds deadlines passed since this was asked last: how many of each counter that something was held in.</summary>
    public IReadOnlyDictionary<ModelCounter, int> Expire(long now)
    {
        var due = _holds.Where(hold => !hold.IsOver && hold.Deadline <= now).ToList();
        due.ForEach(hold => hold.IsOver = true);
        return due.SelectMany(hold => hold.Amounts).Where(held => held.Value > 0).CountBy(held => held.Key).ToDictionary();
    }

    public void Place(Guid id, long now, long deadline, IEnumerable<(ModelCounter Counter, long Amount)> lines)
    {
        var held = lines.ToDictionary(line => line.Counter, line => line.Counter.Kind == SpanKind.SessionAge ? 0 : line.Amount);
        _holds.Add(new(id, now, deadline, held));
        foreach (var counter in held.Keys.Where(counter => counter.Kind == SpanKind.SessionAge))
        {
            _begun.TryAdd(counter, now);
        }
    }

    public void Settle(Guid id, long now, long startedAt, long endedAt, IEnumerable<(ModelCounter Counter, Int128 Pico)> charges)
    {
        var hold = Hold(id);
        foreach (var (counter, pico) in charges)
        {
            if (counter.Kind != SpanKind.Calendar || endedAt / times.Period == now / times.Period)
            {
                _charges.Add((counter, hold?.AdmittedAt ?? startedAt, endedAt, pico));
            }
        }

        _ = hold?.IsOver = true;
        _settled.Add(id);
    }

    public void Reset(ModelCounter counter)
    {
        _charges.RemoveAll(charge => charge.Counter == counter);
        _warned.Remove(counter);
        _begun.Remove(counter);
    }

    public void Delete(ModelCounter counter)
    {
        Reset(counter);
        _holds.ForEach(hold => hold.Amounts.Remove(counter));
    }

    public void Override(string limit, string? subject, bool isBack, long? value)
    {
        _overrides.Remove((limit, subject));
        if (!isBack)
        {
            _overrides[(limit, subject)] = value;
        }
    }

    public bool Warn(ModelCounter counter, int percent, long now)
    {
        var isMine = percent > Warned(counter, now);
        if (isMine)
        {
            _warned[counter] = (percent, now);
        }

        return isMine;
    }

    public bool HasRoom(ModelCounter counter, long amount, long now) =>
        amount == 0 || Limit(counter) is not { } limit || (long)(Used(counter, now) / 1000) + Held(counter, now) + amount <= limit;

    public long? Limit(ModelCounter counter) =>
        _overrides.TryGetValue((counter.Limit, counter.Subject), out var own) ? own : _overrides.TryGetValue((counter.Limit, null), out var everybodys) ? everybodys : counter.Amount;

    /// <summary>Where a counter stands; over and free are not known here.</summary>
    public LineState State(ModelCounter counter, long now)
    {
        var used = Used(counter, now);
        long? reset = counter.Kind switch
        {
            SpanKind.Calendar => ((now / times.Period) + 1) * times.Period,
            SpanKind.Sliding => _charges.Where(charge => charge.Counter == counter && charge.Pico > 0).Select(charge => Ends(charge.AdmittedAt)).Append(now).Max(),
            _ => null,
        };
        return new(Limit(counter), (long)(used / 1000), (int)(used % 1000), Held(counter, now), Warned(counter, now), IsOver: false, FreeAt: null, reset);
    }

    private long Ends(long admittedAt) => (((admittedAt / times.Step) + 1) * times.Step) + times.Window;

    private Int128 Used(ModelCounter counter, long now)
    {
        if (counter.Kind == SpanKind.SessionAge)
        {
            return _begun.TryGetValue(counter, out var begun) ? (now - begun) / 1000 * 1000 : 0;
        }

        Int128 sum = 0;
        foreach (var charge in _charges.Where(charge => charge.Counter == counter))
        {
            var counts = counter.Kind switch
            {
                SpanKind.Calendar => charge.EndedAt / times.Period == now / times.Period,
                SpanKind.Sliding => Ends(charge.AdmittedAt) > now,
                _ => true,
            };
            sum += counts ? charge.Pico : 0;
        }

        return sum;
    }

    // By the deadline alone, also before anybody has seen that it passed.
    private long Held(ModelCounter counter, long now) =>
        _holds.Where(hold => !_settled.Contains(hold.Id) && hold.Deadline > now).Sum(hold => hold.Amounts.GetValueOrDefault(counter));

    private int Warned(ModelCounter counter, long now) => _warned.TryGetValue(counter, out var warned) && counter.Kind switch
    {
        SpanKind.Calendar => warned.At / times.Period == now / times.Period,
        SpanKind.Sliding => now < warned.At + times.Window,
        _ => true,
    }
        ? warned.Percent
        : 0;
}

/// <summary>A hold that was placed once.</summary>
internal sealed record ModelHold(Guid Id, long AdmittedAt, long Deadline, Dictionary<ModelCounter, long> Amounts)
{
    /// <summary>Settled, or seen past its deadline.</summary>
    public bool IsOver { get; set; }
}
