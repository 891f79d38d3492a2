namespace LlmTelemetry.Budgets.Tests.Ledgers;

/// <summary>Does a scenario to a ledger and to the model, and compares after each operation. The moment is always the one that the ledger's answer tells.</summary>
/// <param name="ledger">The ledger, empty.</param>
/// <param name="times">How long periods and windows are.</param>
/// <param name="advance">Moves the ledger's clock; null: nobody can, and what answers without saying the moment is left out where that matters.</param>
internal sealed class ModelRun(IBudgetLedger ledger, ModelTimes times, Action<TimeSpan>? advance)
{
    private readonly LedgerModel _model = new(times);
    private readonly List<HoldRequest> _holds = [];
    private readonly List<Guid> _charges = [];
    private readonly HashSet<Guid> _unknown = [];
    private long _now;
    private int _count;

    public async Task RunAsync(Scenario scenario)
    {
        await CompareAsync();
        foreach (var operation in scenario.Operations)
        {
            await DoAsync(operation);
            await CompareAsync();
        }
    }

    private Task DoAsync(Operation operation)
    {
        var counter = ModelCounter.All[operation.Pick % ModelCounter.All.Count];
        switch (operation.Kind)
        {
            case OperationKind.Hold:
                var request = new HoldRequest(NewId(), TimeSpan.FromMilliseconds(operation.Time), []);
                return Lines(operation).Any() ? HoldAsync(request, operation) : Task.CompletedTask;
            case OperationKind.HoldAgain when _holds.Count > 0:
                // The id of what was settled is sure to be remembered until the hold's deadline.
                return _model.IsSettled(Earlier(operation).Id) && _model.Hold(Earlier(operation).Id)!.Deadline <= _now ? Task.CompletedTask : HoldAsync(Earlier(operation), operation);
            case OperationKind.HoldAfterCharge when _charges.Count > 0 && Lines(operation).Any():
                return HoldAsync(new(_charges[^(1 + (operation.Pick % _charges.Count))], TimeSpan.FromMilliseconds(operation.Time), []), operation);
            case OperationKind.Settle when _holds.Count > 0:
                // Sent a second time it is a retry, as the guard's queue says it.
                var id = Earlier(operation).Id;
                return SettleAsync(id, HoldKnown.Placed, operation.Number % 2 == 1 || _model.IsSettled(id), operation);
            case OperationKind.SettleUnknown when _holds.Count > 0:
                // What was known once stays known.
                var known = _model.IsSettled(Earlier(operation).Id) && !_unknown.Contains(Earlier(operation).Id) ? HoldKnown.Placed : HoldKnown.Unknown;
                return SettleAsync(Earlier(operation).Id, known, operation.Number % 2 == 1 || known == HoldKnown.Placed, operation);
            case OperationKind.SettleLost:
                return SettleAsync(NewId(), HoldKnown.Placed, operation.Number % 2 == 1, operation);
            case OperationKind.Charge:
                _charges.Add(NewId());
                return SettleAsync(_charges[^1], HoldKnown.Unknown, isRetry: false, operation);
            case OperationKind.Advance:
                advance?.Invoke(TimeSpan.FromMilliseconds(operation.Time));
                return Task.CompletedTask;
            case OperationKind.Reset:
                _model.Reset(counter);
                return ledger.ResetAsync([counter.Line(times, _now)], default);
            case OperationKind.Delete when advance is not null:
                _model.Delete(counter);
                return ledger.DeleteAsync([counter.Line(times, _now).Counter], default);
            case OperationKind.Override:
                var (subject, isBack, value) = (operation.Number % 3 == 0 ? null : counter.Subject, operation.Number > 150, operation.Number > 140 ? (long?)null : operation.Number);
                _model.Override(counter.Limit, subject, isBack, value);
                return ledger.SetOverrideAsync(counter.Limit, subject, isBack ? null : new LedgerOverride(value), default);
            case OperationKind.Warn:
                return WarnAsync(counter, operation.Number % 100);
            case OperationKind.WrongPeriod:
                return AskWrongAsync(operation);
            default:
                return Task.CompletedTask;
        }
    }

    private async Task HoldAsync(HoldRequest request, Operation operation)
    {
        var isNew = _model.Hold(request.Id) is null;
        var lines = isNew ? [.. Lines(operation)] : _model.Hold(request.Id)!.Amounts.Select(line => (line.Key, line.Value)).ToList();
        if (lines.Count == 0)
        {
            return;
        }

        var answer = await AskAsync(now => ledger.HoldAsync(request with { Lines = [.. lines.Select(line => line.Item1.Line(times, now, line.Item2))] }, default));
        var isKnown = _model.IsSettled(request.Id);
        var hasRoom = lines.ConvertAll(line => _model.HasRoom(line.Item1, line.Item2, _now));
        var isRefused = isNew && lines.Where((line, i) => !line.Item1.IsShadow && !hasRoom[i]).Any();
        Same(isKnown ? LedgerStatus.Known : isRefused ? LedgerStatus.Refused : LedgerStatus.Done, answer.Status, "status of the hold");
        if (isNew && !isKnown)
        {
            Same(string.Join(' ', hasRoom), string.Join(' ', answer.Lines.Select(line => !line.IsOver)), "which lines have room");
            CompareFree(lines, answer);
            if (!isRefused)
            {
                _model.Place(request.Id, _now, _now + (long)request.Lifetime.TotalMilliseconds, lines);
                _holds.Add(request);
                foreach (var (counter, amount) in lines.Where(line => line.Item2 > 0 && !line.Item1.IsShadow))
                {
                    var state = _model.State(counter, _now);
                    Assert.True(state.Limit is not { } limit || state.Used + state.Held <= limit, $"{counter.Name} was overshot by {amount}: {state}");
                }
            }
        }

        Compare([.. lines.Select(line => line.Item1)], answer);
    }

    private async Task SettleAsync(Guid id, HoldKnown known, bool isRetry, Operation operation)
    {
        // A call under way counts from its admission, and ended just now or a while ago.
        var ago = TimeSpan.FromMilliseconds(operation.Time);
        var ended = operation.Number % 4 < 2 ? TimeSpan.Zero : ago / 2;
        var lines = Lines(operation).ToList();
        var answer = await AskAsync(now => ledger.SettleAsync(
            new(id, [.. lines.Select(line => new ChargeLine(line.Counter.Line(times, now, amount: 5), line.Amount, Pico(line.Amount)))], known, isRetry, ago, ended), default));
        var isNothing = _model.IsSettled(id) || (known == HoldKnown.Placed && isRetry && _model.Hold(id) is null);
        Same(isNothing ? LedgerStatus.Known : LedgerStatus.Done, answer.Status, "status of the settlement");
        if (!isNothing)
        {
            _ = known == HoldKnown.Unknown && _unknown.Add(id);
            _model.Settle(
                id, _now, _now - (long)ago.TotalMilliseconds, _now - (long)ended.TotalMilliseconds, lines.Select(line => (line.Counter, ((Int128)line.Amount * 1000) + Pico(line.Amount))));
        }

        Compare([.. lines.Select(line => line.Counter)], answer);
    }

    private async Task WarnAsync(ModelCounter counter, int percent)
    {
        await CompareAsync();
        Same(_model.Warn(counter, percent, _now), await ledger.ClaimWarningAsync(counter.Line(times, _now), percent, default), "right to warn");
    }

    private async Task AskWrongAsync(Operation operation)
    {
        var lines = ModelCounter.All.Select(counter => counter.Line(times, _now + (operation.Number % 2 == 0 ? times.Period : -times.Period), amount: 1)).ToArray();
        var answer = operation.Pick % 2 == 0
            ? await ledger.HoldAsync(new(NewId(), TimeSpan.FromHours(1), lines), default)
            : await ledger.SettleAsync(new(NewId(), [.. lines.Select(line => new ChargeLine(line, 1))], HoldKnown.Unknown), default);
        Same(LedgerStatus.OtherPeriod, answer.Status, "status of another period");
        _now = answer.Now;
        SameExpired(_model.Expire(_now), answer);
    }

    /// <summary>Asks by the moment known last, and again where its period is over.</summary>
    private async Task<LedgerAnswer> AskAsync(Func<long, Task<LedgerAnswer>> ask)
    {
        var answer = await ask(_now);
        if (answer.Status == LedgerStatus.OtherPeriod)
        {
            Assert.NotEqual(_now / times.Period, answer.Now / times.Period);
            SameExpired(_model.Expire(answer.Now), answer);
            answer = await ask(answer.Now);
        }

        _now = answer.Now;
        SameExpired(_model.Expire(_now), answer);
        return answer;
    }

    private void SameExpired(IReadOnlyDictionary<ModelCounter, int> expected, LedgerAnswer answer) => Same(
        string.Join(' ', expected.Select(held => $"{held.Key.Line(times, _now).Counter}: {held.Value}").Order()),
        string.Join(' ', answer.Expired.Select(held => $"{held.Counter}: {held.Holds}").Order()),
        "holds let go");

    private async Task CompareAsync() => Compare(ModelCounter.All, await AskAsync(now => ledger.ReadAsync([.. ModelCounter.All.Select(counter => counter.Line(times, now))], default)));

    private void Compare(IReadOnlyList<ModelCounter> counters, LedgerAnswer answer)
    {
        for (var i = 0; i < counters.Count; i++)
        {
            var (expected, said) = (_model.State(counters[i], _now), answer.Lines[i]);
            Assert.True(expected == said with { IsOver = false, FreeAt = null }, $"{counters[i].Name} at {_now}: {said} where the model has {expected}");
            Assert.True(said is { Used: >= 0, UsedPico: >= 0 and < 1000, Held: >= 0 }, $"{counters[i].Name} is negative: {said}");
        }
    }

    // Whatever moment is told: if nothing is settled until then, there is room.
    private void CompareFree(List<(ModelCounter Counter, long Amount)> lines, LedgerAnswer answer)
    {
        for (var i = 0; i < lines.Count; i++)
        {
            var ((counter, amount), said) = (lines[i], answer.Lines[i]);
            if (said.FreeAt is { } free)
            {
                Assert.True(said.IsOver && free > _now && _model.HasRoom(counter, amount, free), $"{counter.Name} has no room for {amount} at {free}: {said}");
            }
            else if (said.IsOver && advance is not null && counter.Kind is SpanKind.Calendar or SpanKind.Sliding)
            {
                Assert.True(amount > said.Limit, $"{counter.Name} is said never to have room for {amount}: {said}");
            }
        }
    }

    private HoldRequest Earlier(Operation operation) => _holds[^(1 + (operation.Pick % _holds.Count))];

    private Guid NewId() => new(++_count, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10);

    private static IEnumerable<(ModelCounter Counter, long Amount)> Lines(Operation operation) =>
        ModelCounter.All.Select((counter, i) => (counter, (long)(counter.Kind == SpanKind.SessionAge ? Math.Min(operation.Amounts[i], 1) : operation.Amounts[i]))).Where(line => line.Item2 >= 0);

    private static int Pico(long amount) => (int)(amount * 37 % 1000);

    private static void Same<T>(T expected, T actual, string what) => Assert.True(Equals(expected, actual), $"{what}: {actual} where the model has {expected}");
}
