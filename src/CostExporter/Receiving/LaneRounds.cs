namespace LlmTelemetry.CostExporter;

/// <summary>The rounds of one lane: each books some of what waits with one call to the store, and settles it. Not thread-safe.</summary>
internal sealed class LaneRounds(string partition, ReceiverContext context)
{
    private readonly LaneLife _life = new(partition, context);
    private readonly CallQueue _calls = new(partition, context.Rules);
    private readonly Dictionary<string, SeriesQueue> _series = [];
    private readonly List<DeliveryPart> _active = [];
    private int _failures;

    /// <summary>Whether something waits that came in before.</summary>
    public bool HasMore => _active.Count > 0;

    /// <summary>How long to wait for news before <see cref="ConfirmAsync"/>; null: there is nothing to confirm.</summary>
    public TimeSpan? Pause => _failures > 0 && (_life.HasAgain || _life.HasKept) ? Backoff.After(_failures, context.Random.NextDouble())
        : _life.HasAgain ? TimeSpan.Zero
        : _life.HasKept ? context.Receipts.DurableAfter
        : null;

    /// <summary>One round.</summary>
    /// <param name="arrived">What came in since the last one.</param>
    public async Task RunAsync(List<DeliveryPart> arrived)
    {
        if (_failures == 0)
        {
            _life.TakeAgain().ForEach(Take);
        }

        arrived.ForEach(Take);
        List<CallReceipt> calls = [];
        List<SeriesReceipt> series = [];
        try
        {
            calls = _calls.Next();
            series = [.. _series.Where(one => !one.Value.IsEmpty).Select(one => new SeriesReceipt(one.Value, one.Key, one.Value.Next())).Where(one => one.Points.Count > 0)];
            await PrepareAsync(series).ConfigureAwait(false);
            await BookAsync(calls, WorkOut(series)).ConfigureAwait(false);
            _failures = 0;
        }
        catch (Exception cause) // Whatever the store fails with: it is delivered again, and then is in it once.
        {
            _failures++;
            calls.ForEach(receipt => receipt.Calls.ForEach(call => call.Fail(cause)));
            series.ForEach(receipt => receipt.Fail(cause));
            FailAll(cause);
            context.Stopping.ThrowIfCancellationRequested();
        }

        Sweep();
    }

    /// <summary>Asks the store, with nothing else to say, whether it still is the one that took what is kept.</summary>
    public async Task ConfirmAsync()
    {
        try
        {
            if (!_life.HasAgain)
            {
                await _life.LearnAsync().ConfigureAwait(false);
            }

            _failures = 0;
        }
        catch (Exception cause) when (!context.Stopping.IsCancellationRequested) // It is asked again.
        {
            SelfDiagnostics.Log.Failed(cause, "nothing: what was booked last is kept until the store answers");
            _failures++;
        }

        _life.TakeAgain().ForEach(Take);
    }

    /// <summary>Nothing is booked any more: all that is left is to be delivered again.</summary>
    public void End(List<DeliveryPart> arrived, Exception cause)
    {
        FailAll(cause);
        foreach (var part in arrived.Concat(_active).Concat(_life.TakeAgain()))
        {
            part.Fail(cause);
            context.Gate.Free(part.Bytes);
        }

        _life.End();
    }

    private void Take(DeliveryPart part)
    {
        _active.Add(part);
        switch (part)
        {
            case CallPart calls:
                _calls.Add(calls);
                break;
            case PointPart points:
                if (!_series.TryGetValue(points.Origin.Source, out var queue))
                {
                    _series.Add(points.Origin.Source, queue = new SeriesQueue());
                }

                queue.Add(points);
                break;
        }
    }

    /// <summary>Gets the states that the points follow from: those that this process wrote last, the others from the store.</summary>
    private async Task PrepareAsync(List<SeriesReceipt> series)
    {
        if (series.Count == 0)
        {
            return;
        }

        if (_life.IsInDoubt)
        {
            await _life.LearnAsync().ConfigureAwait(false);
        }

        await StateLoading.LoadAsync(context, partition, _life.Name!, series).ConfigureAwait(false);
    }

    private List<(SeriesReceipt Series, SpendReceipt Receipt)> WorkOut(List<SeriesReceipt> series)
    {
        var worked = new List<(SeriesReceipt, SpendReceipt)>();
        foreach (var one in series)
        {
            try
            {
                switch (one.WorkOut(partition, context.Rules, context.Options))
                {
                    case null:
                        Narrow(one);
                        break;
                    case { Rows.Count: 0, States.Count: 0 }:
                        // All of it was delivered before.
                        Settle(one);
                        break;
                    case { } receipt:
                        worked.Add((one, receipt));
                        break;
                }
            }
            catch (Exception cause) // One point that cannot be added up must not keep the others waiting.
            {
                SelfDiagnostics.Log.Failed(cause, "a point that was delivered");
                NarrowOrReject(one);
            }
        }

        return worked;
    }

    private async Task BookAsync(List<CallReceipt> calls, List<(SeriesReceipt Series, SpendReceipt Receipt)> series)
    {
        List<SpendReceipt> receipts = [.. calls.Select(one => one.ToReceipt()), .. series.Select(one => one.Receipt)];
        if (receipts.Count == 0)
        {
            return;
        }

        var asked = _life.Now;
        var sent = await ReceiptSender.SendAsync(context, receipts).ConfigureAwait(false);
        if (sent.Where(one => one.Reply is not null).Select(one => one.Reply!.Life).Distinct().ToList() is [var life, .. var others])
        {
            if (others.Count > 0)
            {
                throw new IOException("The store was restarted while it was asked.");
            }

            _life.Confirm(asked, life);
        }

        for (var i = 0; i < sent.Count; i++)
        {
            if (i < calls.Count)
            {
                Settle(calls[i], sent[i]);
            }
            else
            {
                await SettleAsync(series[i - calls.Count].Series, sent[i]).ConfigureAwait(false);
            }
        }
    }

    private void Settle(CallReceipt receipt, SentReceipt sent)
    {
        switch (sent)
        {
            case { IsUnbookable: true } when receipt.Calls.Count == 1:
                receipt.Calls[0].Reject();
                return;
            case { IsUnbookable: true }:
                _calls.Narrow(receipt.Calls.Count);
                _calls.Return(receipt.Calls);
                return;
            case { Cause: { } cause }:
                receipt.Calls.ForEach(call => call.Fail(cause));
                return;
            case { Reply.Status: ReceiptStatus.Booked }:
                CountExpired(sent.Reply);
                _calls.Widen();
                receipt.Calls.ForEach(call => call.Settle(isNew: true));
                return;
        }

        var known = sent.Reply!.Known.ToHashSet();
        var rest = new List<WaitingCall>();
        foreach (var call in receipt.Calls)
        {
            if (known.Contains(call.Planned.Record.Id))
            {
                call.Settle(isNew: false);
            }
            else if (known.Count == 0 && ++call.Tries >= context.Limits.MaxTries)
            {
                call.Fail(new InvalidDataException("The store refuses calls and does not say which of them it knows."));
            }
            else
            {
                rest.Add(call);
            }
        }

        _calls.Return(rest);
    }

    private async Task SettleAsync(SeriesReceipt receipt, SentReceipt sent)
    {
        switch (sent)
        {
            case { IsUnbookable: true }:
                NarrowOrReject(receipt);
                return;
            case { Cause: { } cause }:
                receipt.Fail(cause);
                return;
            case { Reply.Status: ReceiptStatus.Booked }:
                CountExpired(sent.Reply);
                Settle(receipt);
                return;
        }

        ReceiverMetrics.CountConflict();
        receipt.Queue.Return(receipt.Points);
        if (++receipt.Queue.Tries >= context.Limits.MaxTries)
        {
            receipt.Queue.Tries = 0;
            receipt.Queue.FailAll(new TimeoutException("Other receivers book points of the same source all the time."));
        }
        else if (receipt.Queue.Tries > 1)
        {
            // Two that keep step would refuse each other for ever.
            await Task.Delay(TimeSpan.FromMilliseconds(context.Random.NextDouble() * (1 << Math.Min(receipt.Queue.Tries, 6))), context.Options.TimeProvider, context.Stopping).ConfigureAwait(false);
        }
    }

    private void Settle(SeriesReceipt receipt)
    {
        foreach (var (key, state) in receipt.Next)
        {
            context.States.Put(new StateAddress(partition, _life.Name!, key), state, state.Weight);
        }

        receipt.Queue.Tries = 0;
        receipt.Queue.Widen();
        receipt.Settle();
    }

    private static void Narrow(SeriesReceipt receipt)
    {
        receipt.Queue.Narrow(receipt.Points.Count);
        receipt.Queue.Return(receipt.Points);
    }

    private static void NarrowOrReject(SeriesReceipt receipt)
    {
        if (receipt.Points.Count > 1)
        {
            Narrow(receipt);
            return;
        }

        receipt.Reject();
        receipt.Queue.Widen();
    }

    private void CountExpired(ReceiptReply reply)
    {
        if (reply.ExpiredRows > 0)
        {
            ExporterMetrics.CountDropped(Vocabulary.DropReasons.Expired, reply.ExpiredRows);
            SelfDiagnostics.Log.Dropped(Vocabulary.DropReasons.Expired, reply.ExpiredRows, $"Increments of {partition} were older than the retention of their period.");
        }
    }

    /// <summary>Lets go of what is over.</summary>
    private void Sweep()
    {
        for (var i = _active.Count - 1; i >= 0; i--)
        {
            var part = _active[i];
            if (!part.IsMoot)
            {
                continue;
            }

            part.GiveUp();
            _active.RemoveAt(i);
            _life.Keep(part);
        }

        foreach (var source in _series.Where(one => one.Value.IsEmpty).Select(one => one.Key).ToList())
        {
            _series.Remove(source);
        }
    }

    private void FailAll(Exception cause)
    {
        _calls.FailAll(cause);
        foreach (var queue in _series.Values)
        {
            queue.FailAll(cause);
        }
    }
}
